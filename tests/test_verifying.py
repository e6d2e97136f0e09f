import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bundling import bundle

from aboveboard import verifying
from aboveboard.bundle import CHECKSUMS, checksums
from aboveboard.digests import canonical_json, digest
from aboveboard.draft import Judged
from aboveboard.errors import BundleError
from aboveboard.finding import Copy, Evidence, Finding, Inspection, Severity
from aboveboard.guarding import found
from aboveboard.ledger import from_jsonl, to_jsonl
from aboveboard.opening import open_documents, open_folder
from aboveboard.policy import Policy
from aboveboard.verifying import Check, check_guards, fingerprint, verify


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    return bundle(tmp_path / "workspace")


def reseal(root: Path) -> None:
    """Write the checksums anew, as someone who tampers would."""
    files = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    files.pop(CHECKSUMS, None)
    (root / CHECKSUMS).write_bytes(checksums(files))


def problems(root: Path) -> str:
    return "\n".join(problem for check in verify(root) for problem in check.problems)


def change(root: Path, name: str, edit: Callable[[Any], None]) -> None:
    """Edit a JSON document of the bundle and write the checksums anew."""
    document = json.loads((root / name).read_text(encoding="utf-8"))
    edit(document)
    (root / name).write_text(
        json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    reseal(root)


def swap(root: Path, one: str, other: str) -> None:
    first, second = (root / one).read_bytes(), (root / other).read_bytes()
    (root / one).write_bytes(second)
    (root / other).write_bytes(first)
    reseal(root)


def test_a_bundle_as_written_holds(sealed: Path) -> None:
    checks = verify(sealed)
    assert problems(sealed) == ""
    assert all(check.looked_at for check in checks) and len(checks) == 8


def test_it_needs_nothing_but_the_bundle(sealed: Path, tmp_path: Path) -> None:
    alone, home = tmp_path / "posted to a client", tmp_path / "empty home"
    sealed.rename(alone)
    home.mkdir()
    command = [sys.executable, "-m", "aboveboard", "verify", str(alone)]
    env = {"HOME": str(home), "PATH": os.environ["PATH"]}
    told = subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    assert "The bundle holds." in told.stdout
    assert list(home.iterdir()) == []


def test_a_change_of_any_single_file_is_found(sealed: Path) -> None:
    files = sorted(path for path in sealed.rglob("*") if path.is_file())
    for path in files:
        before = path.read_bytes()
        path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        assert path.name in problems(sealed) or path.name == CHECKSUMS, path
        assert problems(sealed), path
        path.write_bytes(before)
    assert problems(sealed) == ""


def test_a_file_missing_is_found(sealed: Path) -> None:
    (sealed / "plan.csv").unlink()
    assert "plan.csv: missing" in problems(sealed)


@pytest.mark.parametrize("name", ["extra.txt", ".hidden", "assets/new/caption.txt", "evidence/prompts/new.j2"])
def test_a_file_added_is_found(sealed: Path, name: str) -> None:
    (sealed / name).parent.mkdir(exist_ok=True)
    (sealed / name).write_text("Buy now", encoding="utf-8")
    assert f"{name}: not listed in {CHECKSUMS}" in problems(sealed)


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../brief.json", "plan.csv", "/", "nowhere"])
def test_a_link_is_found_and_never_followed(sealed: Path, target: str) -> None:
    (sealed / "index.html").unlink()
    (sealed / "index.html").symlink_to(target)
    told = problems(sealed)
    assert "index.html: a link, not a file" in told and "root:" not in told


def test_a_pipe_is_found_and_never_opened(sealed: Path) -> None:
    os.mkfifo(sealed / "assets/pipe")
    assert "assets/pipe: a device or pipe, not a file" in problems(sealed)


CAPTIONS = [
    f"assets/2027-03-0{day}-{channel}-en/caption.txt" for day, channel in ((1, "bluesky"), (2, "mastodon"))
]


def test_captions_swapped_and_sealed_again_are_found(sealed: Path) -> None:
    swap(sealed, *CAPTIONS)
    assert f"{CAPTIONS[0]}: not the words that were judged" in problems(sealed)


@pytest.mark.parametrize("name", ["index.html", "plan.csv", "plan.ics", "assets/2027-03-01-bluesky-en/asset.json"])
def test_what_people_read_can_not_be_edited_and_sealed_again(sealed: Path, name: str) -> None:
    (sealed / name).write_bytes((sealed / name).read_bytes().replace(b"bluesky", b"Bluesky"))
    reseal(sealed)
    assert f"{name}: not what the evidence gives" in problems(sealed)


def first(drafts: list[Any], state: str) -> Any:
    return next(one for one in drafts if one["state"] == state)


def soften(drafts: list[Any]) -> None:
    first(drafts, "blocked")["judged"]["verdict"] = {"outcome": "pass", "rules": []}


def clear(drafts: list[Any]) -> None:
    first(drafts, "blocked")["state"] = "cleared"


def forget(drafts: list[Any]) -> None:
    one = first(drafts, "blocked")
    one["judged"] |= {"verdict": {"outcome": "pass", "rules": []}}
    one["judged"]["inspection"]["findings"] = []


def reword(drafts: list[Any]) -> None:
    drafts[0]["judged"]["draft"]["post"] = "There are 999 stations."


def disappear(drafts: list[Any]) -> None:
    drafts.remove(first(drafts, "blocked"))


def unapprove(drafts: list[Any]) -> None:
    next(one for one in drafts if one["decisions"])["decisions"] = []


def reason(drafts: list[Any]) -> None:
    next(one for one in drafts if one["decisions"])["decisions"][0]["reason"] = "The boss said so."


def approve_own(drafts: list[Any]) -> None:
    one = next(one for one in drafts if one["decisions"])
    one["decisions"][0]["actor"] = one["triggered_by"]


def prove(drafts: list[Any]) -> None:
    drafts[0]["judged"]["inspection"]["supports"][0]["quote"] = "214 stations, the most in Europe"


def asked(drafts: list[Any]) -> None:
    drafts[0]["triggered_by"] = "0" * 16


EDITS = [
    (soften, "its findings give block, the evidence says pass"),
    (clear, "cleared without a pass or a person's approval"),
    (forget, "the ledger says another outcome than the evidence"),
    (reword, "its words or its picture are others than those that were judged"),
    (disappear, "is in the ledger, but not in the evidence"),
    (unapprove, "cleared without a pass or a person's approval"),
    (reason, "the ledger doesn't attest the decision to approve it"),
    (approve_own, "four eyes are needed"),
    (prove, "the guards here don't find that “214 stations, the most in Europe” rests on the fact stations"),
    (asked, "another person asked for the campaign"),
]


@pytest.mark.parametrize(("edit", "says"), EDITS, ids=[edit.__name__ for edit, _ in EDITS])
def test_evidence_edited_and_sealed_again_is_found(sealed: Path, edit: Callable[[Any], None], says: str) -> None:
    change(sealed, "evidence/drafts.json", edit)
    assert says in problems(sealed)


def test_a_manifest_edited_and_sealed_again_is_found(sealed: Path) -> None:
    change(sealed, "plan.json", lambda plan: plan["entries"].pop())
    assert "plan.json: entries is not what the evidence gives" in problems(sealed)


def test_a_policy_made_milder_and_sealed_again_is_found(sealed: Path) -> None:
    change(sealed, "evidence/policy.json", lambda policy: policy["rules"].pop())
    told = problems(sealed)
    assert "plan.json: policy_digest is not what the evidence gives" in told
    assert "the ledger records another policy for this plan" in told


def test_a_brief_edited_and_sealed_again_is_found(sealed: Path) -> None:
    change(
        sealed, "evidence/brief.json", lambda brief: brief["facts"][0].update(statement="There are 300 stations.")
    )
    assert "the ledger records another brief for this plan" in problems(sealed)


def test_a_ledger_entry_edited_with_its_digest_is_found(sealed: Path) -> None:
    lines = (sealed / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    entry = json.loads(lines[4])
    entry["body"]["outcome"] = "pass"
    entry["body_digest"] = digest(entry["body"])
    lines[4] = canonical_json(entry)
    (sealed / "ledger.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    reseal(sealed)
    assert "The header of entry" in problems(sealed)


def test_a_ledger_cut_short_with_its_anchor_is_found(sealed: Path) -> None:
    run = from_jsonl((sealed / "ledger.jsonl").read_text(encoding="utf-8"))
    entries = run.entries[:-2]
    anchor = run.anchor.model_copy(update={"last": entries[-1].seq, "head": entries[-1].hash})
    shorter = run.model_copy(update={"anchor": anchor, "entries": entries})
    (sealed / "ledger.jsonl").write_text(to_jsonl(shorter), encoding="utf-8")
    change(sealed, "plan.json", lambda plan: plan.update(ledger=anchor.model_dump(mode="json")))
    assert "the ledger" in problems(sealed)


def test_another_version_says_that_the_page_was_not_compared(sealed: Path) -> None:
    change(sealed, "evidence/versions.json", lambda versions: versions.update(aboveboard="9.9"))
    pages = verify(sealed)[-1]
    assert pages.note == "not compared: written by Aboveboard 9.9, this is 0.1.0. Verify with that version too."


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", "assets/../../x", "a\x1b[31mb"])
def test_a_checksum_of_something_outside_is_never_read(sealed: Path, name: str) -> None:
    with (sealed / CHECKSUMS).open("a", encoding="utf-8") as sums:
        sums.write(f"{'0' * 64}  {name}\n")
    assert f"{name}: missing" in problems(sealed)


def test_a_slot_that_points_outside_reads_nothing_there(sealed: Path, tmp_path: Path) -> None:
    (tmp_path / "caption.txt").write_text("a secret", encoding="utf-8")

    def wander(drafts: list[Any]) -> None:
        drafts[0]["judged"]["draft"]["slot"]["id"] = str(tmp_path)

    change(sealed, "evidence/drafts.json", wander)
    told = problems(sealed)
    assert "caption.txt: missing from the bundle" in told and "secret" not in told


def test_a_huge_sparse_file_is_found_without_being_read(sealed: Path) -> None:
    with (sealed / "plan.json").open("r+b") as file:
        file.truncate(1_000_000_000)
    started = time.monotonic()
    assert "plan.json: changed since the bundle was sealed" in problems(sealed)
    assert time.monotonic() - started < 5


NOT_DOCUMENTS = {
    "not JSON": b"{",
    "a list": b"[1]",
    "deep": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000,
    "not UTF-8": b'{"format": "\xff"}',
    "empty": b"",
    "another format": b'{"format": "somebody-elses/9"}',
    "a long number": b'{"format": ' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("document", ["plan.json", "evidence/policy.json", "evidence/drafts.json", "ledger.jsonl"])
@pytest.mark.parametrize("data", NOT_DOCUMENTS.values(), ids=NOT_DOCUMENTS.keys())
def test_a_document_that_is_none_gets_one_clear_error(sealed: Path, document: str, data: bytes) -> None:
    (sealed / document).write_bytes(data)
    reseal(sealed)
    with pytest.raises(BundleError) as told:
        verify(sealed)
    assert len(told.value.problems) == 1 and document in str(told.value) and len(str(told.value)) < 500


HOSTILE = ["(((a{1000}){1000}){1000})", "(a+)+$", "[", "{duration}" * 50, "(?P<x>.)(?P=x)", "a" * 100_000]


@pytest.mark.parametrize("cue", HOSTILE)
def test_a_hostile_rule_neither_hangs_nor_crashes(sealed: Path, cue: str) -> None:
    def poison(policy: Any) -> None:
        for rule in policy["rules"]:
            rule["cues"] = {"en": [cue]}

    change(sealed, "evidence/policy.json", poison)
    started = time.monotonic()
    assert "policy_digest is not what the evidence gives" in problems(sealed)
    assert time.monotonic() - started < 20


@pytest.mark.parametrize("zone", ["../../../etc/passwd", "/etc/passwd", "No/Where", "\x00", ""])
def test_a_hostile_timezone_is_a_problem_not_a_traceback(sealed: Path, zone: str) -> None:
    change(sealed, "evidence/brief.json", lambda brief: brief["schedule"].update(timezone=zone))
    assert "so nobody knows whether it holds" in problems(sealed)


def test_a_folder_that_is_no_bundle_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no checksums.sha256 in it, so it isn't a bundle"):
        verify(tmp_path)
    with pytest.raises(BundleError, match="no such folder"):
        verify(tmp_path / "nowhere")


# The classifier, here and elsewhere


THEIRS = "f" * 64


def run_again(sealed: Path, change: Callable[[Finding], Finding] | None = None, classifier: str = "") -> Check:
    """Run the guards again, with the approved draft's findings changed in the record."""
    inside = open_documents(open_folder(sealed))
    if change:
        drafts = [
            one.model_copy(update={"judged": changed(one.judged, change)}) if one.decision else one
            for one in inside.recorded
        ]
        inside = inside.model_copy(update={"recorded": tuple(drafts)})
    policy = inside.policy.model_copy(update={"classifier": classifier or None})
    return check_guards(inside.model_copy(update={"policy": policy}))


def changed(judged: Judged, change: Callable[[Finding], Finding]) -> Judged:
    found = tuple(change(one) if one.severity is Severity.REVIEW else one for one in judged.inspection.findings)
    return judged.model_copy(update={"inspection": judged.inspection.model_copy(update={"findings": found})})


def as_note(finding: Finding) -> Finding:
    return finding.model_copy(update={"severity": Severity.NOTE})


def as_read_note(finding: Finding) -> Finding:
    evidence = (*finding.evidence, Evidence(kind="reading", says="a small model reads it as innocent"))
    return as_note(finding).model_copy(update={"evidence": evidence})


@pytest.mark.parametrize("ours", ["e" * 64, None])
def test_a_policy_with_other_weights_is_held_to_the_rules_alone_and_that_is_said(
    sealed: Path, monkeypatch: pytest.MonkeyPatch, ours: str | None
) -> None:
    monkeypatch.setattr(verifying, "weights", lambda: ours)
    check = run_again(sealed, classifier=THEIRS)
    assert check.problems == () and "by the rules alone" in check.note and THEIRS[:12] in check.note


@pytest.mark.parametrize("ours", ["e" * 64, None])
def test_a_policy_without_a_classifier_is_held_to_the_rules_and_nothing_need_be_said(
    sealed: Path, monkeypatch: pytest.MonkeyPatch, ours: str | None
) -> None:
    monkeypatch.setattr(verifying, "weights", lambda: ours)
    assert (run_again(sealed).problems, run_again(sealed).note) == ((), "")


def test_a_policy_with_our_weights_is_held_to_the_classifier_too_by_a_margin(
    sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    margins: list[float] = []
    monkeypatch.setattr(verifying, "weights", lambda: THEIRS)
    monkeypatch.setattr(verifying, "reread", lambda *given, margin: margins.append(margin) or given[2])
    check = run_again(sealed, classifier=THEIRS)
    assert (check.problems, check.note) == ((), "") and set(margins) == {0.05}


def test_what_the_classifier_finds_here_must_stand_in_the_record_if_in_other_words(
    sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flags(policy: Policy, copy: Copy, inspection: Inspection, margin: float) -> Inspection:
        rule = policy.rule("false-urgency" if "Hurry" in copy.text else "fomo")
        assert rule
        one = found(rule, copy, 0, 3, [Evidence(kind="reading", says="so")])
        return inspection.model_copy(
            update={"findings": (*inspection.findings, one.model_copy(update={"layer": "classifier"}))}
        )

    monkeypatch.setattr(verifying, "weights", lambda: THEIRS)
    monkeypatch.setattr(verifying, "reread", flags)
    told = " ".join(run_again(sealed, classifier=THEIRS).problems)
    assert "also find fomo" in told and "false-urgency" not in told


@pytest.mark.parametrize("ours", ["e" * 64, THEIRS])
def test_only_a_classifier_that_is_not_here_can_have_made_a_note_of_a_finding(
    sealed: Path, monkeypatch: pytest.MonkeyPatch, ours: str
) -> None:
    monkeypatch.setattr(verifying, "weights", lambda: ours)
    monkeypatch.setattr(verifying, "reread", lambda *given, margin: given[2])
    assert (run_again(sealed, as_read_note, THEIRS).problems == ()) == (ours != THEIRS)
    assert any("also find" in problem for problem in run_again(sealed, as_note, THEIRS).problems)


def test_the_fingerprint_stands_for_every_byte(sealed: Path) -> None:
    before = fingerprint(sealed)
    (sealed / "plan.csv").write_bytes(b"other")
    reseal(sealed)
    assert fingerprint(sealed) != before
    assert before[:6] in sealed.name
