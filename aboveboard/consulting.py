"""What the critic is asked about a copy, how its answer joins the other guards', and what the models had to say.

It is asked about the patterns between which the classifier is in doubt, and about those that need reading
(`read_by: critic` in the rule): never of a copy that is blocked already, nor about a rule for which a person will
look at it anyway. What it adds it adds as any guard does; without one, nothing is asked and that is said.
"""

from heapq import nlargest

from aboveboard.draft import Usage
from aboveboard.finding import Copy, Inspection, Severity
from aboveboard.guarding import Runner, merged, run_rules
from aboveboard.guards import classifier
from aboveboard.guards.critic import LAYER, Critic
from aboveboard.policy import Policy

LIKELIEST = 3  # patterns a classifier in doubt would name first; the right one is seldom further down


def with_critic(runner: Runner, critic: Critic | None, spent: list[Usage] | None = None) -> Runner:
    """Return `runner`, followed by the critic where there is one; each call's cost is added to `spent`."""
    if critic is None:
        return runner

    def run(policy: Policy, copy: Copy) -> Inspection:
        inspection = runner(policy, copy)
        rules = asked_about(policy, copy, inspection)
        if not rules:
            return inspection
        said = critic(policy, copy, rules)
        if spent is not None:
            spent.extend(said.usage)
        return inspection.model_copy(update={"findings": merged([*inspection.findings, *said.findings])})

    return run


def asked_about(policy: Policy, copy: Copy, inspection: Inspection) -> tuple[str, ...]:
    """Return the ids of the rules a critic is asked about, given what the other guards found in `copy`."""
    others = [one for one in inspection.findings if one.layer != LAYER]
    if not copy.text.strip() or any(one.severity is Severity.BLOCK for one in others):
        return ()
    told = {one.rule for one in others if one.severity is not Severity.NOTE}
    wanted = {rule.id for rule in policy.text_rules if rule.read_by == "critic"} | set(doubted(policy, copy))
    return tuple(rule.id for rule in policy.text_rules if rule.id in wanted - told)


def doubted(policy: Policy, copy: Copy) -> tuple[str, ...]:
    """Return the likeliest codes of a copy that the classifier neither flags nor takes for innocent, else none."""
    if policy.classifier is None:
        return ()
    try:
        card, told = classifier.the_card(), classifier.readings(copy, run_rules(policy, copy))
    except Exception:  # a classifier that breaks off is a finding already: nothing is in doubt, a person looks
        return ()
    if not card.doubts_from <= told.probability < card.flags_from:
        return ()
    open_codes = [one for one in told.codes if one.code not in card.certain]
    return tuple(one.code for one in nlargest(LIKELIEST, open_codes, key=lambda one: one.probability))


def models_said(policy: Policy, copy: Copy, inspection: Inspection, critic: Critic | None) -> tuple[str, ...]:
    """Return what classifier and critic had to do with what was found, or why they hadn't: a sentence each."""
    return _of_classifier(policy, copy), _of_critic(asked_about(policy, copy, inspection), critic)


def _of_classifier(policy: Policy, copy: Copy) -> str:
    if policy.classifier is None:
        return "The policy names no local classifier: the rules alone have read this."
    try:
        card, told = classifier.the_card(), classifier.readings(copy, run_rules(policy, copy))
    except Exception as error:
        return f"The local classifier broke off ({type(error).__name__}): a person must look."
    gives = f"The local classifier, a small model, gives {told.probability:.2f} that any pattern is there"
    return f"{gives}: it flags from {card.flags_from:.2f} on, and is in doubt from {card.doubts_from:.2f}."


def _of_critic(rules: tuple[str, ...], critic: Critic | None) -> str:
    if not rules:
        return "There was nothing to ask a critic."
    named = ", ".join(rules)
    if critic is None:
        return f"No critic is set (critic_model), so no chat model has read this for {named}."
    return f"The critic, a chat model, was asked about {named}."
