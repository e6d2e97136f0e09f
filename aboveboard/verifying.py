"""Check a bundle with nothing but the bundle: its files, its drafts, its verdicts, its ledger.

A bundle is untrusted: no link in it is followed, no path in it is taken beyond its folder, and no rule of the
reader's own is used where the bundle's policy snapshot says which rules were in force.
"""

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from aboveboard import ledger
from aboveboard.brief import Brief
from aboveboard.bundle import CHECKSUMS, chosen_drafts
from aboveboard.digests import digest
from aboveboard.errors import BundleError
from aboveboard.finding import Inspection, judge
from aboveboard.guarding import inspect_draft, run_direct
from aboveboard.manifest import FORMAT, folder, picture_name
from aboveboard.policy import Policy
from aboveboard.record import Recorded


class Check(BaseModel):
    """One thing that was looked at, and what is wrong with it: nothing, where `problems` is empty."""

    model_config = ConfigDict(frozen=True)

    name: str
    looked_at: int
    problems: tuple[str, ...] = ()


class Opened(BaseModel):
    """A bundle's documents, read but not believed."""

    model_config = ConfigDict(frozen=True)

    root: Path
    manifest: dict[str, Any]
    brief: Brief
    policy: Policy
    recorded: tuple[Recorded, ...]


def verify(root: Path) -> list[Check]:
    """Return every check made on the bundle in `root`; it is sound when none has a problem.

    Raises:
        BundleError: There is no bundle there, or its documents can't be read at all.
    """
    if not (root / CHECKSUMS).is_file():
        raise BundleError(f"{root}: no {CHECKSUMS} in it, so it isn't a bundle. Give a folder under outputs/.")
    files = check_files(root)
    if files.problems:
        return [files]
    opened = open_bundle(root)
    return [
        files,
        check_manifest(opened),
        check_drafts(opened),
        check_verdicts(opened),
        check_guards(opened),
        check_ledger(opened),
    ]


def fingerprint(root: Path) -> str:
    """Return the digest of the bundle's checksums: one number that stands for every byte in it."""
    return digest((root / CHECKSUMS).read_bytes())


def check_files(root: Path) -> Check:
    """Every file is listed once with its digest, and nothing else is there."""
    listed = dict(_listed(root))
    found = {str(PurePosixPath(path.relative_to(root))): path for path in root.rglob("*") if not path.is_dir()}
    problems = [f"{name}: a link, not a file" for name, path in found.items() if path.is_symlink()]
    problems += [
        f"{name}: not listed in {CHECKSUMS}" for name in found if name not in listed and name != CHECKSUMS
    ]
    problems += [f"{name}: missing" for name in listed if name not in found]
    problems += [
        f"{name}: changed since the bundle was sealed"
        for name, expected in listed.items()
        if name in found and not found[name].is_symlink() and digest(found[name].read_bytes()) != expected
    ]
    return Check(name="files", looked_at=len(listed), problems=tuple(sorted(problems)))


def _listed(root: Path) -> Iterator[tuple[str, str]]:
    for line in (root / CHECKSUMS).read_text(encoding="utf-8").splitlines():
        expected, _, name = line.partition("  ")
        yield name, expected


def open_bundle(root: Path) -> Opened:
    """Return the bundle's documents.

    Raises:
        BundleError: One of them isn't what it should be.
    """
    try:
        manifest = json.loads((root / "plan.json").read_text(encoding="utf-8"))
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise BundleError(
                f"{root / 'plan.json'}: not a {FORMAT} manifest. Verify with the version that wrote it."
            )
        return Opened(
            root=root,
            manifest=manifest,
            brief=Brief.model_validate_json((root / "evidence/brief.json").read_bytes()),
            policy=Policy.model_validate_json((root / "evidence/policy.json").read_bytes()),
            recorded=tuple(_recorded(root)),
        )
    except (OSError, ValueError, ValidationError, KeyError) as error:
        raise BundleError(
            f"{root}: its documents can't be read ({error}). It was not written by Aboveboard."
        ) from None


def _recorded(root: Path) -> Iterator[Recorded]:
    for one in json.loads((root / "evidence/drafts.json").read_text(encoding="utf-8")):
        yield Recorded.model_validate({name: value for name, value in one.items() if name != "draft_id"})


