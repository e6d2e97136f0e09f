import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from bundling import ASKED, DECIDED, finished, rules_alone, workspace
from syrupy.assertion import SnapshotAssertion
from terminal import Result, on_terminal, piped, run

from aboveboard.errors import BriefError, Refused
from aboveboard.telling import told

SMALL = {
    "schedule": {
        "starts": "2027-03-01",
        "ends": "2027-03-03",
        "timezone": "Europe/Berlin",
        "channels": {"bluesky": {"per_week": 1}},
    },
    "images": None,
}
HEAVY = set("pydantic yaml re2 sqlalchemy httpx torch prefect guardrails langchain openai jinja2".split())
COMMANDS = [
    *([word] for word in ("init", "produce", "check", "explain", "release", "verify", "doctor")),
    *(["review", word] for word in ("list", "show", "approve", "edit", "reject", "withdraw")),
    *(["policy", word] for word in ("list", "explain", "test")),
]
RULE = """\
id: river-talk
title: Talk of rivers
family: manipulation
severity: review
definition: The copy speaks of rivers, which this workspace would rather it didn't.
law: [ucpd-8]
cues:
  en: [fountain]
message: "'{quote}' speaks of water that runs."
fix: Speak of taps.
known_misses: [a fountain in the picture]
must_flag: [A fountain., The fountain., Our fountain., One fountain more.]
must_pass: [A tap., The tap., Our tap., One tap more.]
"""


def tidy(text: str) -> str:
    """Leave out what differs between two runs: digests, times, and where the test runs."""
    text = re.sub(r"\b[0-9a-f]{8,64}\b", "<id>", text)
    text = re.sub(r"--[0-9a-f]{6}\b", "--<id>", text)
    text = re.sub(r"files: \d+", "files: <some>", text)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d (?=approve|edit|reject|withdraw)", "<when> ", text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return finished(tmp_path / "workspace")


def waiting(root: Path) -> str:
    [one] = json.loads(run("review", "list", "-w", root, "--json").stdout)
    return str(one["id"])


@pytest.fixture(scope="module")
def flagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a rule of its own, and one draft that waits because of it."""
    root = workspace(tmp_path_factory.mktemp("own"), **SMALL)
    rule = root / "guardrails/rules/manipulation/river-talk.yaml"
    rule.parent.mkdir(parents=True)
    rule.write_text(RULE, encoding="utf-8")
    script = {"says": [{"text": "Fill up at the fountain by the market.", "headline": "Fill up"}]}
    (root / "script.jsonl").write_text(json.dumps(script) + "\n", encoding="utf-8")
    assert run("produce", root / "brief.json", "-w", root).exit_code == 0
    return root


# Help


@pytest.mark.parametrize("words", [[], *COMMANDS], ids=" ".join)
def test_every_command_says_what_it_is_for(words: list[str]) -> None:
    shown = run(*words, "--help", env={"COLUMNS": "100", "TERM": "dumb"})
    assert shown.exit_code == 0 and f"Usage: {' '.join(['aboveboard', *words])}" in shown.stdout
    for line in shown.stdout.splitlines():
        assert not re.match(r"│ \*? +\w+ +(PATH|TEXT|\[\w+\]\.*)\s+(\[required\])?\s*│", line), f"no help: {line}"


def test_help_loads_nothing_heavy_and_is_there_at_once() -> None:
    code = """
import resource, sys
from aboveboard.cli import app
try:
    app(["--help"])
except SystemExit:
    pass
used = resource.getrusage(resource.RUSAGE_SELF)
print(sorted(sys.modules), used.ru_utime + used.ru_stime, sep="\\n", file=sys.stderr)
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules, seconds = shown.stderr.strip().splitlines()
    assert not HEAVY & set(eval(modules))
    assert float(seconds) < 0.5


def test_checking_a_line_loads_no_database_model_or_flow() -> None:
    code = "import sys, aboveboard.telling_copy, aboveboard.rulebook; print(sorted(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not (HEAVY - {"pydantic", "yaml", "re2"}) & set(eval(shown.stdout))


def test_the_version_is_said() -> None:
    assert run("--version").stdout == "0.1.0\n"


# Errors


def test_what_the_user_can_mend_is_a_line_on_standard_error(tmp_path: Path) -> None:
    shown = piped("produce", "nowhere.yaml", cwd=workspace(tmp_path))
    assert (shown.returncode, shown.stdout) == (2, b"")
    assert shown.stderr.decode() == "× nowhere.yaml can't be read: No such file or directory. Check the path.\n"


