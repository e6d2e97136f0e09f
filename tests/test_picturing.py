"""What may be painted is judged before any painter is called, and the picture says what law or brief ask."""

import io
from pathlib import Path

import pytest
from making import a_brief, a_draft
from PIL import Image
from test_illustrating import CountingPainter

from aboveboard.brief import Fact, ImageWishes
from aboveboard.channel import load_channels
from aboveboard.digests import digest
from aboveboard.draft import Judged
from aboveboard.finding import Inspection, Verdict
from aboveboard.guards import imagery
from aboveboard.imaging.card import Backdrop, CardWords, render_card
from aboveboard.imaging.illustrating import illustrated
from aboveboard.imaging.sheet import NOTHING, Insets
from aboveboard.picturing import WORDS, inspect_wishes, label_for
from aboveboard.rulebook import load_policy

POLICY = load_policy()
CHANNEL = load_channels()["mastodon"]


class Abstract(CountingPainter):
    id = "embedded:waves"


def briefed(wishes: str | None, *facts: Fact, label: str = "auto", avoid=(), regions=()):
    brief = a_brief()
    return brief.model_copy(
        update={
            "images": ImageWishes(wishes=wishes, label=label, avoid=avoid),
            "facts": (*brief.facts, *facts),
            "audience": brief.audience.model_copy(update={"regions": regions}),
        }
    )


def drawn(brief, painter, tmp_path: Path) -> Judged:
    judged = Judged(draft=a_draft(), inspection=Inspection(), verdict=Verdict(outcome="pass"))
    return illustrated(judged, brief, CHANNEL, painter, POLICY, keep=digest, painted=tmp_path)


@pytest.mark.parametrize(
    ("wishes", "rule"),
    [
        ("A red countdown clock over the counter", "drawn-pressure"),
        ("A struck price of €40 on the label", "drawn-price"),
        ("A portrait of Taylor Swift with a bottle", "real-person"),
        ("Ein tickender Timer über dem Tresen: Countdown", "drawn-pressure"),
    ],
)
def test_a_refused_wish_calls_no_painter_and_flags_the_draft_with_words_rule_law_and_fix(wishes, rule, tmp_path):
    painter = CountingPainter()
    told = drawn(briefed(wishes), painter, tmp_path)
    findings = [one for one in told.inspection.findings if one.rule == rule]
    assert painter.painted == 0 and not told.draft.picture.generated
    assert findings and all(one.severity == "review" and one.asset == "image_prompt" for one in findings)
    assert all(one.quote in wishes and one.law and one.fix for one in findings)
    assert all(wishes[one.start : one.end] == one.quote for one in findings)


@pytest.mark.parametrize(
    "wishes",
    [
        None,
        "A wall clock in a watchmaker's shop, brass and oak",
        "Horn buttons on a wool coat",
        "No people, no countdown timers, only stone",
        "Eine menschenleere Gasse am Morgen",
    ],
)
def test_an_innocent_wish_is_painted_and_adds_no_finding(wishes, tmp_path):
    painter = CountingPainter()
    told = drawn(briefed(wishes, avoid=("people at a desk", "countdown timers")), painter, tmp_path)
    assert (painter.painted, told.inspection.findings) == (1, ())
    assert told.draft.picture.generated


def test_a_fact_about_the_earlier_price_lets_a_struck_price_be_painted(tmp_path):
    was = Fact(id="was", statement="The bottle cost €40 until 1 February.", source="Price list", value=40)
    painter = CountingPainter()
    told = drawn(briefed("A struck price of €40 on the label", was), painter, tmp_path)
    assert (painter.painted, told.inspection.findings) == (1, ())


def test_a_fact_of_consent_lets_a_founder_be_asked_for_until_it_expires(tmp_path):
    fact = {"id": "yes", "statement": "Anna Berg has consented in writing to portraits.", "source": "Letter"}
    wishes = "A portrait of Anna Berg"
    assert drawn(briefed(wishes, Fact(**fact)), CountingPainter(), tmp_path).inspection.findings == ()
    over = Fact(**fact, expires="2027-01-01")
    told = drawn(briefed(wishes, over), CountingPainter(), tmp_path)
    assert [one.rule for one in told.inspection.findings] == ["real-person"]


def test_people_are_painted_under_a_label_and_a_person_looks_at_the_picture(tmp_path):
    painter = CountingPainter()
    told = drawn(briefed("Smiling people at a long table"), painter, tmp_path)
    assert painter.painted == 1 and WORDS["en"] in told.draft.picture.words
    assert {one.rule for one in told.inspection.findings} == {"synthetic-person"}
    assert told.draft.picture.contrast >= POLICY.thresholds.minimum_contrast


