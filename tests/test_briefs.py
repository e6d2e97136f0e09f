from pathlib import Path

import pytest

from aboveboard.brief import Brief
from aboveboard.channel import load_channels
from aboveboard.posting import budget
from aboveboard.reading import brief_schema, read_brief
from aboveboard.scheduling import schedule_slots

BRIEFS = {path.stem: read_brief(path) for path in (Path(__file__).parent.parent / "briefs").glob("*.yaml")}
CHANNELS = load_channels()


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(params=BRIEFS.values(), ids=BRIEFS.keys())
def brief(request: pytest.FixtureRequest) -> Brief:
    found = request.param
    assert isinstance(found, Brief)
    return found


def test_the_three_sectors_are_there_and_one_speaks_three_languages() -> None:
    assert set(BRIEFS) == {"spring-refill", "reading-week", "security-tool"}
    assert BRIEFS["reading-week"].languages == ("en", "de", "es")


def test_the_demo_asks_for_few_enough_captions_to_watch() -> None:
    brief = BRIEFS["spring-refill"]
    assert len(schedule_slots(brief, CHANNELS, "demo").slots) * brief.variants <= 14


def test_type_is_legible_in_the_palette(brief: Brief) -> None:
    palette = brief.brand.palette
    assert contrast(palette.ink, palette.paper) >= 7
    assert contrast(palette.accent, palette.paper) >= 4.5


def test_every_statement_is_a_whole_sentence_that_fits_the_shortest_post(brief: Brief) -> None:
    slots = schedule_slots(brief, CHANNELS, "plan").slots
    room = min(budget(brief, slot, CHANNELS[slot.channel]).limit for slot in slots)
    for fact in brief.facts:
        for language in brief.languages:
            words = brief.says(fact.statement, language) or ""
            assert words[0].isupper() and words.endswith("."), words
            assert len(words) <= room, words


def test_every_fact_leads_at_least_once(brief: Brief) -> None:
    led = {slot.focus for slot in schedule_slots(brief, CHANNELS, "plan").slots}
    assert led >= {fact.id for fact in brief.facts} - {"free-card", "collection", "step-free"}


def test_links_lead_nowhere_real(brief: Brief) -> None:
    assert brief.action.link.split("/")[2].endswith(".example")


def test_the_brand_never_uses_the_words_it_avoids(brief: Brief) -> None:
    said = [brief.says(fact.statement, language) for fact in brief.facts for language in brief.languages]
    said += [brief.says(offer.says, language) for offer in brief.offers for language in brief.languages]
    assert [word for word in brief.brand.avoid for words in said if words and word.lower() in words.lower()] == []


def test_the_guide_names_every_field_of_a_brief() -> None:
    guide = (Path(__file__).parent.parent / "docs" / "brief.md").read_text(encoding="utf-8")
    parts = [brief_schema(), *brief_schema()["$defs"].values()]
    fields = {field for part in parts for field in part["properties"]} - {"start", "end"}
    assert sorted(field for field in fields if f"`{field}`" not in guide) == []
