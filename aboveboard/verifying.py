"""Check a bundle with nothing but the bundle: its files, its drafts, its verdicts, its ledger, its pages.

A bundle is untrusted: `opening.py` reads it, no rule of the reader's own is used where the bundle's policy
snapshot says which rules were in force, and a check that breaks off has not passed.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from aboveboard import __version__, ledger
from aboveboard.attesting import contradictions, recorded_at
from aboveboard.bundle import CHECKSUMS, derived_files
from aboveboard.counting import count, fits
from aboveboard.digests import digest
from aboveboard.errors import BundleError
from aboveboard.finding import Copy, Finding, Inspection, Severity, judge
from aboveboard.guarding import Runner, inspect_draft, reread, run_rules
from aboveboard.guards.classifier import weights
from aboveboard.manifest import Contents, chosen_drafts, folder, manifest, picture_name
from aboveboard.opening import Folder, Opened, listed, open_documents, open_folder
from aboveboard.plan import EditorialPlan
from aboveboard.policy import Policy
from aboveboard.record import Recorded

PICTURES = {".png": "image/png", ".jpg": "image/jpeg"}
MARGIN = 0.05  # of probability: more than two processors' rounding, less than a change of mind


class Check(BaseModel):
    """One thing that was looked at, and what is wrong with it: nothing, where `problems` is empty."""

    model_config = ConfigDict(frozen=True)

    name: str
    looked_at: int
    problems: tuple[str, ...] = ()
    states: dict[str, int] = {}  # of credentials: how many stand how; see Standing in imaging/credentials.py
    note: str = ""  # what could not be looked at, and why that is no fault of the bundle's


def verify(root: Path, anchors: str = "") -> list[Check]:
    """Return every check made on the bundle in `root`; it is sound when none has a problem.

    `anchors`: certificates (PEM) of those who may vouch for who signed the pictures; given some, nobody else may.

    Raises:
        BundleError: There is no bundle there, or its documents can't be read at all.
    """
    inside = open_folder(root)
    if CHECKSUMS not in inside.files:
        raise BundleError(f"{root}: no {CHECKSUMS} in it, so it isn't a bundle. Give a folder under outputs/.")
    files = check_files(inside)
    if files.problems:
        return [files]
    opened = open_documents(inside)
    looks = CHECKS | {"credentials": partial(check_credentials, anchors=anchors)}
    return [files, *(_kept(name, look, opened) for name, look in looks.items())]


def verify_picture(path: Path, anchors: str = "") -> list[Check]:
    """Return the one check of a picture's file by itself: what its own credentials say, and whether they hold.

    Raises:
        BundleError: It can't be read, or is neither PNG nor JPEG.
    """
    from aboveboard.imaging.credentials import read

    kind = PICTURES.get(path.suffix.lower().replace(".jpeg", ".jpg"))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path}: can't be read ({error.strerror}).") from None
    if kind is None:
        raise BundleError(f"{path}: neither a bundle's folder nor a .png or .jpg. Give one of them.")
    marks = read(data, kind, anchors)
    told = marks.statement.model_dump() if marks.statement else {}
    note = "; ".join(
        [f"made as {marks.source or 'nobody says'}"]
        + ([f"signed by '{marks.signed_by}'"] if marks.signed_by else [])
        + (["whom this reader has no reason to trust"] if marks.state == "untrusted" else [])
        + [f"{name.replace('_', ' ')}: {value}" for name, value in told.items()]
    )
    problems: tuple[str, ...] = {
        "none": ("no credentials: never signed, stripped, or lost when it was encoded again",),
        "invalid": (f"its credentials don't hold ({', '.join(marks.why)})",),
    }.get(marks.state, () if marks.statement else ("its credentials aren't Aboveboard's",))
    if anchors and marks.state == "untrusted":
        problems += (f"signed by '{marks.signed_by}', for whom none of the certificates you trust vouches",)
    return [Check(name="credentials", looked_at=1, problems=problems, states={marks.standing: 1}, note=note)]


def trusted(path: Path) -> str:
    """Return the certificates in a file, as PEM. Raises BundleError where it can't be read or holds none."""
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"{path}: can't be read as PEM ({error}). Give certificates as text.") from None
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise BundleError(f"{path}: no certificate in it. Give the PEM file of a root you trust.")
    return text


