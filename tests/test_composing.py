"""What a composed caption may say, and that no two of a plan are alike. No model runs here."""

import json
import re
from datetime import timedelta
from itertools import combinations, product
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.brief import Brief, usable
from aboveboard.commission import Budget, Commission
from aboveboard.composing import Choices, caption, choices, grammar
from aboveboard.errors import PromptError
from aboveboard.finding import Copy, Finding, Severity
from aboveboard.guarding import run_direct
from aboveboard.phrases import KINDS, PLACEHOLDERS, allot, fill, load_bank
from aboveboard.plan import Slot
from aboveboard.points import points
from aboveboard.rulebook import load_policy

BRIEFS = Path(__file__).parent.parent / "briefs"
LANGUAGES = ("en", "de", "es")
TONES = ("warm", "plain", "playful", "expert")
GOALS = ("launch", "awareness", "event", "offer", "education", "community", "recruitment")


def brief_of(name: str, **changes: object) -> Brief:
    given = yaml.safe_load((BRIEFS / f"{name}.yaml").read_text(encoding="utf-8"))
    return Brief.model_validate(given | changes)


SPRING, WEEK, TOOL = brief_of("spring-refill"), brief_of("reading-week"), brief_of("security-tool")


def commission(
    brief: Brief = SPRING, place: int = 0, of: int = 1, *, language: str = "en", lead: str = "", **changes
):
    """Return a commission for a caption at `place`, two days into the campaign, leading with the fact `lead`."""
    at = brief.schedule.starts + timedelta(days=2)
    when = Slot.model_validate(
        {
            "id": f"{at}-{place:03}-{language}",
            "channel": changes.pop("channel", "bluesky"),
            "at": f"{at}T12:00:00+01:00",
            "language": language,
            "focus": lead or brief.facts[place % len(brief.facts)].id,
            "number": place,
            "image": False,
        }
    )
    facts = [fact for fact in brief.facts if usable(fact, when.at, brief.zone)]
    facts.sort(key=lambda fact: fact.id != when.focus)
    budget = Budget(
        limit=changes.pop("limit", 300),
        unit="graphemes",
        hashtags=2,
        alt_text=400,
        sweet=changes.pop("sweet", 260),
    )
    given = {"variant": "a", "facts": tuple(facts), "place": place, "of": of} | changes
    return Commission(brief=brief, slot=when, budget=budget, **given)


def allowed(asked: Commission) -> Choices:
    found = choices(asked, load_bank(asked.slot.language), len)
    assert isinstance(found, Choices), found
    return found


def texts_of(bnf: str) -> set[str]:
    """Return every text of a grammar that is nothing but alternative literals; fail on any other."""
    literal = r'"(?:[^"\\]|\\.)*"'
    assert re.fullmatch(rf"root ::= {literal}( \| {literal})*", bnf)
    return {json.loads(text) for text in re.findall(literal, bnf)}


def sayings(brief: Brief, language: str = "en") -> set[str | None]:
    return {brief.says(saying, language) for fact in brief.facts for saying in fact.sayings}


