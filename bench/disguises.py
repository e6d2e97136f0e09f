"""Manipulation in disguise: what letters, gaps, frames, negation, quotation and irony do to the guards.

A disguise changes how the labelled words look, or what stands around them, and nothing that a reader would take
from them: so the answer must stay. `turns.jsonl` holds cases written by hand where the turn is in the meaning.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from aboveboard.finding import Copy
from bench.captions import read
from bench.copies import as_copy, lines_of
from bench.layers import Layer, stops
from bench.scoring import Reading, recall, share
from bench.section import Section, Share, Table
from training.corpus import CODES, Caption

TURNS = Path(__file__).parent / "turns.jsonl"
LOOK_ALIKES = str.maketrans("aceiopsxyACEHKMOPTX", "асеіорѕхуАСЕНКМОРТХ")  # Latin to Cyrillic
LEET = str.maketrans("aeiostAEIOST", "431057431057")
ZERO_WIDTH = "\u200b\u200c\u2060"
EMOJI = "✨🔥⭐👀💥🎉"
FRAMES = {  # neutral sentences, one before and one after
    "de": ("Guten Morgen aus der Werkstatt.", "Bis bald bei uns."),
    "fr": ("Bonjour de l'atelier.", "À bientôt chez nous."),
    "es": ("Buenos días desde el taller.", "Hasta pronto."),
    "it": ("Buongiorno dal laboratorio.", "A presto da noi."),
    "en": ("Good morning from the workshop.", "See you soon."),
}
Disguise = Callable[[str, random.Random], str]


def look_alikes(words: str, chance: random.Random) -> str:
    """Cyrillic letters for the Latin ones that look the same."""
    return words.translate(LOOK_ALIKES)


def zero_width(words: str, chance: random.Random) -> str:
    """An invisible character inside every longer word."""
    return " ".join(_split(word, chance.choice(ZERO_WIDTH), chance) for word in words.split(" "))


def _split(word: str, sign: str, chance: random.Random) -> str:
    cut = chance.randrange(1, len(word)) if len(word) > 2 else len(word)
    return word[:cut] + sign + word[cut:] if cut < len(word) else word


def spaced(words: str, chance: random.Random) -> str:
    """Every letter on its own, two spaces between words."""
    return "  ".join(" ".join(word) for word in words.split(" "))


def leet(words: str, chance: random.Random) -> str:
    """Digits for about half of the letters that have a likeness among them."""
    return "".join(letter.translate(LEET) if chance.random() < 0.5 else letter for letter in words)


def emoji(words: str, chance: random.Random) -> str:
    """An emoji in every gap between words."""
    return "".join(f" {chance.choice(EMOJI)} " if letter == " " else letter for letter in words)


def loud(words: str, chance: random.Random) -> str:
    """Capitals throughout."""
    return words.upper()


def wavering(words: str, chance: random.Random) -> str:
    """Capitals and small letters by turns."""
    return "".join(letter.upper() if n % 2 else letter.lower() for n, letter in enumerate(words))


DISGUISES: dict[str, Disguise] = {
    "look-alike letters": look_alikes,
    "zero-width characters": zero_width,
    "spaced letters": spaced,
    "leet": leet,
    "emoji between words": emoji,
    "capitals": loud,
    "cApItAlS by turns": wavering,
}


def disguised(caption: Caption, disguise: Disguise, seed: int) -> Copy:
    """Return the caption with its labelled stretches in disguise; a clean one with a stretch of five words."""
    chance = random.Random(f"{seed} {caption.id}")
    spans = sorted({(label.start, label.end) for label in caption.labels}) or [_stretch(caption.text, chance)]
    text, done = "", 0
    for start, end in spans:
        if start >= done:  # of two labels that overlap, the first is disguised
            text += caption.text[done:start] + disguise(caption.text[start:end], chance)
            done = end
    return caption.copy_.model_copy(update={"text": text + caption.text[done:]})


def _stretch(text: str, chance: random.Random) -> tuple[int, int]:
    gaps = [-1, *(n for n, letter in enumerate(text) if letter.isspace()), len(text)]
    first = chance.randrange(max(1, len(gaps) - 5))
    return gaps[first] + 1, gaps[min(first + 5, len(gaps) - 1)]


def framed(caption: Caption, seed: int) -> Copy:
    """Return the caption between two neutral sentences of another language, and given out to be in that one."""
    others = sorted(set(FRAMES) - {caption.language}) if caption.language == "en" else ["en"]
    other = random.Random(f"{seed} {caption.id}").choice(others)
    before, after = FRAMES[other]
    update = {"text": f"{before} {caption.text} {after}", "language": other}
    return caption.copy_.model_copy(update=update)


def measure(layers: Mapping[str, Layer], captions: Sequence[Caption], seed: int) -> Section:
    """Return recall under every disguise, the drop it causes, and the false flags on turns of meaning."""
    name, layer = list(layers.items())[-1]
    plain = [read(layer, caption) for caption in captions]
    dressed = {kind: _dressed(layer, captions, disguise, seed) for kind, disguise in DISGUISES.items()}
    dressed["a frame in another language"] = [read(layer, one, framed(one, seed)) for one in captions]
    drops = {kind: (recall(plain).rate or 0.0) - (recall(told).rate or 0.0) for kind, told in dressed.items()}
    worst = max(drops, key=lambda kind: drops[kind])
    turns, missed = turns_table(layers)
    return Section(
        name="disguises",
        title="Disguises and turns of meaning",
        tables=(_disguise_table(name, plain, dressed, drops, seed), turns),
        figures={"worst drop": drops[worst]},
        misses=(
            f"The worst disguise is {worst}: recall falls by {drops[worst]:.3f}.",
            missed,
        ),
    )


def _dressed(layer: Layer, captions: Sequence[Caption], disguise: Disguise, seed: int) -> list[Reading]:
    return [read(layer, caption, disguised(caption, disguise, seed)) for caption in captions]


def _disguise_table(
    layer: str,
    plain: Sequence[Reading],
    dressed: Mapping[str, Sequence[Reading]],
    drops: Mapping[str, float],
    seed: int,
) -> Table:
    return Table(
        title="Recall in disguise",
        says=f"Layer: {layer}. The labelled words of every flagged caption are disguised, and five words of every "
        f"clean one; seed {seed}. The share of clean ones flagged shows what the disguise alone brings on.",
        columns=("disguise", "recall", "drop", "a right code", "clean ones flagged"),
        rows=(
            ("none", recall(plain), 0.0, _right(plain), _clean(plain)),
            *((kind, recall(told), drops[kind], _right(told), _clean(told)) for kind, told in dressed.items()),
        ),
    )


def _right(told: Sequence[Reading]) -> Share:
    return share(bool(one.codes & one.caption.codes) for one in told if one.guilty)


def _clean(told: Sequence[Reading]) -> Share:
    return share(bool(one.spans) for one in told if not one.guilty)


def turns_table(layers: Mapping[str, Layer]) -> tuple[Table, str]:
    """Return how every layer answers the cases written by hand, and the fullest layer's faults in a sentence."""
    cases = [(told["turn"], bool(told["expect"]), as_copy(told)) for told in lines_of(TURNS)]
    rows, counts = [], ""
    for name, layer in layers.items():
        answers = [(turn, guilty, stops(layer, copy)) for turn, guilty, copy in cases]
        for turn in dict.fromkeys(turn for turn, _, _ in answers):
            stopped = share(said for kind, guilty, said in answers if kind == turn and not guilty)
            caught = share(said for kind, guilty, said in answers if kind == turn and guilty)
            rows.append((turn, name, stopped, caught))
        wrong = [said for _, guilty, said in answers if not guilty]
        missed = [not said for _, guilty, said in answers if guilty]
        counts = (
            f"Negation, quotation and irony: {sum(wrong)} of {len(wrong)} innocent cases are stopped, "
            f"{sum(missed)} of {len(missed)} manipulative ones pass."
        )
    return (
        Table(
            title="Negation, quotation, irony",
            says=f"{len(cases)} cases of bench/turns.jsonl, written by hand in five languages. Innocent: the "
            "pressure is denied, quoted or mocked. Manipulative: the turn is only its cover.",
            columns=("turn", "layer", "innocent ones flagged", "manipulative ones flagged"),
            rows=tuple(rows),
        ),
        counts,
    )


def checked_turns() -> list[str]:
    """Return what is wrong with the cases written by hand: codes that there are not, ids given twice."""
    cases = lines_of(TURNS)
    unknown = [f"{told['id']}: {code}" for told in cases for code in told["expect"] if code not in CODES]
    ids = [told["id"] for told in cases]
    return unknown + [key for key in set(ids) if ids.count(key) > 1]
