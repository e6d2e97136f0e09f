"""Small parts that the tests of rules and guards share."""

from datetime import UTC, datetime
from typing import Any

from aboveboard.brief import bare_fact
from aboveboard.finding import Copy
from aboveboard.policy import Policy, Rule, Thresholds

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)  # a Tuesday
THRESHOLDS = Thresholds(rewrites=2, pressure_per_week=2, alike=0.5, minimum_contrast=4.5)


def copy_of(text: str, *facts: dict[str, Any], **more: Any) -> Copy:
    proven = tuple(bare_fact(fact, number) for number, fact in enumerate(facts, 1))
    return Copy(**{"text": text, "at": NOON, "facts": proven, **more})


def rule_of(**more: Any) -> Rule:
    parts: dict[str, Any] = {
        "id": "hurry",
        "title": "Hurry",
        "family": "dark-patterns",
        "severity": "review",
        "definition": "Presses.",
        "law": ["ucpd-6"],
        "message": "'{quote}' presses.",
        "fix": "Drop '{quote}'.",
        "must_flag": [],
        "must_pass": [],
    }
    return Rule.model_validate(parts | more)


def policy_of(*rules: Rule) -> Policy:
    return Policy(rules=rules, laws=(), thresholds=THRESHOLDS)