def test_a_refused_brief_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    audience = {"describe": "Women with diabetes", "basis": "contextual"}
    root = workspace(tmp_path, audience=audience)
    shown = run("produce", root / "brief.json", "-w", root)
    assert shown.exit_code == Refused.exit_code == 3
    assert "× " in shown.stderr and "sensitive-targeting" in shown.stderr


def test_outside_a_workspace_it_says_how_to_make_one(tmp_path: Path) -> None:
    shown = piped("review", "list", cwd=tmp_path)
    assert shown.returncode == 2 and b"Make one: aboveboard init ." in shown.stderr


@told
def broken() -> None:
    raise LookupError("no such\nthing \x1b[31m")


def test_what_nobody_foresaw_is_one_line_that_says_it_is_our_fault(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as left:
        broken()
    assert left.value.exit_code == 70
    shown = capsys.readouterr().err
    assert "A bug in Aboveboard, not in what you did: LookupError: no such thing \\x1b[31m." in shown.replace(
        "\n", " "
    )
    assert shown.count("\n") == 1 and "ABOVEBOARD_TRACEBACK=1" in shown


def test_the_traceback_is_there_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABOVEBOARD_TRACEBACK", "1")
    with pytest.raises(LookupError):
        broken()


@told
def full() -> None:
    raise OSError(28, "No space left on device", "outputs/x")


def test_a_full_disk_is_no_bug(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as left:
        full()
    assert left.value.exit_code == BriefError.exit_code
    assert capsys.readouterr().err.startswith("× outputs/x: No space left on device.")


# Pipes and terminals


def test_in_a_pipe_a_run_is_one_plain_line_a_draft(tmp_path: Path) -> None:
    shown = piped("produce", "brief.json", cwd=workspace(tmp_path, **SMALL), FORCE_COLOR="")
    assert (shown.returncode, shown.stderr) == (0, b"")
    lines = shown.stdout.decode().splitlines()
    assert re.fullmatch(r"cleared  2027-03-0\d-bluesky-en", lines[0])
    assert lines[1] == "1 cleared." and lines[2].startswith("Bundle: ")
    assert b"\x1b" not in shown.stdout and b"USD" not in shown.stdout


def test_on_a_terminal_a_run_shows_progress_colour_and_a_table_that_fits(tmp_path: Path) -> None:
    shown = on_terminal("produce", "brief.json", cwd=workspace(tmp_path, **SMALL))
    assert "inspected 2027" in shown or "Starting the models" in shown or "Reading the brief" in shown
    assert "\x1b[32m" in shown
    table = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown).split("when")[-1]
    assert "There are 214 stations." in table
    assert max(len(line) for line in table.splitlines() if not line.startswith("Bundle")) <= 100


@pytest.mark.parametrize("columns", [80, 100, 160])
def test_on_a_terminal_each_draft_has_a_line_of_its_own(root: Path, columns: int) -> None:
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", on_terminal("release", "tap-week", cwd=root, columns=columns))
    rows = [line for line in shown.splitlines() if re.match(r"[✓×!] (cleared|blocked|flagged) ", line)]
    assert len(rows) == 6 and all(len(line) <= columns for line in shown.splitlines()[:7])
    assert "green-claim" in shown and ("There are 214 stations." in shown or columns == 80)


def test_what_a_pipe_reads_no_further_ends_quietly(root: Path) -> None:
    command = f"{shlex.quote(sys.executable)} -m aboveboard policy list | head -1"
    shown = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert shown.stdout.count("\n") == 1 and "Traceback" not in shown.stderr


def test_an_encoding_without_our_signs_gets_escapes_not_a_crash(tmp_path: Path) -> None:
    shown = piped("doctor", cwd=workspace(tmp_path), PYTHONIOENCODING="ascii")
    assert shown.returncode == 0 and b"\\u2713 Python" in shown.stdout
    said = json.loads(piped("check", "--json", given="Hurry! 😀".encode(), PYTHONIOENCODING="ascii").stdout)
    assert said[0]["findings"][0]["quote"] == "Hurry!"


HOSTILE = "Hurry! \x1b]0;owned\x07\x1b[2J\x9b31m\u202e only 3 left \u2066x"


@pytest.mark.parametrize("form", ["human", "json", "sarif"])
def test_control_characters_in_outside_text_never_reach_the_terminal(tmp_path: Path, form: str) -> None:
    (tmp_path / "a\x1b[31m.md").write_text(HOSTILE, encoding="utf-8")
    shown = piped("check", "-f", form, "a\x1b[31m.md", cwd=tmp_path)
    said = (shown.stdout + shown.stderr).decode("utf-8")
    assert shown.returncode == 1 and "false-urgency" in said
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said)


