"""Findings as a SARIF 2.1.0 log, for code scanning. Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aboveboard.checking import Checked, place
from aboveboard.finding import Finding
from aboveboard.policy import Policy, Rule

LEVELS = {"note": "note", "review": "warning", "block": "error"}


def sarif(
    results: Sequence[Checked], policy: Policy, version: str, failures: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the log: a descriptor for each rule, a result for each finding, a notification for each failure."""
    rules = policy.text_rules
    places = {rule.id: n for n, rule in enumerate(rules)}
    driver = {"name": "aboveboard", "version": version, "rules": [_descriptor(rule, policy) for rule in rules]}
    notes = [{"level": "error", "message": {"text": failure}} for failure in failures]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not failures, "toolExecutionNotifications": notes}],
        "results": [_result(one, found, places) for one in results for found in one.inspection.findings],
    }
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}


def _descriptor(rule: Rule, policy: Policy) -> dict[str, Any]:
    laws = [law for law_id in rule.law if (law := policy.law(law_id))]
    described = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.definition},
        "help": {"text": rule.fix + "".join(f"\n{law.title}, {law.article}: {law.url}" for law in laws)},
        "defaultConfiguration": {"level": LEVELS[rule.severity.value]},
        "properties": {"tags": [rule.family, rule.status]},
    }
    return described | ({"helpUri": laws[0].url} if laws else {})


def _result(one: Checked, finding: Finding, places: dict[str, int]) -> dict[str, Any]:
    (line, column), (end_line, end_column) = place(one.text, finding.start), place(one.text, finding.end)
    region = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
    where = {"artifactLocation": {"uri": _uri(one.name)}, "region": region | {"snippet": {"text": finding.quote}}}
    result = {
        "ruleId": finding.rule,
        "level": LEVELS[finding.severity.value],
        "message": {"text": f"{finding.message} {finding.fix}" + "".join(_said_by_models(finding))},
        "locations": [{"physicalLocation": where}],
        "properties": {"layer": finding.layer, "evidence": [one.model_dump() for one in finding.evidence]},
    }
    return result | ({"ruleIndex": places[finding.rule]} if finding.rule in places else {})


def _said_by_models(finding: Finding) -> Iterator[str]:
    """Yield what a model says in it, in its own sentence: whoever reads an alert must know that one did."""
    for evidence in finding.evidence:
        if evidence.kind == "reading":
            yield f" {evidence.says[0].upper()}{evidence.says[1:]}."


def _uri(name: str) -> str:
    """Return a relative reference, percent-encoded; of an absolute path, its file URI."""
    path = Path(name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
