"""The rules as guardrails-ai validators, and what those say as findings again. Nothing else imports guardrails."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import LifoQueue
from typing import Any

from aboveboard.finding import Copy, Finding, Inspection, Support
from aboveboard.guarding import crashed, gather, reread, run_rule
from aboveboard.policy import Policy, Rule


@contextmanager
def _without_iri_grammar() -> Iterator[None]:
    # jsonschema, which guardrails imports, builds a grammar for the formats iri and iri-reference at import: 1.6
    # of the 2.6 seconds it all takes. No schema here uses them.
    spared = "rfc3987_syntax" not in sys.modules
    if spared:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if spared:
            del sys.modules["rfc3987_syntax"]


with _without_iri_grammar():
    from guardrails import Guard, settings
    from guardrails.classes.rc import RC
    from guardrails.validator_base import ErrorSpan, FailResult, PassResult, Validator, register_validator


def _silent(cls: Any, logger: Any = None) -> Any:
    return cls(enable_metrics=False)


# Telemetry is on unless ~/.guardrailsrc says otherwise, and every Guard reads that file: answer in its place.
RC.load = classmethod(_silent)
settings.rc = RC.load()
settings.disable_tracing = True  # spans would carry every draft's text, and take half the time of a call

GUARDS = 2  # more would only wait for each other: judging is work for the processor, one thread at a time
_shelf: list[tuple[Policy, "LifoQueue[Any]"]] = []  # the policy last used, and its guards
_building = threading.Lock()


def run_validators(policy: Policy, copy: Copy) -> Inspection:
    """Run every text rule over `copy` through guardrails-ai. Returns what `guarding.run_direct` returns.

    A validator that raises, or leaves no log, flags the whole text and has not answered.
    """
    with _guard(policy) as guard:
        logs, broke = _logs(guard, copy)
    answers = ((rule, *_answer(rule, logs.get(registered(rule)), copy, broke)) for rule in policy.text_rules)
    return reread(policy, copy, gather(answers))


def registered(rule: Rule) -> str:
    """Return the name under which `rule` is known to guardrails-ai."""
    return f"aboveboard/{rule.id}"


def validator(rule: Rule) -> type[Validator]:
    """Return the validator class of `rule`, registered. Its metadata must hold the `copy` under judgement."""

    def _validate(self: Any, value: Any, metadata: dict[str, Any]) -> Any:
        copy = metadata["copy"]
        findings, supports, answered = run_rule(rule, copy)
        # guardrails hands one validator's metadata to the next, so the copy must travel on with the answer.
        told = {"copy": copy, "findings": findings, "supports": supports, "answered": answered}
        if not findings:
            return PassResult(metadata=told)
        spans = [ErrorSpan(start=one.start, end=one.end, reason=one.message) for one in findings]
        return FailResult(error_message=rule.title, error_spans=spans, metadata=told)

    name = "".join(word.title() for word in rule.id.split("-"))
    kind = type(name, (Validator,), {"_validate": _validate, "__doc__": rule.definition})
    return register_validator(name=registered(rule), data_type="string")(kind)  # type: ignore[no-any-return]


@contextmanager
def _guard(policy: Policy) -> Iterator[Any]:
    """Lend a Guard for `policy`: each keeps its history, so no two threads may use one at once."""
    with _building:
        if not _shelf or _shelf[0][0] is not policy:
            _shelf[:] = [(policy, _guards(policy))]
        guards = _shelf[0][1]
    guard = guards.get()
    try:
        yield guard
    finally:
        guards.put(guard)


def _guards(policy: Policy) -> "LifoQueue[Any]":
    kinds = [validator(rule) for rule in policy.text_rules]
    guards: LifoQueue[Any] = LifoQueue()
    for _ in range(GUARDS):
        guards.put(Guard().use(*(kind(on_fail="noop") for kind in kinds)))
    return guards


def _logs(guard: Any, copy: Copy) -> tuple[dict[str, Any], Exception | None]:
    """Return each validator's result by its registered name, and what the run broke off with."""
    before = guard.history.last
    broke = None
    try:
        guard.validate(copy.text, metadata={"copy": copy})
    except Exception as error:  # fail closed: rules without a log are flagged with this
        broke = error
    call = guard.history.last
    if call is None or call is before or not call.iterations:
        return {}, broke
    return {log.registered_name: log.validation_result for log in call.iterations[-1].validator_logs}, broke


def _answer(
    rule: Rule, result: Any, copy: Copy, broke: Exception | None
) -> tuple[list[Finding], list[Support], bool]:
    told = getattr(result, "metadata", None)
    if not told:
        return [crashed(rule, copy, broke or RuntimeError("the validator left no result"))], [], False
    return told["findings"], told["supports"], told["answered"]