# Check


def test_nothing_found_says_nothing_in_a_pipe(tmp_path: Path) -> None:
    shown = piped("check", given=b"A walk along the river.", cwd=tmp_path)
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, b"", b"")


def test_a_finding_is_told_with_file_line_and_column(
    tmp_path: Path, snapshot: SnapshotAssertion, flagged: Path
) -> None:
    (flagged / "post.md").write_text("# Post\n\nBy the `fountain` fountain.\n", encoding="utf-8")
    shown = piped("check", "post.md", cwd=flagged)
    assert shown.returncode == 1
    assert shown.stdout.decode() == snapshot


def test_the_other_files_are_checked_when_one_cannot_be_read(tmp_path: Path) -> None:
    (rules_alone(tmp_path) / "post.md").write_text("Hurry!", encoding="utf-8")
    shown = piped("check", "nowhere.md", "post.md", cwd=tmp_path)
    assert shown.returncode == 2
    assert b"post.md:1:1: review false-urgency" in shown.stdout and b"nowhere.md: can't be read" in shown.stderr


def test_a_folder_called_guardrails_in_someone_elses_repository_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "guardrails/rules/x").mkdir(parents=True)
    (tmp_path / "guardrails/rules/x/config.yaml").write_text("models: []", encoding="utf-8")
    assert piped("check", given=b"A walk.", cwd=tmp_path).returncode == 0


