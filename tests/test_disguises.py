"""Words in disguise: each way to hide a cue from a machine that people read through, in five languages."""

import json
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import copy_of

from aboveboard.disguises import readings
from aboveboard.guarding import run_direct
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
