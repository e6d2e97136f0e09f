from hypothesis import example, given
from hypothesis import strategies as st

from aboveboard.normal import fold, look_alike, normalise, sentence, sentences


def test_typographic_and_invisible_characters_become_plain():
    assert fold("“Don’t” miss\u200b it\u00ad — ﬁnal…") == '"don\'t" miss it - final...'


def test_any_run_of_white_space_is_one_space():
    assert fold("only\n\t 3\u00a0 left") == "only 3 left"


def test_letters_fold_with_their_accents_whether_composed_or_not():
    assert fold("Fu\u0308nf STRASSEN und Straße") == "fünf strassen und strasse"


def test_a_keycap_and_full_width_digits_are_digits():
    assert fold("only 3\ufe0f\u20e3 left, 50％") == "only 3 left, 50%"


def test_right_to_left_overrides_hide_nothing():
    assert fold("la\u202est ch\u202cance") == "last chance"


@given(st.text(max_size=60))
@example("ﬃ\u0301 ß\u200d")
def test_every_stretch_maps_to_a_stretch_of_the_original(text):
    plain = normalise(text)
    assert len(plain.text) == len(plain.starts) == len(plain.ends)
    for place in range(len(plain.text)):
        start, end = plain.original(place, place + 1)
        assert 0 <= start < end <= len(text)
        read = fold(text[start:end])  # a look-alike has its reading from its word
        assert plain.text[place] in read or any(plain.text[place] == look_alike(letter) for letter in read)


@given(st.text(max_size=60))
def test_places_never_run_backwards(text):
    plain = normalise(text)
    assert list(plain.starts) == sorted(plain.starts)
    assert list(plain.ends) == sorted(plain.ends)


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=80))
def test_sentences_cover_the_whole_text(text):
    assert "".join(text[start:end] for start, end in sentences(text)) == text


def test_a_day_of_the_month_ends_no_sentence_but_a_line_does():
    text = "Endet am 6. Dezember. Bald\nmehr"
    assert [text[a:b].strip() for a, b in sentences(text)] == ["Endet am 6. Dezember.", "Bald", "mehr"]


def test_a_stretch_over_two_sentences_stands_in_both():
    text = "One. Two. Three."
    assert text[slice(*sentence(text, 2, 6))] == "One. Two. "