def test_a_brief_lets_the_same_claim_pass(tmp_path: Path) -> None:
    (rules_alone(tmp_path) / "facts.yaml").write_text("- statement: 40 are left.\n  stock: 40\n", encoding="utf-8")
    assert piped("check", given=b"Only 40 left.", cwd=tmp_path).returncode == 1
    assert piped("check", "--facts", "facts.yaml", given=b"Only 40 left.", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(("line", "code"), [(b'{"text": "A walk."}', 0), (b'{"text": "Hurry!"}', 1), (b"{", 2)])
def test_the_exit_code_of_json_lines_is_that_of_the_worst(tmp_path: Path, line: bytes, code: int) -> None:
    (rules_alone(tmp_path) / "in.jsonl").write_bytes(
        b'{"text": "A walk."}\n' + line + b'\n{"text": "Hurry!"}'[: 99 * bool(code)]
    )
    shown = piped("check", "--jsonl", "in.jsonl", cwd=tmp_path)
    assert shown.returncode == code
    assert len(shown.stdout.splitlines()) == (3 if code else 2)


# Explain

EXPLAINED = "Hurry! The exhibition ends tonight. The map shows 214 places.\n"
FACTS = """\
- {statement: The exhibition closes on Sunday 6 December., ends: 2026-12-06}
- {statement: The map shows 214 places., value: 214}
"""


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1796126400")  # Tuesday 1 December 2026


def explained(tmp_path: Path, *words: str, text: str = EXPLAINED) -> Result:
    (tmp_path / "facts.yaml").write_text(FACTS, encoding="utf-8")
    return run("explain", "--facts", tmp_path / "facts.yaml", *words, input=text)


def test_an_explanation_goes_from_the_words_to_the_verdict(
    noon: None, tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    shown = explained(tmp_path)
    assert shown.exit_code == 1 and "\x1b" not in shown.stdout
    assert shown.stdout == snapshot


def test_an_explanation_of_one_rule_keeps_to_it(noon: None, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    shown = explained(tmp_path, "--rule", "unsupported-claim")
    assert shown.exit_code == 0 and shown.stdout == snapshot


def test_an_explanation_as_json_holds_the_whole_path(noon: None, tmp_path: Path) -> None:
    [told] = json.loads(explained(tmp_path, "--json").stdout)
    path = next(one for one in told["paths"] if one["finding"]["severity"] == "block")
    assert path["finding"]["quote"] == "ends tonight" and path["finding"]["evidence"][0]["kind"] == "contradicted"
    assert path["laws"][0]["url"].startswith("https://") and "one step more" in path["weighs"]
    assert "A fact whose `ends` is Tuesday 1 December 2026" in path["clears"] and path["misses"]
    assert told["proofs"][0]["states"] == "The map shows 214 places."
    assert told["verdict"]["outcome"] == "block" and told["follows"].startswith("block: ")
    assert "The exhibition ends on Sunday 6 December." in told["rewriting"]["rewrites"][0]["text"]


def test_where_nothing_is_found_it_says_who_looked(tmp_path: Path) -> None:
    shown = explained(tmp_path, text="A walk along the river.")
    assert shown.exit_code == 0 and re.search(
        r"pass: all \d+ rules answered and none found anything", shown.stdout
    )


def test_explain_fails_as_check_does(tmp_path: Path) -> None:
    assert run("explain", tmp_path / "nowhere.md").exit_code == 2
    mistyped = run("explain", "--rule", "false-urgencey", input="x")
    assert mistyped.exit_code == 2 and "Did you mean false-urgency?" in mistyped.stderr


def test_on_a_terminal_an_explanation_marks_the_words_and_shows_a_word_diff(tmp_path: Path) -> None:
    post = rules_alone(tmp_path) / "post.md"
    post.write_text("The mill is open daily. Hurry, last chance!\n", encoding="utf-8")
    shown = on_terminal("explain", "post.md", cwd=tmp_path)
    assert "\x1b[4;33m" in shown and "\x1b[9;31m" in shown


def test_control_characters_stay_out_of_an_explanation(tmp_path: Path) -> None:
    shown = piped("explain", given=HOSTILE.encode("utf-8", "surrogateescape"), cwd=tmp_path)
    said = shown.stdout.decode("utf-8")
    assert shown.returncode == 1 and not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said)


def test_check_proposes_rewrites_where_asked() -> None:
    text = "The mill is open daily. Hurry, last chance!"
    plain = run("check", "--suggest", input=text).stdout
    assert "Rewrite (by leaving out" in plain and "\nThe mill is open daily.\n" in plain
    [told] = json.loads(run("check", "--suggest", "--json", input=text).stdout)
    assert [one["text"] for one in told["rewrites"]] == ["The mill is open daily."]
    assert "rewrites" not in json.loads(run("check", "--json", input=text).stdout)[0]


# Policy, dry run, verify


def test_the_policy_is_one_line_a_rule_in_a_pipe() -> None:
    shown = run("policy", "list").stdout.splitlines()
    assert len(shown) == len(json.loads(run("policy", "list", "--json").stdout))
    columns = [re.split(r" {2,}", line) for line in shown]
    assert {len(row) for row in columns} == {4} and {row[2] for row in columns} <= {"note", "review", "block"}


def test_a_rule_is_explained_with_its_law_and_link(flagged: Path, snapshot: SnapshotAssertion) -> None:
    shown = run("policy", "explain", "river-talk", "-w", flagged)
    assert "https://" in shown.stdout
    assert shown.stdout == snapshot


def test_a_mistyped_rule_gets_the_nearest() -> None:
    shown = run("policy", "explain", "false-urgencey")
    assert shown.exit_code == 2 and "Did you mean false-urgency?" in shown.stderr


def test_the_dry_run_shows_every_slot_and_makes_nothing(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    root = workspace(tmp_path)
    before = sorted(root.rglob("*"))
    assert run("produce", root / "brief.json", "-w", root, "--dry-run").stdout == snapshot
    assert [path for path in sorted(root.rglob("*")) if path not in before] == []


def test_a_bundle_is_verified_line_by_line(root: Path, snapshot: SnapshotAssertion) -> None:
    bundle = root / "outputs/tap-week/latest"
    assert tidy(run("verify", bundle).stdout) == snapshot(name="sound")
    (bundle / "plan.csv").write_text("=1+1", encoding="utf-8")
    broken_one = run("verify", bundle)
    assert broken_one.exit_code == 1 and tidy(broken_one.stdout) == snapshot(name="broken")


def test_doctor_tells_the_truth(root: Path, tmp_path: Path) -> None:
    states = {one["name"]: one["state"] for one in json.loads(run("doctor", "-w", root, "--json").stdout)}
    assert states["workspace"] == states["text model"] == states["database"] == "good"
    (root / "script.jsonl").unlink()
    ill = run("doctor", "-w", root)
    assert ill.exit_code == 1 and "× text model: " in ill.stdout
    assert run("doctor", "-w", tmp_path).exit_code == 1


def test_a_new_workspace_is_made_once_and_never_overwritten(tmp_path: Path) -> None:
    assert "made " in run("init", tmp_path / "new").stdout
    brief = tmp_path / "new/briefs/spring-refill.yaml"
    brief.write_text("mine", encoding="utf-8")
    again = run("init", tmp_path / "new")
    assert again.exit_code == 0 and "is a workspace already; nothing was changed" in again.stdout
    assert brief.read_text(encoding="utf-8") == "mine"


# Review


def test_the_queue_is_one_line_a_draft_in_a_pipe(flagged: Path) -> None:
    lines = run("review", "list", "-w", flagged).stdout.splitlines()
    assert len(lines) == 1
    assert re.fullmatch(r"[0-9a-f]{8}  2027-03-0\d \d\d:\d\d  bluesky  river-talk  “fountain”", lines[0])


def test_a_draft_is_shown_with_its_words_rule_law_and_way_out(flagged: Path, snapshot: SnapshotAssertion) -> None:
    assert tidy(run("review", "show", waiting(flagged), "-w", flagged).stdout) == snapshot


def test_the_words_in_question_stand_out_on_a_terminal(flagged: Path) -> None:
    shown = on_terminal("review", "show", waiting(flagged), cwd=flagged)
    assert "\x1b[4;33mfountain\x1b[0m" in shown


def entries(root: Path) -> list[dict[str, Any]]:
    plan = json.loads((root / "outputs/tap-week/latest/plan.json").read_text(encoding="utf-8"))
    return list(plan["entries"])


def flag(root: Path) -> str:
    """Take back the approval in a finished workspace, so that its draft waits again; return its id."""
    approved = next(entry for entry in entries(root) if entry["verdict"] == "review")
    assert run("review", "withdraw", approved["draft"], "-w", root, "--as", DECIDED).exit_code == 0
    return str(approved["draft"])


def test_who_asked_for_it_can_not_approve_it(root: Path) -> None:
    shown = run("review", "approve", flag(root), "-r", "Looks fine.", "-w", root, "--as", ASKED)
    assert shown.exit_code == 2
    assert f"× {ASKED} asked for tap-week and so can't approve" in shown.stderr


def test_a_second_person_approves_and_the_next_release_has_it(root: Path) -> None:
    draft = flag(root)
    run("release", "tap-week", "-w", root)
    assert draft not in {entry["draft"] for entry in entries(root)}
    shown = run("review", "approve", draft[:10], "-r", "True at the counter.", "-w", root, "--as", DECIDED)
    assert f"{draft[:8]}: flagged → cleared." in shown.stdout
    assert run("release", "tap-week", "-w", root).exit_code == 0
    assert draft in {entry["draft"] for entry in entries(root)}
    assert run("verify", root / "outputs/tap-week/latest").exit_code == 0


def test_a_rejected_draft_leaves_the_queue_and_the_bundle(root: Path) -> None:
    draft = flag(root)
    assert "flagged → rejected" in run("review", "reject", draft, "-w", root, "--as", DECIDED).stdout
    assert "Nothing waits for review." in run("review", "list", "-w", root).stderr
    run("release", "tap-week", "-w", root)
    assert run("verify", root / "outputs/tap-week/latest").exit_code == 0


def editor(tmp_path: Path, *lines: str) -> dict[str, str]:
    script = tmp_path / "editor.sh"
    script.write_text("\n".join(("#!/bin/sh", *lines)) + "\n", encoding="utf-8")
    script.chmod(0o755)
    return {"EDITOR": str(script), "VISUAL": ""}


def test_an_edit_in_the_editor_is_checked_at_once(root: Path, tmp_path: Path) -> None:
    env = editor(tmp_path, """sed -i 's/Hurry! //' "$1" """)
    shown = piped("review", "edit", flag(root), "--as", DECIDED, cwd=root, **env)
    assert shown.returncode == 0, shown.stderr
    said = shown.stdout.decode()
    assert (
        said.startswith("gone false-urgency “Hurry!”\n✓ cleared mastodon")
        and "Hurry" not in said.split("\n", 1)[1].split("Wording")[0].split("edit by")[0]
    )


def test_an_editor_left_without_a_change_changes_nothing(root: Path, tmp_path: Path) -> None:
    shown = piped("review", "edit", flag(root), "--as", DECIDED, cwd=root, **editor(tmp_path, "true"))
    assert shown.returncode == 2 and b"Nothing was edited" in shown.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "no words left"),
        ("a" * 501, "too long for Mastodon: 501 of 500"),
        ("Calm \u202e!", "invisible control"),
    ],
)
def test_an_edit_that_could_not_be_posted_is_refused(root: Path, words: str, says: str) -> None:
    shown = run("review", "edit", flag(root), "--text", words, "-w", root, "--as", DECIDED)
    assert shown.exit_code == 2 and says in shown.stderr.replace("\n", " ")


def test_an_edit_may_come_from_standard_input(root: Path) -> None:
    shown = run("review", "edit", flag(root), "--text", "-", "-w", root, "--as", DECIDED, input="Fill up.\n")
    assert shown.exit_code == 0 and "Fill up." in shown.stdout
