import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from bundling import rules_alone
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.answering import lines_in, lines_of
from aboveboard.bulk import answers
from aboveboard.checking import (
    LARGEST,
    Checked,
    check,
    circumstances,
    copy_of_markdown,
    place,
    read_copy,
    read_facts,
    words_of,
)
from aboveboard.errors import BriefError
from aboveboard.rulebook import load_policy
from aboveboard.sarif import sarif
from aboveboard.threads import by_post, joined

ROOT = Path(__file__).parent.parent
POLICY = load_policy()
ENDS = {"statement": "The sale ends on Sunday 29 November.", "ends": "2026-11-29"}
AT = "2026-11-26"  # the Thursday before


def checked(text: str, name: str = "stdin", **known: Any) -> Checked:
    return check(name, text, circumstances(known, "here"), POLICY)


def rules(text: str, **known: Any) -> set[str]:
    return {finding.rule for finding in checked(text, **known).inspection.findings}


def answered(*given: Any, base: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    lines = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in given]
    return list(answers(iter(lines), base or {}, POLICY))


def test_pressure_without_a_fact_is_found_with_its_exact_words() -> None:
    [finding] = checked("Hurry, the sale ends Sunday", at=AT, facts=[ENDS]).inspection.findings
    assert (finding.rule, finding.quote, finding.start, finding.end) == ("false-urgency", "Hurry,", 0, 6)


@pytest.mark.parametrize("ends", ["2026-11-29", "2026-11-29T18:00:00", "2026-11-29T18:00:00+01:00"])
def test_an_end_may_be_a_day_or_a_moment_with_or_without_an_offset(ends: str) -> None:
    fact = {"statement": "The sale ends on Sunday.", "ends": ends}
    assert rules("The sale ends Sunday.", at=AT, timezone="Europe/Berlin", facts=[fact]) == set()
    assert rules("The sale ends Monday.", at=AT, timezone="Europe/Berlin", facts=[fact]) == {"false-urgency"}


@pytest.mark.parametrize(
    "at", ["2026-11-26", "2026-11-26T09:00", "2026-11-26T09:00:00Z", "2026-11-26T09:00+01:00"]
)
def test_the_time_of_reading_may_be_a_day_or_a_moment(at: str) -> None:
    assert circumstances({"at": at}, "here").at is not None


def test_a_time_without_an_offset_is_in_the_timezone_given() -> None:
    known = circumstances({"at": "2026-07-01T12:00", "timezone": "Europe/Berlin"}, "here")
    assert known.at == datetime(2026, 7, 1, 10, tzinfo=UTC)


WRONG = [
    ({"at": "soon"}, "at: "),
    ({"timezone": "Mars/Olympus"}, "there is no 'Mars/Olympus'. Give an IANA name"),
    ({"timezone": "../../etc/passwd"}, "there is no '../../etc/passwd'"),
    ({"timezone": 5}, "there is no 5"),
    ({"lang": "english"}, "lang: "),
    ({"facts": "none"}, "a list of facts is wanted"),
    ({"facts": [{"source": "no statement"}]}, "statement: Field required"),
    ({"facts": ["words"]}, "facts.1: "),
    ({"sponsored": "perhaps"}, "sponsored: "),
]


@pytest.mark.parametrize(("known", "says"), WRONG)
def test_what_is_wrong_with_the_circumstances_is_said(known: dict[str, Any], says: str) -> None:
    with pytest.raises(BriefError) as told:
        circumstances(known, "line 3")
    assert str(told.value).startswith("line 3: ") and says in str(told.value)


def test_a_language_tag_with_a_region_is_that_language() -> None:
    assert {circumstances({"lang": tag}, "").language for tag in ("de", "DE", "de-AT", "de_CH")} == {"de"}


def test_bare_facts_are_in_the_language_of_the_copy() -> None:
    fact = {"statement": "Die Karte zeigt 214 Orte.", "value": 214}
    assert rules("Die Karte zeigt 214 Orte.", lang="de", facts=[fact]) == set()
    assert rules("Die Karte zeigt 300 Orte.", lang="de", facts=[fact])


# JSON lines


def test_each_line_gets_one_answer_in_order_with_the_id_it_came_with() -> None:
    told = answered({"id": "b", "text": "Hurry!"}, {"id": 7, "text": "A walk."}, {"text": "Another walk."})
    assert [(one["id"], one["verdict"]) for one in told] == [("b", "review"), (7, "pass"), (3, "pass")]


POSTS = ["Ad\n\nThe sale is on.", "The map shows 214 places, drawn by hand.", "It ends tonight, hurry!"]