def fingerprint(root: Path) -> str:
    """Return the digest of a bundle's checksums: one number that stands for every byte in it; or of a picture."""
    if root.is_file():
        return digest(root.read_bytes())
    return digest(open_folder(root).read(CHECKSUMS))


def _kept(name: str, look: Callable[[Opened], Check], opened: Opened) -> Check:
    try:
        return look(opened)
    except BundleError as error:
        return Check(name=name, looked_at=0, problems=error.problems)
    except Exception as error:  # fail closed: a bundle that breaks a check has not passed it
        told = (
            f"the check broke off ({type(error).__name__}: {str(error)[:200]}), so nobody knows whether it holds"
        )
        return Check(name=name, looked_at=0, problems=(told,))


def check_files(inside: Folder) -> Check:
    """Every file is listed once with its digest, and nothing else is there."""
    text = inside.read(CHECKSUMS).decode("utf-8", errors="surrogateescape")
    sums, wrong = listed(text)
    found = inside.files.keys() - {CHECKSUMS}
    problems = [*inside.problems, *(f"{CHECKSUMS}: {problem}" for problem in wrong)]
    problems += [f"{name}: not listed in {CHECKSUMS}" for name in found - sums.keys()]
    problems += [f"{name}: missing" for name in sums.keys() - found]
    problems += [
        f"{name}: changed since the bundle was sealed{_stripped(name, inside)}"
        for name in found & sums.keys()
        if inside.digest(name) != sums[name]
    ]
    return Check(name="files", looked_at=len(sums), problems=tuple(sorted(problems)))


def _stripped(name: str, inside: Folder) -> str:
    """What is to be added of a picture that has lost its credentials, as when somebody encodes it again."""
    kind = PICTURES.get(Path(name).suffix)
    if kind is None:
        return ""
    from aboveboard.imaging.credentials import read

    return "; its credentials are gone" if read(inside.read(name), kind).state == "none" else ""


def check_manifest(opened: Opened) -> Check:
    """The manifest says what the brief, the policy, the drafts and the ledger in the bundle say, and no more."""
    told = opened.manifest
    ours = manifest(told.plan, opened.brief, opened.policy, opened.ledger.anchor, opened.recorded)
    given, wanted = told.model_dump(mode="json"), ours.model_dump(mode="json")
    problems = [
        f"plan.json: {name} is not what the evidence gives" for name in wanted if given[name] != wanted[name]
    ]
    return Check(name="manifest", looked_at=len(told.entries), problems=tuple(problems))


def check_drafts(opened: Opened) -> Check:
    """Each asset's files are the ones that were judged, and each post fits its channel."""
    chosen = chosen_drafts(opened.recorded, opened.brief)
    problems = [problem for one in chosen for problem in _draft_problems(opened, one)]
    return Check(name="drafts", looked_at=len(chosen), problems=tuple(problems))


def _draft_problems(opened: Opened, one: Recorded) -> Iterator[str]:
    draft, inside = one.judged.draft, opened.folder
    place = folder(draft)
    if inside.read(f"{place}/caption.txt") != draft.post.encode():
        yield f"{place}/caption.txt: not the words that were judged"
    if draft.picture:
        if inside.read(f"{place}/alt.txt") != draft.picture.alt_text.encode():
            yield f"{place}/alt.txt: not the words that were judged"
    channel = opened.channels[draft.slot.channel]
    if not fits(draft.post, channel):
        length = f"{count(draft.post, channel)} of {channel.text.value} {channel.text.unit}"
        yield f"{place}/caption.txt: too long for {channel.title} ({length})"


