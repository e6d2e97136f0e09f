"""Pairs for a blind look: each card with a painted backdrop beside the plain one of the same text, sides by lot.

    python -m bench.eyes make /tmp/pairs --seed 1        # sheet-1.png …, and key.json, kept from who looks
    python -m bench.eyes count /tmp/pairs answers.json   # of {"pair-01": "left", "pair-02": "even", …}

Who looks is asked of each pair which of the two they would rather post for that brand, or neither.
"""

import argparse
import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from aboveboard.channel import load_channels
from aboveboard.imaging.backdrop import open_painter
from aboveboard.reading import read_brief
from aboveboard.rulebook import load_policy
from aboveboard.settings import Settings

SHEETS = Path(__file__).parents[1] / "docs" / "images" / "contact_sheets.py"
WIDE, HIGH, GAP = 420, 525, 28


def main() -> None:
    """Make the pairs, or count the answers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("make", "count"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("answers", type=Path, nargs="?")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.what == "make":
        make(asked.folder, Random(asked.seed))
    else:
        print(count(json.loads((asked.folder / "key.json").read_bytes()), json.loads(asked.answers.read_bytes())))


def make(folder: Path, lot: Random) -> None:
    """Write sheets of six numbered pairs, in an order and on sides drawn by lot, and the key."""
    sheets, channels, thresholds = _contact_sheets(), load_channels(), load_policy().thresholds
    embedded = open_painter("backdrop", Settings())
    cards = [
        (campaign, number) for campaign, all_of_it in sheets.CARDS.items() for number in range(len(all_of_it))
    ]
    lot.shuffle(cards)
    folder.mkdir(parents=True, exist_ok=True)
    key: dict[str, dict[str, str]] = {}
    pairs = []
    for place, (campaign, number) in enumerate(cards, 1):
        brief, channel = read_brief(Path("briefs") / f"{campaign}.yaml"), channels[sheets.ROWS[number // 4]]
        both = [
            sheets.card_of(brief, channel, thresholds, painter, number, *sheets.CARDS[campaign][number])
            for painter in (embedded, None)
        ]
        sides = lot.choice([("painted", "plain"), ("plain", "painted")])
        key[f"pair-{place:02}"] = dict(zip(("left", "right"), sides, strict=True))
        pairs.append(_beside(place, [both[("painted", "plain").index(side)] for side in sides]))
    for number in range(0, len(pairs), 6):
        _sheet(pairs[number : number + 6]).save(folder / f"sheet-{number // 6 + 1}.png")
    (folder / "key.json").write_text(json.dumps(key), encoding="utf-8")


def count(key: dict[str, dict[str, str]], answers: dict[str, str]) -> dict[str, int]:
    """Return how often each kind was chosen."""
    tally = {"painted": 0, "plain": 0, "even": 0}
    for pair, side in answers.items():
        tally[key[pair].get(side, "even")] += 1
    return tally


def _beside(number: int, both: list[Image.Image]) -> Image.Image:
    page = Image.new("RGB", (2 * WIDE + GAP, HIGH + GAP), "#d9d9d9")
    ImageDraw.Draw(page).text((4, 2), f"pair-{number:02}", "#333333", ImageFont.load_default(20))
    for place, one in enumerate(both):
        one.thumbnail((WIDE, HIGH), Image.Resampling.LANCZOS)
        page.paste(one, (place * (WIDE + GAP), GAP))
    return page


def _sheet(pairs: list[Image.Image]) -> Image.Image:
    wide, high = pairs[0].size
    sheet = Image.new("RGB", (2 * wide + 5 * GAP, 3 * (high + 2 * GAP)), "#b8b8b8")
    for place, pair in enumerate(pairs):
        sheet.paste(pair, (GAP + place % 2 * (wide + 3 * GAP), GAP + place // 2 * (high + 2 * GAP)))
    return sheet


def _contact_sheets() -> Any:
    spec = spec_from_file_location("contact_sheets", SHEETS)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