def test_a_thread_is_judged_as_one_and_told_by_post() -> None:
    [told] = answered({"id": "t", "thread": POSTS, "sponsored": True, "facts": [{"statement": "214 places."}]})
    assert "missing-disclosure" not in {one["rule"] for one in told["findings"]}
    assert {(one["post"], POSTS[one["post"]][one["start"] : one["end"]]) for one in told["findings"]} == {
        (one["post"], one["quote"]) for one in told["findings"]
    }
    assert {one["post"] for one in told["findings"]} == {2} and told["supports"][0]["post"] == 1


def test_a_label_in_a_later_post_of_a_thread_comes_too_late() -> None:
    [told] = answered({"thread": POSTS[1:] + POSTS[:1], "sponsored": True})
    assert "missing-disclosure" in {one["rule"] for one in told["findings"]}


def test_a_claim_proven_in_one_post_counts_for_the_thread() -> None:
    posts = ["The eco-friendly way to drink.", "Its body is 90% recycled steel."]
    fact = {"statement": "The body is made of 90% recycled steel."}
    [whole] = answered({"thread": posts, "facts": [fact]})
    [alone] = answered({"text": posts[0], "facts": [fact]})
    assert "green-claim" in {one["rule"] for one in alone["findings"]}
    assert "green-claim" not in {one["rule"] for one in whole["findings"]}


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5), st.data())
def test_every_place_of_a_thread_lies_in_its_post(posts: list[str], data: st.DataObject) -> None:
    whole = joined(posts)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    told = by_post({"start": start, "end": end, "quote": whole[start:end]}, posts)
    assert posts[told["post"]][told["start"] : told["end"]] == told["quote"]
    assert told["quote"] == whole[start : start + len(told["quote"])]


@pytest.mark.parametrize("given", ["A | B", ["A", 7], [], {"a": 1}, None])
def test_a_thread_is_a_list_of_texts(given: Any) -> None:
    assert "a list of texts is wanted" in answered({"thread": given})[0]["error"]


SHAMING = ["Yes, plan my week", "No, chaos has treated me well"]


@pytest.mark.parametrize("buttons", [SHAMING, " | ".join(SHAMING), "\n".join(SHAMING)])
def test_a_pair_of_buttons_is_read_as_one_choice(buttons: Any) -> None:
    [told] = answered({"cta": buttons})
    [finding] = told["findings"]
    assert (finding["rule"], finding["asset"]) == ("confirmshaming", "cta")
    assert told["text"][finding["start"] : finding["end"]] == finding["quote"] and SHAMING[1] in finding["quote"]


@pytest.mark.parametrize(
    ("lang", "no"),
    [("en", "No, thanks"), ("en", "No, not this week"), ("en", "No, keep my settings as they are"),
     ("en", "Maybe later"), ("de", "Nein, danke"), ("de", "Nein, nur die notwendigen Cookies bitte"),
     ("es", "No, gracias, ahora no puedo"), ("fr", "Non, pas cette semaine"), ("it", "No, non ora per favore")],
)  # fmt: skip
def test_a_plain_no_is_a_fair_button(lang: str, no: str) -> None:
    assert answered({"cta": ["OK", no], "lang": lang})[0]["findings"] == []


def test_a_finding_says_rule_severity_span_quote_evidence_and_fix() -> None:
    [finding] = answered({"id": 1, "text": "😀 Hurry!"})[0]["findings"]
    assert {"rule", "severity", "start", "end", "quote", "evidence", "fix"} <= finding.keys()
    assert (finding["start"], finding["end"], finding["quote"]) == (2, 8, "Hurry!")  # code points, not bytes


def test_a_line_brings_its_own_facts() -> None:
    fact = {"statement": "40 are left.", "stock": 40, "source": "Count"}
    told = answered({"text": "Only 40 left.", "facts": [fact]}, {"text": "Only 4 left.", "facts": [fact]})
    assert [one["verdict"] for one in told] == ["pass", "block"]
    assert told[0]["supports"][0]["fact"] == "fact-1"


def test_what_a_brief_gives_holds_for_every_line() -> None:
    base = {"facts": [{"id": "stock", "statement": "40 are left.", "stock": 40}]}
    assert answered({"text": "Only 40 left.", "facts": [ENDS]}, base=base)[0]["verdict"] == "pass"


def test_unknown_keys_are_ignored_in_the_line_and_in_its_facts() -> None:
    fact = {"statement": "40 are left.", "stock": 40, "confidence": 0.9, "ends": None}
    assert (
        answered({"text": "Only 40 left.", "facts": [fact], "campaign": {"x": 1}, "lang": None})[0]["verdict"]
        == "pass"
    )