def quoting(quote: str) -> Finding:
    return Finding(
        rule="clickbait", severity=Severity.REVIEW, start=0, end=len(quote), quote=quote, message="m", fix="f"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tone_finds_enough_phrases(language: str) -> None:
    bank = load_bank(language)
    for tone in TONES:
        assert len(bank.openings_for("any", tone)) >= 30
        assert all(len(bank.openings_for(goal, tone)) >= 10 for goal in GOALS)
        assert all(len(bank.calls_for(kind, tone)) >= 16 for kind in set(KINDS.values()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_opening_is_short_enough_for_a_card(language: str) -> None:
    bank = load_bank(language)
    openings = [phrase for group in bank.openings.values() for phrases in group.values() for phrase in phrases]
    assert [opening for opening in openings if len(opening.split()) > 8] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_raises_its_voice_or_presses(language: str) -> None:
    pressing = r"!|\b(now|today|hurry|last|new|free|best|jetzt|heute|neu|gratis|beste|ahora|hoy|nuevo|mejores)\b"
    assert [phrase for phrase in load_bank(language).every() if re.search(pressing, phrase, re.IGNORECASE)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_guards_find_nothing_in_any_phrase(language: str) -> None:
    policy, names = load_policy(), dict.fromkeys(PLACEHOLDERS, "Lumen")
    said = {phrase: fill(phrase, dict(names)) or "" for phrase in load_bank(language).every()}
    read = {"language": language, "at": "2027-03-17T12:00:00Z"}
    found = {
        p: run_direct(policy, Copy.model_validate({"text": text} | read)).findings for p, text in said.items()
    }
    assert {phrase: findings[0].rule for phrase, findings in found.items() if findings} == {}


def test_german_without_a_tone_addresses_nobody() -> None:
    bank = load_bank("de")
    neutral = [p for group in (*bank.openings.values(), *bank.calls.values()) for p in group.get("any", ())]
    assert [p for p in neutral if re.search(r"\b(du|dich|dir|dein\w*|Sie|Ihnen|Ihr\w*)\b", p)] == []


@pytest.mark.parametrize("phrase", ["Only 3 left.", "See https://x.example.", "No end", "Hello {name}.", "Wow!!"])
def test_an_unsound_phrase_is_refused_by_file_and_words(phrase: str, tmp_path: Path) -> None:
    bank = {"language": "en", "openings": {"any": {"any": [phrase]}}, "bridges": {}, "calls": {}}
    (tmp_path / "prompts" / "phrases").mkdir(parents=True)
    (tmp_path / "prompts" / "phrases" / "en.yaml").write_text(yaml.safe_dump(bank), encoding="utf-8")
    with pytest.raises(PromptError, match=r"phrases/en\.yaml: openings.*" + re.escape(phrase)):
        load_bank("en", tmp_path)


def test_a_language_without_phrases_says_which_file_to_write() -> None:
    with pytest.raises(PromptError, match=r"prompts/phrases/fr\.yaml"):
        load_bank("fr")


def test_a_placeholder_takes_words_as_they_are() -> None:
    assert fill("See {label}.", {"label": "{brand} \\1"}) == "See {brand} \\1."
    assert fill("{title}, up close.", {"title": "the map"}) == "The map, up close."
    assert fill("See {label}.", {"label": None}) is None


@given(st.integers(1, 60), st.integers(1, 60))
def test_phrases_are_dealt_like_cards(count: int, of: int) -> None:
    deck = [f"p{n}" for n in range(count)]
    hands = [allot(deck, place, of) for place in range(of)]
    assert all(hands)
    assert of > count or sum(map(len, hands)) == len({card for hand in hands for card in hand})


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([SPRING, WEEK, TOOL]),
    st.integers(0, 39),
    st.sampled_from(sorted(KINDS)),
    st.integers(60, 900),
    st.data(),
)
def test_a_caption_holds_only_the_briefs_facts_and_the_banks_phrases(brief, place, channel, sweet, data) -> None:
    language = data.draw(st.sampled_from(brief.languages))
    asked = commission(brief, place, 40, language=language, channel=channel, sweet=sweet, limit=max(sweet, 400))
    bank, found = load_bank(language), choices(asked, load_bank(language), len)
    assert isinstance(found, Choices)
    names = {"brand": brief.brand.name, "title": brief.says(brief.title, language)}
    said = {point.fact: {point.words, *point.more} for point in points(asked)}
    own = {sentence for sentences in said.values() for sentence in sentences}
    phrases = {"", *(fill(p, names | {"label": brief.says(brief.action.label, language)}) for p in bank.every())}
    for text, wording in found.wordings().items():
        assert {wording.call, wording.body.bridge} <= phrases
        assert wording.opening in phrases | own
        assert all(set(passage.sentences) <= said[passage.fact] for passage in wording.body.passages)
        assert len(text) <= asked.budget.limit


@pytest.mark.parametrize("channel", ["bluesky", "instagram", "linkedin"])
def test_the_grammar_yields_exactly_the_wordings(channel: str) -> None:
    room = allowed(commission(place=1, of=3, channel=channel, sweet=500, limit=900))
    assert {room.given + rest for rest in texts_of(grammar(room))} == set(room.wordings())


def test_a_fact_can_not_break_out_of_the_grammar() -> None:
    hostile = 'He said "no" \\ | root ::= [a-z]+\n{"x": 1} # {{ 7 * 7 }}'
    facts = [{"id": "hostile", "statement": hostile, "source": "s"}]
    asked = commission(brief_of("spring-refill", facts=facts, offers=[]), limit=500, sweet=500)
    room = allowed(asked)
    assert {room.given + rest for rest in texts_of(grammar(room))} == set(room.wordings())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", ["mastodon", "facebook", "linkedin"])
def test_no_two_of_forty_captions_can_be_alike(language: str, channel: str) -> None:
    plan = [
        allowed(commission(WEEK, n, 40, language=language, channel=channel, sweet=400, limit=900))
        for n in range(40)
    ]
    texts = [set(room.wordings()) for room in plan]
    assert all(one.isdisjoint(other) for one, other in combinations(texts, 2))


def test_no_two_of_a_hundred_captions_are_alike_though_phrases_come_again() -> None:
    plan = [set(allowed(commission(place=n, of=100, limit=900)).wordings()) for n in range(100)]
    assert all(one.isdisjoint(other) for one, other in combinations(plan, 2))


def test_captions_of_one_language_share_no_opening_while_there_are_enough() -> None:
    plan = [allowed(commission(WEEK, n, 40, channel="mastodon", limit=500)) for n in range(40)]
    openings = [room.opening for room in plan if room.opening not in sayings(WEEK)]
    assert len(openings) == len(set(openings))


def test_the_same_commission_gives_the_same_grammar() -> None:
    assert grammar(allowed(commission(place=4, of=9))) == grammar(allowed(commission(place=4, of=9)))


def test_an_offer_is_never_stated_without_its_terms() -> None:
    texts = allowed(commission(lead="launch-price", limit=500, sweet=400)).wordings()
    assert all("for £18 until" in text and "From 12 April it costs £24." in text for text in texts)


def test_a_fact_that_leans_on_another_follows_it() -> None:
    leaning = "The report also lists what the scanner missed."
    facts = [
        fact.model_copy(update={"statement": leaning}) if fact.id == "missed" else fact for fact in TOOL.facts
    ]
    brief = TOOL.model_copy(update={"facts": tuple(facts)})
    texts = allowed(commission(brief, lead="missed", limit=500, sweet=400)).wordings()
    assert texts and all(text.index("In our benchmark") < text.index(leaning) for text in texts)


def test_a_fact_not_said_in_the_language_is_left_out() -> None:
    facts = [
        {"id": "both", "statement": {"en": "We open at nine.", "de": "Wir öffnen um neun."}, "source": "s"},
        {"id": "english", "statement": {"en": "We close at six."}, "source": "s"},
    ]
    brief = brief_of("reading-week", facts=facts)
    texts = allowed(commission(brief, language="de", lead="english")).wordings()
    assert all("Wir öffnen um neun." in text and "six" not in text for text in texts)


def test_with_no_fact_in_the_language_the_finding_names_fact_and_language() -> None:
    facts = [{"id": "english", "statement": {"en": "We close at six."}, "source": "s"}]
    found = choices(commission(brief_of("reading-week", facts=facts), language="de"), load_bank("de"), len)
    assert isinstance(found, Finding)
    assert (found.rule, found.severity) == ("missing-translation", Severity.REVIEW)
    assert "english" in found.message
    assert "'de'" in found.message


def test_what_a_finding_quotes_is_not_said_again() -> None:
    before = allowed(commission(lead="size", of=3))
    quotes = (quoting(before.opening), quoting("weighs 240 g"))
    after = allowed(commission(lead="size", of=3, critique=quotes))
    assert all(before.opening not in text and "240 g" not in text for text in after.wordings())


def test_when_findings_quote_every_fact_nothing_is_written() -> None:
    critique = tuple(quoting(fact.statement) for fact in TOOL.facts) + tuple(quoting(o.says) for o in TOOL.offers)
    found = choices(commission(TOOL, critique=critique), load_bank("en"), len)
    assert isinstance(found, Finding)
    assert found.rule == "unwritable"


def test_where_room_is_short_the_fact_goes_before_the_phrases() -> None:
    assert list(allowed(commission(lead="size", limit=75, sweet=75)).wordings()) == [
        "The Spring Bottle holds 600 ml, weighs 240 g and fits a standard bike cage."
    ]


def test_a_fact_longer_than_the_channel_allows_is_a_finding() -> None:
    found = choices(commission(lead="size", limit=40, sweet=40), load_bank("en"), len)
    assert isinstance(found, Finding)
    assert "'size'" in found.message


@pytest.mark.parametrize("brief", [SPRING, WEEK, TOOL], ids=lambda brief: brief.campaign)
def test_a_headline_of_ours_has_at_most_eight_words_and_no_price(brief: Brief) -> None:
    brief = brief.model_copy(update={"facts": tuple(f.model_copy(update={"headline": None}) for f in brief.facts)})
    for place, language in product(range(12), brief.languages):
        asked = commission(brief, place, 12, language=language, channel="instagram", limit=900, sweet=400)
        for wording in allowed(asked).wordings().values():
            headline = caption(wording, asked).headline
            assert 1 <= len(headline.split()) <= 8
            assert not re.search(r"[£$]", headline)


def test_the_briefs_own_headline_is_the_cards() -> None:
    asked = commission(lead="refill-map")
    assert all(caption(w, asked).headline == "214 places to refill" for w in allowed(asked).wordings().values())


@pytest.mark.parametrize("place", [1, 2])
def test_a_sentence_that_opens_a_caption_is_not_said_again(place: int) -> None:
    room = allowed(
        commission(TOOL, lead="rotation-guide", place=place, of=9, channel="facebook", sweet=500, limit=900)
    )
    assert room.opening in sayings(TOOL)
    assert all(text.count(room.opening) == 1 for text in room.wordings())


def test_a_further_sentence_that_repeats_its_fact_is_left_out() -> None:
    facts = [{"id": "a", "statement": "The hall seats 80 people.", "source": "s", "also": ["It has 80 seats."]}]
    asked = commission(brief_of("spring-refill", facts=facts, offers=[]), limit=500)
    assert all("It has 80 seats." not in text for text in allowed(asked).wordings())


def test_a_caption_names_its_facts_and_takes_the_channels_share_of_hashtags() -> None:
    asked = commission(lead="refill-map")
    made = caption(next(iter(allowed(asked).wordings().values())), asked)
    assert made.facts[0] == "refill-map"
    assert made.hashtags == ("SpringRefill", "RefillMap")
