"""Write an editorial-plan bundle: a folder that carries its own proof. `verifying.py` opens and checks one."""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from aboveboard.brief import Brief, Fact, usable
from aboveboard.digests import digest
from aboveboard.draft import Draft, Picture
from aboveboard.errors import BundleError
from aboveboard.exporting import plan_csv, plan_ics
from aboveboard.ledger import to_jsonl
from aboveboard.manifest import Contents, asset_record, costs, evidence, folder, manifest, picture_name, pretty
from aboveboard.pages import bundle_page
from aboveboard.record import Recorded

CHECKSUMS = "checksums.sha256"


def write_bundle(outputs: Path, contents: Contents, picture: Callable[[str], bytes]) -> Path:
    """Write the bundle under `outputs/<campaign>/` and return its folder.

    The folder's name ends in the digest of its checksums, so a name means one set of bytes. Written to a
    temporary sibling and renamed: a reader sees a whole bundle or none. `latest` beside it points to it.

    Raises:
        BundleError: The folder can't be written, or a picture's bytes aren't what its digest says.
    """
    files = bundle_files(contents, picture)
    sums = checksums(files)
    plan = contents.plan
    name = f"{plan.brief.schedule.starts}--{digest(sums)[:6]}"
    home = outputs / plan.brief.campaign
    try:
        home.mkdir(parents=True, exist_ok=True)
        if (home / name).exists():
            _unchanged(home / name, files)
        else:
            _place({**files, CHECKSUMS: sums}, home, name)
        _point(home / "latest", name)
    except OSError as error:
        raise BundleError(
            f"{home}: the bundle can't be written ({error.strerror}). Free the folder or choose another."
        ) from None
    return home / name


def bundle_files(contents: Contents, picture: Callable[[str], bytes]) -> dict[str, bytes]:
    """Return every file of the bundle but its checksums, by path inside it."""
    brief = contents.plan.brief
    chosen = chosen_drafts(contents.recorded, brief)
    files: dict[str, bytes] = {}
    for one in chosen:
        files |= asset_files(one, contents, picture)
    files["plan.json"] = pretty(manifest(contents, chosen))
    files["plan.csv"] = plan_csv(chosen, brief)
    files["plan.ics"] = plan_ics(chosen, contents.created_at)
    files["evidence/brief.json"] = pretty(brief.model_dump(mode="json"))
    files["evidence/policy.json"] = pretty(contents.policy.model_dump(mode="json"))
    files["evidence/drafts.json"] = pretty([evidence(one) for one in contents.recorded])
    files["evidence/costs.json"] = pretty(costs(contents.recorded))
    files["evidence/versions.json"] = pretty(dict(contents.versions))
    for name, text in sorted(contents.prompts.items()):
        files[f"evidence/prompts/{name}"] = text.encode()
    files["ledger.jsonl"] = to_jsonl(contents.ledger).encode()
    files["index.html"] = bundle_page(contents, chosen).encode()
    return files


def chosen_drafts(recorded: Sequence[Recorded], brief: Brief) -> list[Recorded]:
    """Return the cleared drafts whose facts still hold at their time, in order of slot and variant."""
    cleared = [one for one in recorded if one.state == "cleared"]
    return [one for one in cleared if not spent_facts(one.judged.draft, brief)]


def spent_facts(draft: Draft, brief: Brief) -> list[Fact]:
    """Return the facts behind `draft` that no longer hold at its time: such a slot is refused."""
    used = set(draft.caption.facts)
    return [fact for fact in brief.facts if fact.id in used and not usable(fact, draft.slot.at, brief.zone)]


def asset_files(one: Recorded, contents: Contents, picture: Callable[[str], bytes]) -> dict[str, bytes]:
    """Return caption, alt text, image and provenance of one cleared draft."""
    draft = one.judged.draft
    place = folder(draft)
    files = {
        f"{place}/caption.txt": draft.post.encode(),
        f"{place}/asset.json": pretty(asset_record(one, contents)),
    }
    if draft.picture:
        files[f"{place}/alt.txt"] = draft.picture.alt_text.encode()
        files[f"{place}/{picture_name(draft.picture)}"] = _checked(draft.picture, picture)
    return files


def _checked(picture: Picture, fetch: Callable[[str], bytes]) -> bytes:
    data = fetch(picture.digest)
    if digest(data) != picture.digest:
        raise BundleError(
            f"picture {picture.digest[:12]}: its file has changed since it was judged. Produce it again."
        )
    return data


def checksums(files: Mapping[str, bytes]) -> bytes:
    """Return one line a file, as `sha256sum --check` reads it."""
    return "".join(f"{digest(data)}  {name}\n" for name, data in sorted(files.items())).encode()


def _unchanged(bundle: Path, files: Mapping[str, bytes]) -> None:
    for inside, data in files.items():
        path = bundle / inside
        if not path.is_file() or path.read_bytes() != data:
            raise BundleError(f"{path}: changed since the bundle was written. Move {bundle} away and run again.")


def _place(files: Mapping[str, bytes], home: Path, name: str) -> None:
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=home) as sibling:
        whole = Path(sibling) / name
        for inside, data in files.items():
            path = whole / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        for path in [whole, *whole.rglob("*")]:
            _flush(path)
        whole.rename(home / name)
    _flush(home)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _point(link: Path, name: str) -> None:
    if link.is_symlink() and os.readlink(link) == name:
        return
    fresh = link.with_name(f".latest-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(name)
    fresh.replace(link)
