"""Runs every rule's own examples, and remembers which policy has passed: proof costs time, a stamp doesn't."""

import os
from datetime import UTC, datetime
from pathlib import Path

from aboveboard import __version__
from aboveboard.digests import digest
from aboveboard.finding import Copy, Finding
from aboveboard.guarding import run_rule
from aboveboard.policy import Example, Policy, Rule, Thresholds

READ_AT = datetime(2026, 12, 1, 12, tzinfo=UTC)  # what an example means by "today" unless it says so itself
KEPT_STAMPS = 64


def trial(policy: Policy) -> list[str]:
    """Return a problem for each example of any rule that doesn't behave."""
    return [problem for rule in policy.rules for problem in try_rule(rule, policy.thresholds)]


def try_rule(rule: Rule, thresholds: Thresholds) -> list[str]:
    """Return a problem for each example of `rule` that it should flag and doesn't, or should pass and doesn't."""
    problems: list[str] = []
    for part in ("must_flag", "must_pass"):
        for number, given in enumerate(getattr(rule, part), 1):
            example = Example(text=given) if isinstance(given, str) else given
            findings = _tried(rule, example, thresholds)
            broken = [one.says for finding in findings for one in finding.evidence if one.kind == "crash"]
            where = f"{rule.id}: {part} {number}"
            if broken:
                return [*problems, f"{where}: the guard broke: {broken[0]}. Report it with this example."]
            if bool(findings) != (part == "must_flag"):
                problems.append(f"{where} {_went(findings)}: {_shown(example)!r}. Mend the rule or the example.")
    return problems


def _tried(rule: Rule, example: Example, thresholds: Thresholds) -> list[Finding]:
    if rule.guard == "plan":
        from aboveboard.guards.plan import inspect_posts

        return list(inspect_posts(rule, example, thresholds))
    return run_rule(rule, copy_of(example))[0]


def _shown(example: Example) -> str:
    return example.text or " / ".join(post.text for post in example.posts)


def copy_of(example: Example | str) -> Copy:
    """Return the copy an example stands for, read at noon UTC on 1 December 2026 unless it says otherwise."""
    given = Example(text=example) if isinstance(example, str) else example
    return Copy(
        text=given.text,
        asset=given.asset,
        language=given.lang,
        default_language=given.lang,
        channel=given.channel,
        at=given.at or READ_AT,
        timezone=given.timezone,
        facts=given.facts,
        sponsored=given.sponsored,
    )


def _went(findings: list[Finding]) -> str:
    if not findings:
        return "isn't flagged"
    told = "; ".join(evidence.says for finding in findings for evidence in finding.evidence)
    return f"is flagged ({told})"


def stamped(policy: Policy) -> bool:
    """Whether this very policy has passed its trial with this very code."""
    return (_shelf() / _name(policy)).is_file()


def stamp(policy: Policy) -> None:
    """Remember that `policy` passed; where nothing can be written, the next start tries again."""
    shelf = _shelf()
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        (shelf / _name(policy)).touch()
        for old in sorted(shelf.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT_STAMPS]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _shelf() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "aboveboard" / "proven"


def _name(policy: Policy) -> str:
    return digest({"policy": policy.digest, "version": __version__, "code": _code()})


def _code() -> str:
    # Size and time of the modules: a working copy changes between two releases of one version.
    room = Path(__file__).parent
    modules = sorted([*room.glob("*.py"), *(room / "guards").glob("*.py")])
    return digest([(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in modules])
