"""The plan guards: patterns that only show when the posts of one plan are read together.

A plan rule's `options` may say: `rules` (pressure-budget: the text rules that count as pressure); `shingle` and
`sentence` (repetition: words in a run, fewest words of an opening sentence that may not return); `least`,
`share` and `words` (homogeneity: fewest posts, share of them that must agree, words of an opening); `overlap`
(share of a fact's content words that makes a post rest on it).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aboveboard.brief import Window, usable
from aboveboard.draft import Judged
from aboveboard.errors import PolicyError
from aboveboard.finding import Evidence, Finding, Severity
from aboveboard.likeness import first_sentence, opening, resemblance, shape, shared_run, shingles
from aboveboard.plan import EditorialPlan
from aboveboard.policy import Example, Policy, Rule, Thresholds
from aboveboard.scene import Post, Scene, scene_of_example, scene_of_plan

WHOLE_PLAN = ""  # the key of findings that no single slot can answer for
DEFAULTS: Mapping[str, Any] = {
    "rules": (),
    "shingle": 3,
    "sentence": 4,
    "least": 4,
    "share": 0.8,
    "words": 2,
    "overlap": 0.6,
}

Located = tuple[str, Finding]
Check = Callable[[Rule, Scene, Thresholds], Iterator[Located]]


def inspect_plan(plan: EditorialPlan, judged: Sequence[Judged], policy: Policy) -> dict[str, tuple[Finding, ...]]:
    """Return the plan findings by slot id; those about the plan as a whole stand under the key ""."""
    scene = scene_of_plan(plan, judged)
    by_slot: defaultdict[str, dict[Finding, None]] = defaultdict(dict)
    for rule in policy.rules:
        if rule.guard == "plan":
            for slot, finding in _check(rule)(rule, scene, policy.thresholds):
                by_slot[slot][finding] = None
    return {slot: tuple(findings) for slot, findings in by_slot.items()}


def inspect_posts(rule: Rule, example: Example, thresholds: Thresholds) -> list[Finding]:
    """Return what `rule` finds in the posts of one of its own examples."""
    scene = scene_of_example(example, frozenset(_option(rule, "rules")))
    return [finding for _, finding in _check(rule)(rule, scene, thresholds)]


def in_quiet_hours(at: datetime, quiet: Window, zone: ZoneInfo) -> bool:
    """Whether the wall clock in `zone` shows a quiet hour at `at`; a window may run over midnight."""
    clock = at.astimezone(zone).time()
    if quiet.start < quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end


def pressure_budget(rule: Rule, scene: Scene, thresholds: Thresholds) -> Iterator[Located]:
    """Find the posts with time, stock or popularity pressure beyond what a channel may carry in one ISO week."""
    pressing = frozenset(_option(rule, "rules"))
    weeks: defaultdict[tuple[str, int, int], dict[str, None]] = defaultdict(dict)
    for post in scene.posts:
        if post.rules & pressing:
            year, week, _ = post.at.astimezone(scene.zone).isocalendar()
            weeks[post.channel, year, week][post.slot] = None
    for (channel, year, week), slots in weeks.items():
        for slot in list(slots)[thresholds.pressure_per_week :]:
            says = f"{len(slots)} posts with pressure on {channel} in {year}-W{week:02}: {', '.join(slots)}"
            yield slot, _finding(rule, slot, says)


def repetition(rule: Rule, scene: Scene, thresholds: Thresholds) -> Iterator[Located]:
    """Find each post that says again, in one language, what an earlier one said: mostly, or in its opening."""
    size = int(_option(rule, "shingle"))
    runs = {post.text: shingles(post.text, size) for post in scene.posts}
    for place, later in enumerate(scene.posts):
        for earlier in scene.posts[:place]:
            if earlier.slot == later.slot or earlier.language != later.language:
                continue
            alike = resemblance(runs[earlier.text], runs[later.text])
            if alike > thresholds.alike or _same_start(earlier, later, int(_option(rule, "sentence"))):
                yield (
                    later.slot,
                    _echo(rule, earlier, later, f"{alike:.0%} of their runs of {size} words are the same"),
                )
                break  # one earlier twin is reason enough


def homogeneity(rule: Rule, scene: Scene, thresholds: Thresholds) -> Iterator[Located]:
    """Find a language whose posts nearly all open the same way, have one shape, or rest on one fact of several."""
    for language in dict.fromkeys(post.language for post in scene.posts):
        posts = [post for post in scene.posts if post.language == language]
        for what, traits in _traits(rule, scene, posts).items():
            trait, alike = _commonest(traits)
            if len(posts) >= _option(rule, "least") and alike >= _option(rule, "share") * len(posts):
                yield (
                    WHOLE_PLAN,
                    _finding(rule, trait, f"{alike} of {len(posts)} posts in {language} {what} '{trait}'"),
                )


def one_sided_audience(rule: Rule, scene: Scene, thresholds: Thresholds) -> Iterator[Located]:
    """Find the languages and channels of the brief that no post serves."""
    served = {post.language for post in scene.posts} | {post.channel for post in scene.posts}
    for asked in (*scene.languages, *scene.channels):
        if scene.posts and asked not in served:
            yield (
                WHOLE_PLAN,
                _finding(rule, asked, f"the brief asks for '{asked}', and no post of the plan serves it"),
            )


def quiet_hours(rule: Rule, scene: Scene, thresholds: Thresholds) -> Iterator[Located]:
    """Find the posts that go out while the brief asks for quiet."""
    for post in scene.posts:
        if scene.quiet and in_quiet_hours(post.at, scene.quiet, scene.zone):
            local = post.at.astimezone(scene.zone)
            hours = f"{scene.quiet.start:%H:%M} to {scene.quiet.end:%H:%M}"
            yield post.slot, _finding(rule, post.slot, f"{local:%Y-%m-%d %H:%M} lies in the quiet hours, {hours}")


def expired_fact(rule: Rule, scene: Scene, thresholds: Thresholds) -> Iterator[Located]:
    """Find the posts that rest on a fact which has expired, or whose subject is over, when they go out."""
    for post in scene.posts:
        used = scene.rests_on(post, float(_option(rule, "overlap")))
        for fact in scene.facts:
            if fact.id in used and not usable(fact, post.at, scene.zone):
                until = min(str(end) for end in (fact.expires, fact.ends) if end)
                says = f"{fact.id} held until {until}; {post.slot} goes out after that"
                yield post.slot, _finding(rule, post.slot, says, kind="expired", fact=fact.id)


CHECKS: Mapping[str, Check] = {
    "pressure-budget": pressure_budget,
    "repetition": repetition,
    "homogeneity": homogeneity,
    "one-sided-audience": one_sided_audience,
    "quiet-hours": quiet_hours,
    "expired-fact": expired_fact,
}


def _check(rule: Rule) -> Check:
    if rule.id not in CHECKS:
        raise PolicyError(f"{rule.id}: no plan guard of that name; use guard: cues, or one of {', '.join(CHECKS)}")
    return CHECKS[rule.id]


def _option(rule: Rule, name: str) -> Any:
    return rule.options.get(name, DEFAULTS[name])


def _same_start(earlier: Post, later: Post, least: int) -> bool:
    start = first_sentence(later.text)
    return len(start) >= least and start == first_sentence(earlier.text)


def _traits(rule: Rule, scene: Scene, posts: Sequence[Post]) -> dict[str, list[str]]:
    """Return, for each way in which posts can be the same, the trait of every post; "" where it has none."""
    shapes = [shape(post.text) for post in posts]
    used = [scene.rests_on(post, float(_option(rule, "overlap"))) for post in posts]
    choice = len(scene.facts) > 2  # with one or two facts there is little else to say
    return {
        "open with": [" ".join(opening(post.text, int(_option(rule, "words")))) for post in posts],
        "have the shape": [marks if len(marks) > 2 and marks.strip(".") else "" for marks in shapes],
        "rest only on": ["".join(facts) if choice and len(facts) == 1 else "" for facts in used],
    }


def _commonest(traits: Iterable[str]) -> tuple[str, int]:
    found = Counter(trait for trait in traits if trait).most_common(1)
    return found[0] if found else ("", 0)


def _echo(rule: Rule, earlier: Post, later: Post, says: str) -> Finding:
    start, end = shared_run(earlier.text, later.text)
    found = _finding(rule, later.text[start:end], f"{later.slot} repeats {earlier.slot}, and {says}")
    return found.model_copy(update={"start": later.offset + start, "end": later.offset + end})


def _finding(rule: Rule, quote: str, says: str, **evidence: Any) -> Finding:
    return Finding(
        rule=rule.id,
        severity=Severity.NOTE if rule.status == "experimental" else rule.severity,
        asset="plan",
        start=0,
        end=len(quote),
        quote=quote,
        evidence=(Evidence(**{"kind": "cue", "says": says, **evidence}),),
        law=rule.law,
        message=rule.message.replace("{quote}", quote).replace("{says}", says),
        fix=rule.fix,
        layer="plan",
    )
