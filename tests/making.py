"""Small true values for tests: a brief, a plan, drafts judged one way or another."""

from datetime import UTC, date, datetime, timedelta

from aboveboard.brief import Action, Audience, Brand, Brief, Cadence, Disclosure, Fact, Palette, Schedule, Voice
from aboveboard.digests import digest
from aboveboard.draft import Attempt, Caption, Draft, Judged, Picture, Provenance, Usage
from aboveboard.finding import Evidence, Finding, Inspection, Severity, Support, judge
from aboveboard.plan import EditorialPlan, Slot

POLICY = digest("the policy in force")
RULES = frozenset({"false-urgency", "fomo"})


def a_brief(campaign: str = "spring-refill") -> Brief:
    return Brief(
        campaign=campaign,
        title={"en": "Refill week", "de": "Nachfüllwoche", "es": "Semana de recarga"},
        brand=Brand(
            name="Quell",
            voice=Voice(summary="A neighbour who knows where the tap is."),
            palette=Palette(ink="#101010", paper="#ffffff", accent="#0a5c6b", support="#dfe8e6"),
        ),
        goal="awareness",
        audience=Audience(describe="People who carry a bottle", basis="contextual"),
        languages=("en", "de"),
        facts=(Fact(id="stations", statement="There are 214 stations.", source="Public map", value=214),),
        action=Action(label="the refill map", link="https://example.org/map"),
        schedule=Schedule(
            starts=date(2027, 3, 1),
            ends=date(2027, 3, 14),
            timezone="Europe/Berlin",
            channels={"mastodon": Cadence(per_week=3), "instagram": Cadence(per_week=2)},
        ),
        disclosure=Disclosure(responsible="Head of communication"),
    )


def a_slot(number: int = 0, channel: str = "mastodon") -> Slot:
    at = datetime(2027, 3, 2, 9, 0, tzinfo=UTC) + timedelta(days=number)
    name = f"{at:%Y-%m-%d}-{channel}-en"
    return Slot(id=name, channel=channel, at=at, language="en", focus="stations", number=number, image=True)


def a_plan(slots: int = 3, campaign: str = "spring-refill") -> EditorialPlan:
    brief = a_brief(campaign)
    chosen = tuple(a_slot(number) for number in range(slots))
    return EditorialPlan(id=digest([brief, chosen]), brief=brief, slots=chosen)


def a_finding(rule: str = "false-urgency", severity: str = "review", quote: str = "Hurry") -> Finding:
    return Finding(
        rule=rule,
        severity=Severity(severity),
        start=0,
        end=len(quote),
        quote=quote,
        evidence=(Evidence(kind="cue", says="presses for time"),),
        law=("ucpd-annex-1-7",),
        message=f"'{quote}' presses for time that no fact supports.",
        fix="Drop the pressure.",
    )


def a_draft(
    number: int = 0, text: str = "There are 214 stations.", variant: str = "a", policy: str = POLICY
) -> Draft:
    slot = a_slot(number)
    return Draft(
        slot=slot,
        variant=variant,
        caption=Caption(text=text, headline="214 stations", hashtags=("refill",), facts=("stations",)),
        post=f"{text}\n\nhttps://example.org/map\n#refill",
        picture=Picture(
            digest=digest(f"picture {number}"),
            media_type="image/png",
            width=1080,
            height=1350,
            alt_text="A card that says: 214 stations",
            words=("214 stations",),
            provider="card:plain",
            generated=False,
            seed=number,
            contrast=12.5,
        ),
        provenance=Provenance(
            writer="scripted:plain", prompt=digest("prompt"), policy=policy, calls=(f"c{number}",)
        ),
    )


def a_judged(number: int = 0, outcome: str = "pass", **draft: str) -> Judged:
    """Return a judged draft: `outcome` is pass, review or block, and has the findings that lead to it."""
    found = () if outcome == "pass" else (a_finding(severity=outcome),)
    support = Support(
        rule="unsupported-claim", start=10, end=13, quote="214", fact="stations", says="214 stations"
    )
    inspection = Inspection(findings=found, supports=(support,), answered=RULES)
    made = a_draft(number, **draft)
    return Judged(
        draft=made,
        inspection=inspection,
        verdict=judge(inspection, RULES),
        attempts=(Attempt(post="Hurry! 214 stations.", findings=(a_finding(),)),),
        usage=(
            Usage(call=f"c{number}", model="m", input_tokens=100, output_tokens=20, money=0.25, milliseconds=7),
        ),
    )
