import pytest
from hypothesis import given
from hypothesis import strategies as st

from aboveboard.normal import fold
from aboveboard.patterns import EDGE, END, BadPattern, _built, _union, _whole, compiled, meetings, places

JOINING = (
    "{percent}",
    "{duration}",
    "{date}",
    "{count}",
    "only {quantity} left",
    "{quantity}{to}({duration}|{count})",
)
SPOKEN = (
    "£ % 2 2,000 two zwei deux dos due over more than über only left to - bis a à days tagen jours 3 h friday "
    "freitag 6 december dezember diciembre at 8 pm twenty-five hundred , . # é"
).split(" ")


def met(pattern: str, text: str, language: str = "en") -> list[str]:
    plain = fold(text)
    return [plain[meeting.start : meeting.end] for meeting in meetings((pattern,), language, plain)]


def test_a_pattern_meets_whole_words_in_any_script():
    assert met("end", "the end, endless, bend, end.") == ["end", "end"]
    assert met("übrig", "drei übrig, übrigens", "de") == ["übrig"]


def test_neighbouring_meetings_share_the_space_between_them():
    assert met("today", "today today today") == ["today", "today", "today"]


def test_the_longest_reading_is_quoted_whatever_the_order():
    assert met("ends|ends {date}", "It ends Sunday 6 December at 8 pm, sharp.") == [
        "ends sunday 6 december at 8 pm"
    ]


def test_word_characters_include_letters_of_every_language():
    assert met(r"umwelt\w*", "Umweltverträglich!", "de") == ["umweltverträglich"]


def test_emoji_and_inverted_marks_are_no_letters():
    assert met("last chance", "🔥LAST CHANCE🔥 ¡last chance!") == ["last chance", "last chance"]


def test_german_patterns_may_be_written_with_either_s():
    assert met("heiß", "HEISS und heiß", "de") == ["heiss", "heiss"]


def test_a_full_stop_after_a_month_belongs_to_the_sentence():
    assert met("{date}", "Until 6 December. Or 6 Dec. 2026.") == ["6 december", "6 dec. 2026"]


def test_placeholders_hand_over_what_they_caught():
    (meeting,) = meetings(("only {quantity} left until {date}",), "en", "only two left until friday")
    assert meeting.caught == (("quantity", "two"), ("date", "friday"))


def test_a_bound_caught_by_the_pattern_still_belongs_to_the_number():
    (meeting,) = meetings(("by (more than )?{count}",), "en", "by more than 2,000")
    assert meeting.caught == (("count", "more than 2,000"),)


def test_a_sign_that_opens_the_text_belongs_to_the_words_as_it_does_elsewhere():
    assert met("{price}|{number} a", "£149 a month, or £149 a month") == ["£149", "£149"]


@given(
    st.lists(st.sampled_from(SPOKEN), max_size=10).map(" ".join), st.sampled_from(["en", "de", "es", "fr", "it"])
)
def test_what_is_caught_is_what_one_capturing_expression_would_catch(text, language):
    told = [(m.start, m.end, m.caught) for m in meetings(JOINING, language, text)]
    assert [(start, end, caught) for start, end, caught in told] == list(captured(text, language))


def captured(text, language):
    """Yield what the patterns meet, asked the slow way: one expression that captures every placeholder."""
    expression = _built(f"[{EDGE}]({_union(JOINING, language, joined=False)})[{EDGE}]")
    groups = sorted(expression.groupindex.items(), key=lambda group: group[1])
    plain, place = f"{END}{text}{END}", 0
    while match := expression.search(plain, place):
        start, end = match.span(1)
        spans = [(name.split("_")[0], *match.span(number)) for name, number in groups]
        caught = [(name, _whole(plain[1:a], plain[a:b], language)) for name, a, b in spans if a >= 0]
        yield start - 1, end - 1, tuple(caught)
        place = end


def test_places_are_those_of_the_text_as_written():
    text = "Oh…  LAST\u200b Chance!"
    assert [text[a:b] for a, b in places(("last chance",), "en", text)] == ["LAST\u200b Chance"]


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a", "missing"),
        (r"(a)\1", "invalid"),
        ("{wen}", "unknown placeholder"),
        (r"\bend", "implied"),
        ("x*", "empty"),
    ],
)
def test_a_pattern_outside_the_language_is_refused_with_the_reason(pattern, why):
    with pytest.raises(BadPattern, match=why):
        compiled((pattern,), "en")


def test_no_patterns_meet_nothing():
    assert list(meetings((), "en", "anything")) == []


@pytest.mark.parametrize("text", ["a tent", "ones left", "sixth form", "10 am", "tend to it"])
def test_a_number_word_needs_a_gap_before_its_unit(text):
    assert met("{measure}", text) == []
    assert met("{duration}", text) == []


def test_an_emoji_between_two_words_is_read_over():
    assert places(("last chance",), "en", "Last 🚨 chance, ⏰ last⏰chance") == ((0, 13), (17, 28))
