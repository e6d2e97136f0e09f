"""Run every guard over a draft, and fail closed. Guards are pure functions over (rule, copy)."""

from collections.abc import Callable
from typing import Protocol

from aboveboard.finding import Copy, Finding, Inspection, Support
from aboveboard.policy import Policy, Rule


class Guard(Protocol):
    """Looks for one rule's pattern in one copy; whatever it raises flags the asset."""

    def __call__(self, rule: Rule, copy: Copy) -> tuple[list[Finding], list[Support]]: ...


Runner = Callable[[Policy, Copy], Inspection]
