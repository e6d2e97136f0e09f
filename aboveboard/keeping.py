"""Files written whole or not at all, and for their owner alone: nobody meets half of one, whoever is killed."""

import os
import tempfile
from pathlib import Path


def keep(place: Path, data: bytes, *, first_stands: bool = False) -> None:
    """Write `data` to `place` in one step; with `first_stands`, only where nothing is there yet."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as fresh:  # made with mode 0600
        fresh.write(data)
        fresh.flush()
        os.fsync(fresh.fileno())
    if not first_stands:
        os.replace(fresh.name, place)
        return
    try:
        os.link(fresh.name, place)
    except FileExistsError:
        return
    finally:
        os.unlink(fresh.name)
