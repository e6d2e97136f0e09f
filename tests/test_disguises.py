"""Words in disguise: each way to hide a cue from a machine that people read through, in five languages."""

import time
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import copy_of
from test_honest_copy import captions

from aboveboard.disguises import readings
from aboveboard.guarding import run_direct
from aboveboard.normal import fold
from aboveboard.patterns import meetings, sightings
from aboveboard.rulebook import load_policy

PHRASES = [
    ("en", "last chance", "false-urgency"),
    ("de", "letzte chance", "false-urgency"),
    ("fr", "dernière chance", "false-urgency"),
    ("es", "última oportunidad", "false-urgency"),
    ("it", "ultima occasione", "false-urgency"),
    ("en", "only 2 left", "false-scarcity"),
    ("de", "nur noch 2 tickets", "false-scarcity"),
    ("fr", "reste encore 2 places", "false-scarcity"),
    ("es", "quedan solo 2", "false-scarcity"),
    ("it", "restano solo 2", "false-scarcity"),
    ("en", "doctors agree", "false-authority"),
    ("de", "experten empfehlen", "false-authority"),
    ("fr", "testé par des médecins", "false-authority"),
    ("es", "recomendado por expertos", "false-authority"),
    ("it", "consigliato dai medici", "false-authority"),
]
CYRILLIC = str.maketrans("aceopxysi", "асеорхуѕі")
GREEK = str.maketrans("aoυviκτ", "αουνικτ")
LEET = str.maketrans("aeo", "430")
BOLD = str.maketrans({chr(97 + n): chr(0x1D41A + n) for n in range(26)})
WIDE = str.maketrans({chr(33 + n): chr(0xFF01 + n) for n in range(94)})
SMALL_CAPITALS = str.maketrans("abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ")
BOXES = str.maketrans({chr(97 + n): chr(0x1F170 + n) for n in range(26)})


def every(parts: str, text: str) -> str:
    """Return `text` with one of `parts` between its letters."""
    part = cycle(parts)
    return "".join(letter + next(part) if letter.isalpha() else letter for letter in text)


def spelled(gap: str, wide: str, text: str) -> str:
    return wide.join(gap.join(word) for word in text.split(" "))


def capital(text: str) -> str:
    return "".join(word.capitalize() for word in text.split(" "))


DISGUISES = {
    "Cyrillic": lambda text: text.translate(CYRILLIC),
    "Greek": lambda text: text.translate(GREEK),
    "bold letters": lambda text: text.translate(BOLD),
    "full width": lambda text: text.translate(WIDE),
    "small capitals": lambda text: text.translate(SMALL_CAPITALS),
    "boxes": lambda text: text.translate(BOXES),
    "invisible letters": lambda text: every("\u200b\u2060\u00ad\u200d\ufe0f", text),
    "struck through": lambda text: every("\u0336", text),
    "leetspeak": lambda text: text.translate(LEET),
    "spaced": lambda text: spelled(" ", "   ", text),
    "spaced evenly": lambda text: spelled(" ", " ", text),
    "dotted": lambda text: spelled(".", " ", text.upper()),
    "hyphened": lambda text: spelled("-", " ", text),
    "a hashtag in capitals": lambda text: f"#{capital(text)}",
    "a hashtag": lambda text: f"#{text.replace(' ', '')}",
    "a hashtag with lines": lambda text: f"#{text.replace(' ', '_')}",
    "emoji between": lambda text: text.replace(" ", " 🔥 "),
    "a keycap": lambda text: text.replace("2", "2\ufe0f\u20e3"),
}


def rules_met(text: str, language: str) -> dict[str, str]:
    return {one.rule: one.quote for one in run_direct(load_policy(), copy_of(text, language=language)).findings}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize(("language", "phrase", "rule"), PHRASES)
def test_a_cue_is_met_through_its_disguise(disguise, language, phrase, rule):
    told = f"{DISGUISES[disguise](phrase)}! 🌿 Kaffee, café, tea."
    assert rule in rules_met(told, language), told


