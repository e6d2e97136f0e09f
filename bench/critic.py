"""The critic measured by itself: what it added to the local layers' findings, and how often rightly.

It costs a call a caption, so it has a section of its own and stands in no other table; without one it is left out.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from aboveboard.asking import lent_critic
from aboveboard.consulting import asked_about
from aboveboard.finding import Finding, Severity
from aboveboard.guarding import run_direct
from aboveboard.guards.critic import Critic
from aboveboard.policy import Policy
from aboveboard.rulebook import load_policy
from aboveboard.settings import read_settings
from bench.scoring import share
from bench.section import Section, Share, Table
from training.corpus import Caption

TITLE = "The critic"
HERE = Path(".")  # its settings, from aboveboard.toml or the environment
NONE = "No critic is set: ABOVEBOARD_CRITIC_MODEL=openai:<model> python -m bench guards --only critic asks one."


class Heard(NamedTuple):
    """What came of one caption: the codes asked about and found, what was missed before, and what was void."""

    caption: Caption
    asked: frozenset[str]
    held: bool  # by the local layers already
    missed: frozenset[str]  # codes it carries, was asked about, and no local layer had found
    found: frozenset[str]
    broke: bool
    void: int


def measure(captions: Sequence[Caption]) -> Section:
    """Return the critic's own precision and recall over `captions`, where one is configured."""
    with lent_critic(HERE) as critic:
        if critic is None:
            return Section(name="critic", title=TITLE, skipped=(NONE,))
        policy = load_policy()
        with ThreadPoolExecutor(read_settings(HERE).concurrency) as pool:
            heard = list(pool.map(lambda caption: hear(critic, policy, caption), captions))
    return Section(name="critic", title=TITLE, tables=(_shares(heard), _codes(heard)), figures=_figures(heard))


def hear(critic: Critic, policy: Policy, caption: Caption) -> Heard:
    """Ask `critic` about one caption just as `check` would."""
    copy = caption.copy_
    inspection = run_direct(policy, copy)
    asked = asked_about(policy, copy, inspection)
    said = critic(policy, copy, asked)
    before = {one.rule for one in inspection.findings if one.severity is not Severity.NOTE}
    return Heard(
        caption=caption,
        asked=frozenset(asked),
        held=bool(before),
        missed=(caption.codes & frozenset(asked)) - before,
        found=frozenset(one.rule for one in said.findings if not _broke(one)),
        broke=any(map(_broke, said.findings)),
        void=said.void,
    )


def _broke(finding: Finding) -> bool:
    return any(evidence.kind == "crash" for evidence in finding.evidence)


def _shares(heard: Sequence[Heard]) -> Table:
    asked = [one for one in heard if one.asked]
    passing = [one for one in asked if not one.held]
    return Table(
        title="What it added",
        says="A finding is right where the caption carries its code. Recall is over the labels it was asked about "
        "that no local layer had found. Captions it couldn't judge count as asked and as nothing found.",
        columns=("what", "share"),
        rows=(
            ("captions it was asked about", share(bool(one.asked) for one in heard)),
            ("its findings that are right (precision)", precision(asked)),
            ("missed labels that it finds (recall)", recall(asked)),
            (
                "manipulative captions that passed, now held",
                share(bool(one.found) for one in passing if one.caption.codes),
            ),
            (
                "clean captions that passed, now held",
                share(bool(one.found) for one in passing if not one.caption.codes),
            ),
            ("captions on which it broke off", share(one.broke for one in asked)),
            ("findings void: not asked for, or not in the text", sum(one.void for one in asked)),
        ),
    )


def precision(heard: Sequence[Heard]) -> Share:
    """Return the share of its findings whose code the caption carries."""
    return share(code in one.caption.codes for one in heard for code in one.found)


def recall(heard: Sequence[Heard]) -> Share:
    """Return the share of the labels it was asked about, and nobody had found, that it finds."""
    return share(code in one.found for one in heard for code in one.missed)


def _codes(heard: Sequence[Heard]) -> Table:
    codes = sorted({code for one in heard for code in one.asked})
    return Table(
        title="By code",
        says="The same, by the code asked about.",
        columns=("code", "precision", "recall"),
        rows=tuple(
            (
                code,
                share(code in one.caption.codes for one in heard if code in one.found),
                share(code in one.found for one in heard if code in one.missed),
            )
            for code in codes
        ),
    )


def _figures(heard: Sequence[Heard]) -> dict[str, float]:
    told = {"critic precision": precision(heard).rate, "critic recall": recall(heard).rate}
    return {name: rate for name, rate in told.items() if rate is not None}