def test_people_without_a_label_are_not_painted(tmp_path):
    painter = CountingPainter()
    told = drawn(briefed("Smiling people at a long table", label="none"), painter, tmp_path)
    assert painter.painted == 0 and not told.draft.picture.generated
    assert "ny-gbl-396-b" in told.inspection.findings[0].law


@pytest.mark.parametrize(
    ("label", "regions", "painter", "labelled"),
    [
        ("visible", (), CountingPainter, True),
        ("visible", (), Abstract, True),
        ("auto", (), CountingPainter, False),
        ("auto", ("GB", "DE"), CountingPainter, False),
        ("auto", ("GB", "IN"), CountingPainter, True),
        ("auto", ("IN",), Abstract, False),
        ("none", ("IN",), CountingPainter, False),
    ],
)
def test_the_label_stands_where_the_brief_or_a_law_asks(label, regions, painter, labelled, tmp_path):
    told = drawn(briefed(None, label=label, regions=regions), painter(), tmp_path)
    assert (WORDS["en"] in told.draft.picture.words) is labelled


def test_a_law_asks_for_no_label_before_its_day():
    slot, brief = a_draft().slot, briefed(None, regions=("IN",))
    early = slot.model_copy(update={"at": slot.at.replace(year=2026, month=1)})
    assert label_for(brief, slot, POLICY, "openai:x", ()) and not label_for(brief, early, POLICY, "openai:x", ())


@pytest.mark.parametrize("language", WORDS)
def test_the_label_is_in_the_post_s_language(language):
    slot = a_draft().slot.model_copy(update={"language": language})
    assert label_for(briefed(None, label="visible"), slot, POLICY, "openai:x", ()) == WORDS[language]


def test_a_plain_card_bears_no_label(tmp_path):
    told = drawn(briefed(None, label="visible"), None, tmp_path)
    assert not set(WORDS.values()) & set(told.draft.picture.words)


def test_a_guard_that_breaks_refuses_the_picture(monkeypatch, tmp_path):
    def broken(*_):
        raise RuntimeError("no")

    monkeypatch.setattr(imagery.cues, "inspect", broken)
    painter = CountingPainter()
    told = drawn(briefed("calm water"), painter, tmp_path)
    assert painter.painted == 0
    assert {evidence.kind for one in told.inspection.findings for evidence in one.evidence} == {"crash"}


def test_what_an_image_prompt_hides_in_letters_is_read(tmp_path):
    findings = inspect_wishes(("a c0untd0wn clock",), briefed(None), a_draft().slot, POLICY)
    assert [(one.rule, one.quote) for one in findings] == [("drawn-pressure", "c0untd0wn clock")]


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize(("size", "safe"), [((1080, 1350), NOTHING), ((540, 960), Insets(125, 0, 170, 0))])
def test_the_label_touches_no_other_type_and_stands_where_no_channel_covers_it(place, size, safe):
    file = io.BytesIO()
    Image.effect_noise(size, 90).save(file, "PNG")
    words = CardWords(headline="Water, where you walk", brand="Quell", link="example.org", label=WORDS["en"])
    backdrop = Backdrop(lambda *_: file.getvalue())
    card = render_card(words, a_brief().brand.palette, size, seed=3, place=place, backdrop=backdrop, safe=safe)
    *others, ((left, top, right, bottom), *_) = card.boxes
    assert card.lines[-1] == WORDS["en"] and card.contrast >= 4.5
    assert left >= 0 and right <= size[0] and bottom <= size[1] - safe.bottom
    assert not [
        b for boxes in others for b in boxes if b[0] < right and left < b[2] and b[1] < bottom and top < b[3]
    ]


def test_a_headline_about_people_asks_for_them_only_of_a_painter_that_is_told_words(tmp_path):
    caption = a_draft().caption.model_copy(update={"headline": "Made by eleven people"})
    judged = Judged(
        draft=a_draft().model_copy(update={"caption": caption}),
        inspection=Inspection(),
        verdict=Verdict(outcome="pass"),
    )
    for painter, found in ((Abstract(), []), (CountingPainter(), ["synthetic-person"])):
        told = illustrated(judged, briefed(None), CHANNEL, painter, POLICY, keep=digest, painted=tmp_path)
        assert [one.rule for one in told.inspection.findings] == found
        assert painter.painted == 1