HONEST = [
    "4K screen, 5kg of flour, the 3rd of May, 8pm, B2B, a 2x2 grid, CO2, mp3, 24h, 100ml, iPhone15, R2-D2, H2O.",
    "Room 1a, gate B12, size 38/40, 7-11, 1,000 m2, 5G, 3D, PS5, WW1, A4, Q3, 20s, 90er, v2.0, USB3, 2nd, 24/7.",
    "In the U.S.A. and the U.K., e.g. at 9 a.m., p.m., i.e. a b c, Ph.D., J. R. R. Tolkien, S, M, L.",
    "Call 0 30 1 2 3 4 5 or take line U 5, exits 1 2 3 4.",
    "Ελένη Παπαδοπούλου und Владимир Соловьёв lesen am Samstag; Νίκος spielt.",
    "5 μm, 3 kΩ, β-Carotin, ΔT, Δv, π ≈ 3, x², ½ Liter, €9, 50 ¢, £5, A$20, US$ 3.",
    "Łódź, Ångström, Việt Nam, İstanbul, Dvořák, smørrebrød, cœur, niño, Ħal, Besançon, Çatalhöyük.",
    "Blood group 🅰 or 🅱, parking 🅿️, 🇩🇪🇦🇹🇨🇭 and 👩‍👩‍👧‍👦.",
    "Mail to jo@mail.example or see https://x.example/l4st?id=a1b2c3#part2, thanks @us3rname.",
]


@pytest.mark.parametrize("text", HONEST)
def test_honest_digits_abbreviations_and_scripts_are_read_as_they_are(text):
    (reading,) = readings(text)
    assert reading.plain.text.split(" ") == [fold(word) for word in text.split(" ")]


def test_honest_captions_in_other_readings_say_nothing_new():
    for caption in (caption for caption in captions() if len(readings(caption["text"])) > 1):
        for rule in load_policy().text_rules:
            for language in {caption["lang"], "en"}:
                cues = rule.cues.get(language, ())
                plain = [one.caught for one in meetings(cues, language, fold(caption["text"]))]
                assert [one.caught for one in sightings(cues, language, caption["text"])] == plain


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Our rug. #LastChance #rugs", "#LastChance"),
        ("Our rug. #lastchance #rugs", "#lastchance"),
        ("Our rug. #LastChanceRugs", "#LastChanceRugs"),
        ("Our rug, l a s t  c h a n c e, today", "l a s t  c h a n c e"),
        ("Our rug, L.A.S.T C.H.A.N.C.E!", "L.A.S.T C.H.A.N.C.E"),
        ("Our rug, l4st\u200b ch4nce!", "l4st\u200b ch4nce"),
        ("Our rug, la\u0455t \u0441hance!", "la\u0455t \u0441hance"),
        ("The ⏰ is ticking", "The ⏰ is ticking"),
        ("It ends 🔜", "ends 🔜"),
    ],
)
def test_the_quote_is_the_disguise_itself(text, quote):
    assert quote in rules_met(text, "en").values()


def test_a_number_in_disguise_is_still_a_value():
    met = sightings(("only {quantity} left",), "en", "0nly 12 l3ft, #Only3Left, o n l y 7 l e f t")
    assert [one.caught for one in met] == [(("quantity", "12"),), (("quantity", "3"),), (("quantity", "7"),)]


def test_one_reads_as_i_or_as_l():
    assert rules_met("On1y two 1eft", "en").keys() & rules_met("L1mited t1me only", "en").keys() == set()
    assert "false-scarcity" in rules_met("On1y 2 1eft", "en")
    assert "false-urgency" in rules_met("L1mited t1me offer", "en")


def test_what_is_seen_in_two_readings_is_one_finding():
    assert len(sightings(("last chance",), "en", "#last chance 0nly")) == 1


def test_words_of_a_hashtag_are_not_found_inside_another_word():
    assert rules_met("#blastchancellor #together #smallbusiness #mondaymotivation", "en") == {}


@given(st.text(alphabet="al4$t 1.-#_Ab0é\n\u0430\u200b🅰⏰!", max_size=40))
def test_every_reading_is_traceable_to_the_text(text):
    for reading in readings(text):
        plain = reading.plain
        assert len(plain.text) == len(plain.starts) == len(plain.ends)
        assert all(0 <= a < b <= len(text) for a, b in zip(plain.starts, plain.ends, strict=True))


@pytest.mark.parametrize(
    "unit", ["a ", "l.", "#a", "#aB1_", "a1", "1a!", "$", "!", "🅰", "⏰", "\u0430", "а a", "a\u0336", " \n"]
)
def test_a_hundred_thousand_hostile_characters_are_read_in_linear_time(unit):
    began = time.process_time()
    readings(unit * (100_000 // len(unit)))
    assert time.process_time() - began < 5