def check_manifest(opened: Opened) -> Check:
    """The manifest names the brief and policy in the bundle, and lists exactly what is cleared."""
    problems = []
    manifest = opened.manifest
    if manifest["brief_digest"] != digest(opened.brief):
        problems.append("plan.json: the brief in evidence/ is another one")
    if manifest["policy_digest"] != opened.policy.digest:
        problems.append("plan.json: the policy in evidence/ is another one")
    expected = {one.judged.draft.id for one in chosen_drafts(opened.recorded, opened.brief)}
    listed = {entry["draft"] for entry in manifest["entries"]}
    problems += [f"plan.json: draft {one[:12]} is listed but not cleared" for one in sorted(listed - expected)]
    problems += [f"plan.json: draft {one[:12]} is cleared but not listed" for one in sorted(expected - listed)]
    return Check(name="manifest", looked_at=len(manifest["entries"]), problems=tuple(problems))


def check_drafts(opened: Opened) -> Check:
    """Each asset's files are the ones that were judged: caption, image and alt text match the draft's digest."""
    chosen = chosen_drafts(opened.recorded, opened.brief)
    problems = [problem for one in chosen for problem in _draft_problems(opened.root, one)]
    return Check(name="drafts", looked_at=len(chosen), problems=tuple(problems))


def _draft_problems(root: Path, one: Recorded) -> Iterator[str]:
    draft = one.judged.draft
    place = root / folder(draft)
    kept = json.loads((place / "asset.json").read_text(encoding="utf-8"))
    if kept["draft"] != draft.id:
        yield f"{folder(draft)}: the draft's digest is not that of what was judged"
    if (place / "caption.txt").read_bytes() != draft.post.encode():
        yield f"{folder(draft)}/caption.txt: not the words that were judged"
    if draft.picture:
        if digest((place / picture_name(draft.picture)).read_bytes()) != draft.picture.digest:
            yield f"{folder(draft)}: not the image that was judged"
        if (place / "alt.txt").read_bytes() != draft.picture.alt_text.encode():
            yield f"{folder(draft)}/alt.txt: not the words that were judged"


def check_verdicts(opened: Opened) -> Check:
    """Each verdict follows from its findings, and what a person cleared is bound to the draft they saw."""
    problems = []
    for one in opened.recorded:
        name = f"draft {one.judged.draft.id[:12]}"
        verdict = judge(one.judged.inspection, opened.policy.required)
        if verdict != one.judged.verdict:
            problems.append(f"{name}: its findings give {verdict.outcome}, the bundle says otherwise")
        if one.state == "cleared" and verdict.outcome != "pass" and not _approved(one):
            problems.append(f"{name}: cleared without a pass or a person's approval")
        problems += [
            f"{name}: a decision is bound to another draft"
            for d in one.decisions
            if d.draft == one.id and d.seen != one.id
        ]
    return Check(name="verdicts", looked_at=len(opened.recorded), problems=tuple(problems))


def _approved(one: Recorded) -> bool:
    return bool(one.decisions) and one.decisions[-1].action == "approve" and one.judged.verdict.outcome != "block"


def check_guards(opened: Opened) -> Check:
    """The guards, run again here by the bundle's own policy, find in each cleared draft what is recorded."""
    problems = []
    chosen = chosen_drafts(opened.recorded, opened.brief)
    for one in chosen:
        again = inspect_draft(one.judged.draft, opened.brief, opened.policy, run_direct)
        missing = _rules(again) - _rules(one.judged.inspection)
        problems += [
            f"draft {one.judged.draft.id[:12]}: the guards here also find {rule} in “{quote}”"
            for rule, quote in sorted(missing)
        ]
    return Check(name="guards run again", looked_at=len(chosen), problems=tuple(problems))


def _rules(inspection: Inspection) -> set[tuple[str, str]]:
    return {(finding.rule, finding.quote) for finding in inspection.findings}


def check_ledger(opened: Opened) -> Check:
    """The ledger's chain holds from its anchor on, and says of each draft what the evidence says."""
    chain = ledger.from_jsonl((opened.root / "ledger.jsonl").read_text(encoding="utf-8"))
    problems = ledger.verify(chain.entries, chain.anchor)
    if opened.manifest["ledger"] != chain.anchor.model_dump(mode="json"):
        problems.append("ledger.jsonl: not the slice that plan.json is anchored to")
    return Check(name="ledger", looked_at=len(chain.entries), problems=tuple(problems))