def check_credentials(opened: Opened, anchors: str = "") -> Check:
    """Each picture is the one that was judged, and its own credentials say what the evidence says, signed."""
    from aboveboard.imaging.credentials import read, source_of, statement_of

    problems: list[str] = []
    signers: Counter[str] = Counter()
    states: Counter[str] = Counter()
    pictured = [one for one in chosen_drafts(opened.recorded, opened.brief) if one.judged.draft.picture]
    for one in pictured:
        picture = one.judged.draft.picture
        if picture is None:
            continue
        image = f"{folder(one.judged.draft)}/{picture_name(picture)}"
        marks = read(opened.folder.read(image), picture.media_type, anchors)
        states[marks.standing] += 1
        signers[marks.signed_by or "nobody"] += marks.state == "untrusted"
        if marks.state == "none":
            problems.append(f"{image}: its credentials are gone: stripped, or lost when it was encoded again")
        elif marks.state == "invalid":
            problems.append(f"{image}: its credentials don't hold ({', '.join(marks.why)})")
        elif marks.statement != statement_of(one):
            problems.append(f"{image}: its credentials say something else than the evidence")
        if anchors and marks.state == "untrusted":
            problems.append(f"{image}: signed by '{marks.signed_by}', for whom nobody you trust vouches")
        if marks.picture != picture.digest:
            problems.append(f"{image}: not the picture that was judged")
        if marks.source != source_of(picture.generated):
            problems.append(f"{image}: its XMP doesn't say that it is {source_of(picture.generated)}")
    known = ", ".join(f"{number} by '{name}'" for name, number in sorted(signers.items()) if number)
    note = f"signed {known}, whom this reader has no reason to trust" if known else ""
    stand = dict(sorted(states.items()))
    return Check(name="credentials", looked_at=len(pictured), problems=tuple(problems), states=stand, note=note)


def check_verdicts(opened: Opened) -> Check:
    """Each verdict follows from its findings, and what a person cleared is bound to the draft they saw."""
    policy = opened.policy.digest
    required = opened.policy.required
    ours = [one for one in opened.recorded if one.state == "cleared" or _judged_by(one) == policy]
    problems = [problem for one in ours for problem in _verdict_problems(one, policy, required)]
    left = len(opened.recorded) - len(ours)
    note = f"{left} that stand in no plan now were judged by an earlier policy, which isn't here." if left else ""
    return Check(name="verdicts", looked_at=len(ours), problems=tuple(problems), note=note)


def _judged_by(one: Recorded) -> str:
    return one.judged.draft.provenance.policy


def _verdict_problems(one: Recorded, policy: str, required: frozenset[str]) -> Iterator[str]:
    name = f"draft {one.id[:12]}"
    verdict = judge(one.judged.inspection, required)
    if one.id != one.judged.draft.id:
        yield f"{name}: its words or its picture are others than those that were judged"
    if _judged_by(one) != policy:
        yield f"{name}: judged by another policy than the one in evidence/"
    if verdict != one.judged.verdict:
        yield f"{name}: its findings give {verdict.outcome}, the evidence says {one.judged.verdict.outcome}"
    if one.state == "cleared" and verdict.outcome != "pass":
        yield from (f"{name}: {problem}" for problem in _approval_problems(one, verdict.outcome, policy))


def _approval_problems(one: Recorded, outcome: str, policy: str) -> Iterator[str]:
    made = one.decision
    if made is None or made.action != "approve" or outcome == "block":
        yield "cleared without a pass or a person's approval"
        return
    if (made.seen, made.policy) != (one.id, policy):
        yield "the approval is bound to another draft or another policy"
    editors = {other.actor for other in one.decisions if other.action == "edit"}
    if made.actor in {one.triggered_by, *editors}:
        yield "approved by the one who asked for it or edited it: four eyes are needed"