def test_two_facts_may_share_an_id_and_an_id_need_not_be_a_slug() -> None:
    facts = [{"id": "F 1", "statement": "40 are left.", "stock": 40}, {"id": "F 1", "statement": "It is blue."}]
    assert answered({"text": "Only 40 left.", "facts": facts})[0]["verdict"] == "pass"


BAD = [
    (b"{", "not JSON"),
    (b"[1]", "not an object"),
    (b'{"id": "x", "text": 5}', 'no "text" in it'),
    (b'{"id": "x"}', 'no "text" in it'),
    (b'{"text": "\xff"}', "not UTF-8"),
    (b'{"text": "\\ud800"}', "half a character"),
    (b'{"text": "a", "at": "soon"}', "at: "),
    (b'{"text": "a", "facts": 5}', "a list of facts is wanted"),
    (b'{"text": "a", "facts": [{"ends": "2026-01-01"}]}', "statement: Field required"),
    (b'{"a":' * 100_000, "too deep"),
    (b'{"text": ' + b"9" * 9_999 + b"}", "a number too long"),
    (b'{"text": "' + b"a" * LARGEST + b'"}', "longer than 5,000,000 bytes"),
]


@pytest.mark.parametrize(("line", "says"), BAD, ids=[says for _, says in BAD])
def test_a_bad_line_answers_with_its_error_and_the_others_are_answered(line: bytes, says: str) -> None:
    told = answered({"id": 0, "text": "A walk."}, line, {"id": 2, "text": "A walk."})
    assert [one["id"] for one in told] in ([0, 2, 2], [0, "x", 2])
    assert told[1].keys() == {"id", "error"} and says in told[1]["error"]
    assert told[0]["verdict"] == told[2]["verdict"] == "pass"


@given(st.binary(max_size=60))
def test_whatever_a_line_holds_it_gets_an_answer_or_is_empty(line: bytes) -> None:
    told = answered(line.replace(b"\n", b" "))
    assert len(told) == (1 if line.replace(b"\n", b" ").strip() else 0)


