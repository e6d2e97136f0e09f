"""The guard of what a picture is asked to show: a rule's cues, read in a brief's wishes before any painter is."""

from aboveboard.finding import Copy, Finding, Support
from aboveboard.guards import cues
from aboveboard.policy import Rule


def inspect(rule: Rule, copy: Copy) -> tuple[list[Finding], list[Support]]:
    """Find what `rule` says no picture may be asked to show; `options.lifted_by` names what allows it."""
    return cues.inspect(rule, copy)