def check_guards(opened: Opened) -> Check:
    """The guards, run again by the bundle's own policy, say of each cleared draft what is recorded."""
    chosen = chosen_drafts(opened.recorded, opened.brief)
    named, ours = opened.policy.classifier, weights()
    runner = run_leniently if named and named == ours else run_rules
    problems = [problem for one in chosen for problem in _guard_problems(one, opened, runner)]
    note = _other_weights(named, ours, len(chosen)) if named and named != ours else ""
    return Check(name="guards run again", looked_at=len(chosen), problems=tuple(problems), note=note)


def run_leniently(policy: Policy, copy: Copy) -> Inspection:
    """Run the rules and the classifier; this one by a margin, for another processor rounds a little apart."""
    return reread(policy, copy, run_rules(policy, copy), margin=MARGIN)


def _other_weights(named: str, ours: str | None, number: int) -> str:
    here = f"{ours[:12]} is here" if ours else "there is none here"
    return f"{number} looked at, by the rules alone: the policy names the classifier {named[:12]}, {here}."


def _guard_problems(one: Recorded, opened: Opened, runner: Runner) -> Iterator[str]:
    name = f"draft {one.id[:12]}"
    again = inspect_draft(one.judged.draft, opened.brief, opened.policy, runner)
    recorded = one.judged.inspection
    for finding in again.findings:
        if not any(_tells(other, finding, alone=runner is run_rules) for other in recorded.findings):
            yield f"{name}: the guards here also find {finding.rule} in “{finding.quote[:200]}”"
    for fact, quote in sorted(_supported(recorded) - _supported(again)):
        yield f"{name}: the guards here don't find that “{quote[:200]}” rests on the fact {fact}"


def _tells(recorded: Finding, again: Finding, *, alone: bool) -> bool:
    """Whether the record says what the guards say here, and takes it as seriously.

    The classifier may point at other words of the same rule. Where rules are run `alone`, a record may also say
    that the classifier made a mere note of a cue: nobody here can tell.
    """
    if recorded.rule != again.rule or (recorded.quote != again.quote and again.layer != "classifier"):
        return False
    noted = recorded.severity is Severity.NOTE and any(one.kind == "reading" for one in recorded.evidence)
    return recorded.severity.rank >= again.severity.rank or (alone and noted and again.severity is Severity.REVIEW)


def _supported(inspection: Inspection) -> set[tuple[str, str]]:
    return {(support.fact, support.quote) for support in inspection.supports}


def check_ledger(opened: Opened) -> Check:
    """The ledger's chain holds from its anchor on, and says of each draft and decision what the evidence says."""
    chain = opened.ledger
    problems = ledger.verify(chain.entries, chain.anchor)
    problems += contradictions(opened)
    return Check(name="ledger", looked_at=len(chain.entries), problems=tuple(problems))


def check_pages(opened: Opened) -> Check:
    """What people read, the page, the table, the calendar, is what the evidence gives: it is made again here."""
    wrote = opened.versions.get("aboveboard", "an unknown version")
    if wrote != __version__:
        note = f"not compared: written by Aboveboard {wrote}, this is {__version__}. Verify with that version too."
        return Check(name="pages", looked_at=0, note=note)
    contents: dict[str, Any] = {
        "plan": EditorialPlan(id=opened.manifest.plan, brief=opened.brief, slots=()),
        "created_at": recorded_at(opened.ledger),
        "prompts": {},
    }
    contents |= {name: getattr(opened, name) for name in ("recorded", "policy", "channels", "ledger", "versions")}
    ours = derived_files(Contents(**contents))
    changed = [name for name, data in ours.items() if opened.folder.read(name) != data]
    problems = [f"{name}: not what the evidence gives" for name in sorted(changed)]
    return Check(name="pages", looked_at=len(ours), problems=tuple(problems))


CHECKS: dict[str, Callable[[Opened], Check]] = {
    "manifest": check_manifest,
    "drafts": check_drafts,
    "credentials": check_credentials,
    "verdicts": check_verdicts,
    "guards run again": check_guards,
    "ledger": check_ledger,
    "pages": check_pages,
}