def test_a_line_without_an_end_is_read_in_bounds(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_bytes(b"a" * (3 * LARGEST) + b'\n{"text": "A walk."}\n')
    lines = list(lines_of(path))
    assert [len(line) for line in lines] == [LARGEST + 1, 20]


def test_a_line_is_answered_before_the_next_is_read() -> None:
    command = [sys.executable, "-m", "aboveboard", "check", "--jsonl", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdin and running.stdout
        for number in range(3):
            running.stdin.write(json.dumps({"id": number, "text": "A walk."}).encode() + b"\n")
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["id"] == number
        running.stdin.close()
        assert running.wait(timeout=60) == 0


def test_lines_come_as_they_are_there(tmp_path: Path) -> None:
    (tmp_path / "two").write_bytes(b"one\n\ntwo")
    with (tmp_path / "two").open("rb") as file:
        assert list(lines_in(file)) == [b"one\n", b"\n", b"two"]


# Files

MARKDOWN = """---
title: Hurry!
---
Walk `Hurry!` ``a ` Hurry!`` home <!-- Hurry!
Hurry! --> slowly.

```sh
Hurry!
```

~~~~
Hurry!
~~~
Hurry!
~~~~

Hurry! 😀 Hurry!
"""


def test_only_the_copy_in_markdown_is_checked_at_its_own_place(tmp_path: Path) -> None:
    path = tmp_path / "post.md"
    path.write_text(MARKDOWN, encoding="utf-8")
    text = read_copy(path)
    found = checked(text, str(path)).inspection.findings
    assert [place(text, finding.start) for finding in found] == [(17, 1), (17, 10)]
    assert len(text) == len(MARKDOWN) and text.count("\n") == MARKDOWN.count("\n")


@pytest.mark.parametrize("start", ["```\n", "<!-- ", "~~~~~ sh\n", "   ```\r\n"])
def test_what_is_never_closed_runs_to_the_end(start: str) -> None:
    assert "Hurry" not in copy_of_markdown(f"Calm.\n{start}Hurry!\nHurry!")


@pytest.mark.parametrize("part", ["<!--", "`", "``` ", "```\n", "---\n", "~~~\na\n", "` `` "])
def test_hostile_markdown_takes_no_longer_than_it_is_long(part: str) -> None:
    assert len(copy_of_markdown(part * 20_000)) == len(part) * 20_000


@given(st.text(alphabet="`~-<>! \na#"))
def test_blanking_keeps_every_place(text: str) -> None:
    blanked = copy_of_markdown(text)
    assert len(blanked) == len(text)
    assert all(now in (char, " ") for char, now in zip(text, blanked, strict=True))


def test_code_in_plain_text_is_copy(tmp_path: Path) -> None:
    (tmp_path / "post.txt").write_text("`Hurry!`", encoding="utf-8")
    assert read_copy(tmp_path / "post.txt") == "`Hurry!`"


def test_a_file_that_is_no_text_is_said_with_its_line() -> None:
    with pytest.raises(BriefError, match=r"x\.md:2: not UTF-8 text\. Save it as UTF-8\."):
        words_of(b"fine\nbad \xff", "x.md")


def test_a_file_too_large_or_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(BriefError, match="larger than 5,000,000 bytes"):
        words_of(b"a" * (LARGEST + 1), "x.md")
    for path in (tmp_path / "nowhere.md", tmp_path, Path("a\0b")):
        with pytest.raises(BriefError, match="can't be read"):
            read_copy(path)


# Facts


def test_a_brief_gives_its_facts_zone_language_and_words_to_avoid() -> None:
    known = read_facts(ROOT / "briefs/spring-refill.yaml")
    assert (known["timezone"], known["default_language"]) == ("Europe/London", "en")
    assert "hurry" in known["avoid"] and len(known["facts"]) == 8
    assert rules("The Spring Bottle costs £18 until Sunday 11 April.", at="2027-03-20", **known) == set()


@pytest.mark.parametrize("name", ["facts.yaml", "facts.json"])
@pytest.mark.parametrize("whole", [[ENDS], {"facts": [ENDS]}])
def test_facts_may_be_a_bare_list_or_stand_in_a_mapping(tmp_path: Path, name: str, whole: Any) -> None:
    (tmp_path / name).write_text(json.dumps(whole), encoding="utf-8")
    assert rules("The sale ends Sunday.", at=AT, **read_facts(tmp_path / name)) == set()


def test_facts_in_yaml_keep_their_dates(tmp_path: Path) -> None:
    (tmp_path / "facts.yaml").write_text("- statement: The sale ends.\n  ends: 2026-11-29\n", encoding="utf-8")
    known = circumstances(read_facts(tmp_path / "facts.yaml"), "facts")
    assert str(known.facts[0].ends) == "2026-11-29"


TRICKS = {
    "aliases": "- &a {statement: x}\n- *a\n",
    "tags": "!!python/object/apply:os.system ['true']\n",
    "no facts": "campaign: x\n",
    "too large": "#" * 1_000_001,
    "a second document": "- statement: a\n---\n- statement: b\n",
    "deep": "[" * 100 + "]" * 100,
}


@pytest.mark.parametrize("text", TRICKS.values(), ids=TRICKS.keys())
def test_a_facts_file_that_plays_tricks_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "facts.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BriefError) as told:
        read_facts(tmp_path / "facts.yaml")
    assert len(told.value.problems) == 1


# SARIF


def test_the_log_describes_each_rule_and_points_at_each_finding() -> None:
    log = sarif([checked("Calm.\n😀 Hurry!", "my posts/a#b.md")], POLICY, "0.1.0")
    [run] = log["runs"]
    described = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert described == [rule.id for rule in POLICY.text_rules]
    [result] = run["results"]
    assert described[result["ruleIndex"]] == result["ruleId"] == "false-urgency"
    where = result["locations"][0]["physicalLocation"]
    assert where["artifactLocation"] == {"uri": "my%20posts/a%23b.md"}
    told = {name: where["region"][name] for name in ("startLine", "startColumn", "endLine", "endColumn")}
    assert told == {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 9}
    assert run["columnKind"] == "unicodeCodePoints"


def test_the_log_says_what_could_not_be_read() -> None:
    [run] = sarif([], POLICY, "0.1.0", ["x.md: can't be read"])["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert "x.md" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_an_absolute_path_becomes_a_file_uri() -> None:
    log = sarif([checked("Hurry!", "/a b.md")], POLICY, "0.1.0")
    place_of = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place_of["artifactLocation"]["uri"] == "file:///a%20b.md"


# The commit hook


def test_the_commit_hook_checks_the_files_it_is_given(tmp_path: Path) -> None:
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (hook["id"], hook["types_or"]) == ("aboveboard-check", ["markdown", "plain-text"])
    for name, text in (("good.md", "A walk."), ("bad post.md", "Hurry!")):
        (rules_alone(tmp_path) / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", *hook["entry"].split(), "good.md", "bad post.md"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stdout.startswith("bad post.md:1:1: review false-urgency “Hurry!”")
