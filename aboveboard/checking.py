"""Check any copy, with or without a brief: what `aboveboard check` reads, and what it says of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import regex
import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from aboveboard import clock
from aboveboard.brief import Fact, Language, Offer, bare_fact
from aboveboard.errors import BriefError
from aboveboard.finding import Copy, Inspection, Verdict, judge
from aboveboard.guarding import run_direct
from aboveboard.policy import Policy

LARGEST = 5_000_000  # bytes: more than any caption sheet, less than what would stall a commit hook
_FENCED = regex.compile(r"(?ms)^(```|~~~).*?(^\1[ \t]*$|\Z)|\A---\n.*?\n---[ \t]*$|`[^`\n]+`|<!--.*?-->")


class Circumstances(BaseModel):
    """What is known about the copy besides its words: from `--facts`, or from a JSON line."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    language: Language = Field(default="en", alias="lang")
    default_language: Language = "en"
    channel: str | None = None
    sponsored: bool = False
    timezone: str = "UTC"
    at: AwareDatetime | None = None  # when it will be read; None: now
    facts: tuple[Fact, ...] = ()
    offers: tuple[Offer, ...] = ()
    avoid: tuple[str, ...] = ()

    @field_validator("facts", mode="before")
    @classmethod
    def _short_form(cls, facts: Any) -> Any:
        return tuple(bare_fact(fact, i + 1) if isinstance(fact, dict) else fact for i, fact in enumerate(facts))


class Checked(BaseModel):
    """One text with what the guards say of it."""

    model_config = ConfigDict(frozen=True)

    name: str  # path, "stdin", or the id of a JSON line
    text: str
    inspection: Inspection
    verdict: Verdict


def check(name: str, text: str, circumstances: Circumstances, policy: Policy) -> Checked:
    """Judge one text by every text rule of `policy`."""
    copy = Copy(
        text=text,
        language=circumstances.language,
        default_language=circumstances.default_language,
        channel=circumstances.channel,
        at=circumstances.at or clock.now(),
        timezone=circumstances.timezone,
        facts=circumstances.facts,
        offers=circumstances.offers,
        sponsored=circumstances.sponsored,
        avoid=circumstances.avoid,
    )
    inspection = run_direct(policy, copy)
    return Checked(name=name, text=text, inspection=inspection, verdict=judge(inspection, policy.required))


def read_copy(path: Path) -> str:
    """Return the words of a text or Markdown file; code, comments and front matter are blanked in place.

    Offsets stay those of the file, so that line and column in a report are the file's own.

    Raises:
        BriefError: The file is missing, too large, or not text in UTF-8.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise BriefError(f"{path}: larger than {LARGEST:,} bytes. Check the captions, not the whole archive.")
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise BriefError(f"{path}: can't be read ({error.strerror}). Give a text or Markdown file.") from None
    except UnicodeDecodeError as error:
        raise BriefError(f"{path}: not UTF-8 text (byte {error.start}). Save it as UTF-8.") from None
    if path.suffix.lower() in {".md", ".markdown"}:
        return _FENCED.sub(lambda code: regex.sub(r"[^\n]", " ", code.group()), text)
    return text


def read_facts(path: Path) -> dict[str, Any]:
    """Return the circumstances a brief, a mapping with `facts`, or a bare list of facts gives.

    Raises:
        BriefError: The file can't be read, or its facts aren't facts.
    """
    try:
        given = yaml.safe_load(read_copy(path))
    except yaml.YAMLError as error:
        raise BriefError(f"{path}: not YAML or JSON ({error}). Give a brief, or a list of facts.") from None
    if isinstance(given, list):
        given = {"facts": given}
    if not isinstance(given, dict) or not isinstance(given.get("facts"), list):
        raise BriefError(f"{path}: no facts in it. Give a brief, or a list of facts with a statement each.")
    found: dict[str, Any] = {"facts": given["facts"], "offers": given.get("offers") or ()}
    schedule, brand, disclosure = (given.get(part) or {} for part in ("schedule", "brand", "disclosure"))
    found |= {"timezone": schedule.get("timezone", "UTC"), "avoid": brand.get("avoid") or ()}
    found |= {"sponsored": disclosure.get("sponsored", False)}
    if given.get("languages"):
        found |= {"default_language": given["languages"][0]}
    return found


def circumstances(given: dict[str, Any], where: str) -> Circumstances:
    """Return `given` as circumstances.

    Raises:
        BriefError: A field is not what it should be; says which, and `where`.
    """
    try:
        return Circumstances.model_validate(given)
    except ValidationError as error:
        raise BriefError(
            [f"{where}: {'.'.join(map(str, one['loc']))}: {one['msg']}." for one in error.errors()]
        ) from None


def check_lines(lines: Iterator[str], base: dict[str, Any], policy: Policy) -> Iterator[dict[str, Any]]:
    """Judge one JSON object a line and yield one answer a line; a line that is none answers with its error."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            if not isinstance(given, dict) or not isinstance(given.get("text"), str):
                raise BriefError(f'line {number}: no "text" in it. Give an object like {{"id": 1, "text": "…"}}.')
            facts = [*base.get("facts", ()), *(given.get("facts") or ())]
            around = circumstances({**base, **_known(given), "facts": facts}, f"line {number}")
            yield report(check(str(given.get("id", number)), given["text"], around, policy)) | {
                "id": given.get("id", number)
            }
        except json.JSONDecodeError as error:
            yield {"id": number, "error": f"line {number}: not JSON ({error.msg} at column {error.colno})."}
        except BriefError as error:
            yield {"id": number, "error": str(error)}


def _known(given: dict[str, Any]) -> dict[str, Any]:
    names = {"lang", "language", "channel", "sponsored", "timezone", "at", "offers", "avoid"}
    return {name: value for name, value in given.items() if name in names and value is not None}


def report(checked: Checked) -> dict[str, Any]:
    """Return what scripts read: id, verdict, findings with exact spans, and the claims facts support."""
    return {
        "id": checked.name,
        "verdict": checked.verdict.outcome,
        "findings": [finding.model_dump(mode="json") for finding in checked.inspection.findings],
        "supports": [support.model_dump(mode="json") for support in checked.inspection.supports],
    }


def place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1, of a code point offset."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def sarif(results: list[Checked], policy: Policy, version: str) -> dict[str, Any]:
    """Return the findings as a SARIF 2.1.0 log. Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""
    fired = sorted({finding.rule for one in results for finding in one.inspection.findings})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "aboveboard",
                        "version": version,
                        "rules": [_sarif_rule(rule_id, policy) for rule_id in fired],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    _sarif_result(one, index) for one in results for index in range(len(one.inspection.findings))
                ],
            }
        ],
    }


def _sarif_rule(rule_id: str, policy: Policy) -> dict[str, Any]:
    rule = policy.rule(rule_id)
    if rule is None:
        return {"id": rule_id}
    laws = [law for law_id in rule.law if (law := policy.law(law_id))]
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.definition},
        "help": {"text": rule.fix + "".join(f"\n{law.title}, {law.article}: {law.url}" for law in laws)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity.value]},
    }


_LEVELS = {"note": "note", "review": "warning", "block": "error"}


def _sarif_result(one: Checked, index: int) -> dict[str, Any]:
    finding = one.inspection.findings[index]
    (line, column), (end_line, end_column) = place(one.text, finding.start), place(one.text, finding.end)
    region = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
    return {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity.value],
        "message": {"text": f"{finding.message} {finding.fix}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": one.name},
                    "region": region | {"snippet": {"text": finding.quote}},
                }
            }
        ],
    }
