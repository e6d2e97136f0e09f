"""What the plan guards look at: every post of one plan side by side, and what the brief asks of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from aboveboard.brief import Fact, Window, said
from aboveboard.draft import Judged
from aboveboard.likeness import said_statements
from aboveboard.plan import EditorialPlan
from aboveboard.policy import Example


@dataclass(frozen=True)
class Post:
    """One post as the plan guards see it. `offset` is where `text` begins in the post the channel shows."""

    slot: str
    at: datetime
    channel: str
    language: str
    text: str
    offset: int = 0
    rules: frozenset[str] = frozenset()  # text rules whose pattern it carries, proven or not
    facts: frozenset[str] = frozenset()  # ids of the facts it names, or that prove its claims


@dataclass(frozen=True)
class Scene:
    """Posts in order of time, and what the brief says about when, where and in which languages to post."""

    posts: tuple[Post, ...]
    zone: ZoneInfo
    quiet: Window | None
    facts: tuple[Fact, ...]
    languages: tuple[str, ...]  # the first is the one a fact's bare statement is in
    channels: tuple[str, ...] = ()

    def rests_on(self, post: Post, overlap: float) -> frozenset[str]:
        """Return ids of the facts `post` rests on.

        Those it names or that prove a claim, and, since models leave out ids, those it says in so many words: at
        least the share `overlap` of the fact's own.
        """
        statements = {fact.id: said(fact.statement, post.language, self.languages[0]) for fact in self.facts}
        known = {fact_id: statement for fact_id, statement in statements.items() if statement}
        return post.facts | said_statements(post.text, known, overlap)


def scene_of_plan(plan: EditorialPlan, judged: Sequence[Judged]) -> Scene:
    """Return the scene of `judged`, without blocked drafts: they won't be posted, so they count for nothing."""
    brief = plan.brief
    posts = [_post(one) for one in judged if one.verdict.outcome != "block"]
    return Scene(
        posts=tuple(sorted(posts, key=lambda post: (post.at, post.slot))),
        zone=brief.zone,
        quiet=brief.schedule.quiet_hours,
        facts=brief.facts,
        languages=brief.languages,
        channels=tuple(brief.schedule.channels),
    )


def scene_of_example(example: Example, pressing: frozenset[str]) -> Scene:
    """Return the scene an example draws; its languages are those its facts are stated in.

    `pressing` are the rules a post of the example carries where it says `pressure: true`.
    """
    posts = [
        Post(
            slot=f"post-{number}",
            at=post.at,
            channel=post.channel,
            language=post.language,
            text=post.text,
            rules=pressing if post.pressure else frozenset(),
        )
        for number, post in enumerate(example.posts, start=1)
    ]
    stated = [
        language for fact in example.facts if isinstance(fact.statement, dict) for language in fact.statement
    ]
    return Scene(
        posts=tuple(sorted(posts, key=lambda post: (post.at, post.slot))),
        zone=ZoneInfo(example.timezone),
        quiet=_window(example.quiet_hours),
        facts=example.facts,
        languages=tuple(dict.fromkeys(stated)) or (example.lang,),
    )


def _post(judged: Judged) -> Post:
    draft, inspection = judged.draft, judged.inspection
    words = draft.caption.text.strip()
    if words not in draft.post:  # an editor's words stand in the post alone
        words = draft.post
    return Post(
        slot=draft.slot.id,
        at=draft.slot.at,
        channel=draft.slot.channel,
        language=draft.slot.language,
        text=words,
        offset=draft.post.find(words),
        rules=frozenset(found.rule for found in inspection.findings)
        | {stands.rule for stands in inspection.supports},
        facts=frozenset(draft.caption.facts) | {support.fact for support in inspection.supports},
    )


def _window(hours: tuple[str, str] | None) -> Window | None:
    return Window(start=time.fromisoformat(hours[0]), end=time.fromisoformat(hours[1])) if hours else None
