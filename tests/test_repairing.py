from hypothesis import given
from hypothesis import strategies as st
from writing_parts import CHANNEL, a_commission

from aboveboard.commission import Written
from aboveboard.draft import Caption, Usage
from aboveboard.finding import Finding, Inspection, Severity
from aboveboard.repairing import rejudged, repaired
from aboveboard.writing import drafted

REQUIRED = frozenset({"fomo"})


def finding(severity=Severity.REVIEW, rule="fomo", quote=""):
    return Finding(
        rule=rule, severity=severity, start=0, end=len(quote), quote=quote, message="It presses.", fix="Drop."
    )


class Says:
    """A writer of set words, in order; None stands for an answer that can't be used."""

    def __init__(self, *words, findings=()):
        self.words, self.findings, self.orders = list(words), findings, []

    def __call__(self, commission):
        self.orders.append(commission)
        words = self.words[min(len(self.orders), len(self.words)) - 1]
        caption = Caption(text=words, headline="Kettle") if words else None
        usage = (Usage(call=f"call {len(self.orders)}", model="m"),)
        return Written(caption=caption, findings=self.findings, usage=usage, prompt="p")


def run(says, found, limit=2):
    """Repair with guards that find `found[words]`: severities by wording."""

    def inspect(draft):
        severities = found.get(draft.caption.text, ())
        return Inspection(findings=tuple(map(finding, severities)), answered=REQUIRED)

    draft = lambda written: drafted(written, a_commission(), CHANNEL, "w", "p")  # noqa: E731
    return repaired(a_commission(), says, draft, inspect, limit, REQUIRED)


def test_clean_words_are_written_once():
    says = Says("good")
    judged = run(says, {})
    assert (judged.verdict.outcome, judged.attempts, len(says.orders)) == ("pass", (), 1)


def test_findings_go_back_with_the_wording_they_are_about_until_it_is_clean():
    says = Says("bad", "better")
    judged = run(says, {"bad": [Severity.BLOCK]})
    assert says.orders[1].previous == "bad" and says.orders[1].critique[0].message == "It presses."
    assert (judged.draft.caption.text, judged.verdict.outcome) == ("better", "pass")
    assert [attempt.findings[0].severity for attempt in judged.attempts] == ["block"]
    assert [usage.call for usage in judged.usage] == ["call 1", "call 2"]


def test_it_gives_up_after_the_limit_and_keeps_the_lightest_wording():
    says = Says("a", "b", "c", "d")
    judged = run(says, {"a": ["block"], "b": ["review"], "c": ["review", "review"], "d": []})
    assert (judged.draft.caption.text, judged.verdict.outcome, len(says.orders)) == ("b", "review", 3)
    assert len(judged.attempts) == 2


def test_a_rewrite_that_changes_nothing_ends_it():
    says = Says("same", "same", "other")
    assert run(says, {"same": ["review"]}).attempts == () and len(says.orders) == 2


def test_notes_are_no_reason_to_rewrite():
    says = Says("a")
    assert run(says, {"a": ["note"]}).verdict.outcome == "pass" and len(says.orders) == 1


def test_what_a_writer_says_against_itself_counts_and_is_not_asked_again():
    says = Says("a", findings=(finding(rule="model-output"),))
    assert run(says, {}).verdict.outcome == "review" and len(says.orders) == 1


def test_an_invented_fact_is_asked_about_again():
    says = Says("a", "b", findings=(finding(rule="unknown-fact"),))
    run(says, {})
    assert [f.rule for f in says.orders[1].critique] == ["unknown-fact"]


def test_no_words_at_all_are_worse_than_words_with_findings():
    judged = run(Says("bad", None), {"bad": ["block", "block"]})
    assert judged.draft.caption.text == "bad"


def test_a_guard_that_did_not_answer_is_no_pass():
    draft = lambda written: drafted(written, a_commission(), CHANNEL, "w", "p")  # noqa: E731
    judged = repaired(a_commission(), Says("a"), draft, lambda made: Inspection(), 2, REQUIRED)
    assert judged.verdict.outcome == "review"


def test_the_whole_draft_is_judged_with_what_the_writer_had_said():
    judged = run(Says("a", findings=(finding(rule="model-output"),)), {})
    again = rejudged(judged, judged.draft, Inspection(answered=REQUIRED), REQUIRED)
    assert again.verdict.rules == ("model-output",) and again.attempts == judged.attempts


severities = st.lists(st.sampled_from(["note", "review", "block"]), max_size=3)


@given(st.lists(severities, min_size=1, max_size=4), st.integers(0, 3))
def test_no_wording_that_was_tried_is_lighter_than_the_one_kept(found, limit):
    words = [f"wording {n}" for n in range(len(found))]
    judged = run(Says(*words), dict(zip(words, found, strict=True)), limit)
    heaviest = lambda findings: max((f.severity.rank for f in findings), default=0)  # noqa: E731
    assert all(heaviest(a.findings) >= heaviest(judged.inspection.findings) for a in judged.attempts)
    assert len(judged.usage) <= limit + 1
