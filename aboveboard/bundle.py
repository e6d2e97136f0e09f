"""Write an editorial-plan bundle: a folder that carries its own proof. `verifying.py` opens and checks one."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from aboveboard.digests import digest
from aboveboard.draft import Picture
from aboveboard.errors import BundleError
from aboveboard.exporting import plan_csv, plan_ics
from aboveboard.ledger import to_jsonl
from aboveboard.manifest import (
    Contents,
    asset_record,
    chosen_drafts,
    costs,
    folder,
    manifest,
    nameless,
    picture_name,
    pretty,
)
from aboveboard.pages import bundle_page
from aboveboard.record import Recorded

CHECKSUMS = "checksums.sha256"


Seal = Callable[[Recorded, bytes], bytes]


def write_bundle(outputs: Path, contents: Contents, picture: Callable[[str], bytes], seal: Seal) -> Path:
    """Write the bundle under `outputs/<campaign>/` and return its folder.

    `picture` fetches a picture by its digest, and `seal` puts a draft's credentials into it: where it raises,
    nothing is written, for no picture goes out without. The folder's name ends in the digest of its checksums, so
    a name means one set of bytes. Written to a temporary sibling and renamed: a reader sees a whole bundle or
    none. `latest` beside it points to it.

    Raises:
        BundleError: The folder can't be written, a bundle there was tampered with, a picture's bytes aren't
            what its digest says, or a draft was judged by another policy than the one in force.
    """
    _demand_one_policy(contents)
    files = bundle_files(contents, picture, seal)
    files[CHECKSUMS] = checksums(files)
    plan = contents.plan
    name = f"{plan.brief.schedule.starts}--{digest(files[CHECKSUMS])[:6]}"
    home = outputs / plan.brief.campaign
    try:
        home.mkdir(parents=True, exist_ok=True)
        with _alone(home):
            if (home / name).exists():
                _demand_unchanged(home / name, files)
            else:
                _place(files, home, name)
            _point(home / "latest", name)
    except OSError as error:
        raise BundleError(
            f"{home}: the bundle can't be written ({error.strerror}). Free the folder or choose another."
        ) from None
    return home / name


def bundle_files(contents: Contents, picture: Callable[[str], bytes], seal: Seal) -> dict[str, bytes]:
    """Return every file of the bundle but its checksums, by path inside it."""
    brief, policy = contents.plan.brief, contents.policy
    recorded = tuple(nameless(one) for one in contents.recorded)
    files = derived_files(contents.model_copy(update={"recorded": recorded}))
    for one in chosen_drafts(recorded, brief):
        draft = one.judged.draft
        files[f"{folder(draft)}/caption.txt"] = draft.post.encode()
        if draft.picture:
            files[f"{folder(draft)}/alt.txt"] = draft.picture.alt_text.encode()
            files[f"{folder(draft)}/{picture_name(draft.picture)}"] = seal(
                one, checked_picture(draft.picture, picture)
            )
    used = {one.judged.draft.slot.channel for one in recorded}
    channels = {name: contents.channels[name].model_dump(mode="json") for name in sorted(used)}
    anchor = contents.ledger.anchor
    files["plan.json"] = pretty(manifest(contents.plan.id, brief, policy, anchor, recorded))
    files["evidence/brief.json"] = pretty(brief)
    files["evidence/policy.json"] = pretty(policy)
    files["evidence/channels.json"] = pretty(channels)
    files["evidence/drafts.json"] = pretty([one.model_dump(mode="json") for one in recorded])
    files["evidence/costs.json"] = pretty(costs(contents.recorded))
    files["evidence/versions.json"] = pretty(dict(contents.versions))
    for name, text in sorted(contents.prompts.items()):
        files[f"evidence/prompts/{name}"] = text.encode()
    files["ledger.jsonl"] = to_jsonl(contents.ledger).encode()
    return files


def derived_files(contents: Contents) -> dict[str, bytes]:
    """Return the files that follow from the evidence alone, so that `verifying.py` can make them again."""
    brief = contents.plan.brief
    chosen = chosen_drafts(contents.recorded, brief)
    files = {f"{folder(one.judged.draft)}/asset.json": _record(one, contents) for one in chosen}
    files["plan.csv"] = plan_csv(chosen, brief)
    files["plan.ics"] = plan_ics(chosen, contents.created_at)
    files["index.html"] = bundle_page(contents, chosen).encode()
    return files


def _record(one: Recorded, contents: Contents) -> bytes:
    return pretty(asset_record(one, contents.channels[one.judged.draft.slot.channel]))


def checksums(files: Mapping[str, bytes]) -> bytes:
    """Return one line a file, as `sha256sum --check` reads it."""
    return "".join(f"{digest(data)}  {name}\n" for name, data in sorted(files.items())).encode()


def _demand_one_policy(contents: Contents) -> None:
    judged_by = {one.judged.draft.provenance.policy for one in contents.recorded if one.state == "cleared"}
    if judged_by - {contents.policy.digest}:
        raise BundleError(
            f"{contents.plan.brief.campaign}: the policy has changed since these drafts were judged. "
            "Produce the campaign again to have them judged anew."
        )


def checked_picture(picture: Picture, fetch: Callable[[str], bytes]) -> bytes:
    """Return a picture's bytes. Raises BundleError where they aren't those that were judged."""
    data = fetch(picture.digest)
    if digest(data) != picture.digest:
        raise BundleError(
            f"picture {picture.digest[:12]}: its file has changed since it was judged. Produce it again."
        )
    return data


def _demand_unchanged(bundle: Path, files: Mapping[str, bytes]) -> None:
    there = {str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_symlink() or not path.is_dir()}
    changed = [name for name in there & files.keys() if not _is(bundle / name, files[name])]
    strange = sorted([*(there ^ files.keys()), *changed])
    if strange:
        raise BundleError(
            f"{bundle / strange[0]}: changed since the bundle was written. Move {bundle} away and run again."
        )


def _is(path: Path, data: bytes) -> bool:
    return not path.is_symlink() and path.read_bytes() == data


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Hold the campaign's folder: what another writer left half done there is dead, and is swept away."""
    handle = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for dead in home.glob(".writing-*"):
            shutil.rmtree(dead, ignore_errors=True)
        yield
    finally:
        os.close(handle)


def _place(files: Mapping[str, bytes], home: Path, name: str) -> None:
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=home) as sibling:
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
    fresh = link.with_name(".writing-latest")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(name)
    fresh.replace(link)
