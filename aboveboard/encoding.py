"""A caption, its facts and what other guards said of it, as the token ids that the classifier reads.

The sentence model's vocabulary has spare entries that no text can produce. They carry what words alone don't show:
a mark behind each stretch that a rule met says which rule and what the facts say to it, so that the network weighs
evidence instead of doing arithmetic. Training and judging encode by this one function.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from aboveboard.agreeing import statements
from aboveboard.claims import Claim, claims_of
from aboveboard.finding import Copy, Finding, Inspection, Support
from aboveboard.ngrams import Grams, grams
from aboveboard.normal import normalise
from aboveboard.selfsame import Selfsame

WINDOW = 96  # caption tokens read at once; longer texts are read in windows that begin at a sentence
FACTS = 40  # tokens of the facts, those that share most words with the window first
CLS, SEP = 101, 102  # BERT's own
MARK = 10  # the first spare entry used, [unused9]
SPONSORED, LANGUAGES, ASSETS = 1, {"en": 2, "de": 3, "fr": 4, "es": 5, "it": 6}, {"alt_text": 7, "image_text": 8}
KINDS = ("flagged", "contradicted", "supported")
CLAIM = 104  # the spare entry from which typed claims are marked, by kind and standing
CLAIMS = ("date", "duration", "quantity", "price", "percent")
STANDINGS = ("supported", "contradicted", "unsupported", "puffery")


def said(copy: Copy, inspection: Inspection, codes: tuple[str, ...]) -> Grams:
    """Return the words, runs of letters and marks of `copy` that the linear model reads."""
    marks = [f"mark {mark}" for _, _, mark in (*_marks(inspection, codes), *_claimed(claims_of(copy)))]
    return grams(normalise(copy.text).text, [*marks, f"language {copy.language}"])


class Encoded(NamedTuple):
    """One window: token ids, segment ids, and for each caption token its stretch of the text, else (0, 0)."""

    ids: list[int]
    segments: list[int]
    places: list[tuple[int, int]]


def encode(tokenizer: Any, copy: Copy, inspection: Inspection, codes: tuple[str, ...]) -> list[Encoded]:
    """Return the windows of `copy`, marked by `inspection`; one for most captions, none for an empty text."""
    plain = normalise(copy.text)
    read = tokenizer.encode(plain.text, add_special_tokens=False)
    starts, ends = plain.starts, plain.ends
    words = [
        (token, (starts[a], ends[b - 1])) for token, (a, b) in zip(read.ids, read.offsets, strict=True) if a < b
    ]
    told = _told(tokenizer, copy)
    marks = sorted(_marks(inspection, codes) | _claimed(claims_of(copy)), key=lambda mark: (mark[1], mark[2]))
    return [_window(copy, part, told, marks) for part in _parts(words, copy.text)]


def _parts(words: list[tuple[int, tuple[int, int]]], text: str) -> Iterable[list[tuple[int, tuple[int, int]]]]:
    """Cut after `WINDOW` tokens, at the last sentence end or line break in the second half of a window."""
    start = 0
    while start < len(words):
        end = min(start + WINDOW, len(words))
        if end < len(words):
            ends = [n for n in range(start + WINDOW // 2, end) if text[words[n][1][1] - 1] in ".!?\n…"]
            end = ends[-1] + 1 if ends else end
        yield words[start:end]
        start = end


def _told(tokenizer: Any, copy: Copy) -> list[tuple[int, ...]]:
    known = Selfsame(tokenizer)
    return [_ids(known, _best_wording(statements(fact, copy), copy.language)) for fact in copy.facts]


@lru_cache(maxsize=1024)
def _ids(tokenizer: Selfsame[Any], text: str) -> tuple[int, ...]:
    """Return the tokens of a fact's words, which many captions of a campaign share."""
    return tuple(tokenizer.thing.encode(normalise(text).text, add_special_tokens=False).ids)


def _best_wording(told: tuple[tuple[str, str], ...], language: str) -> str:
    return next((text for text, spoken in told if spoken == language), told[0][0])


def _marks(inspection: Inspection, codes: tuple[str, ...]) -> set[tuple[int, int, int]]:
    """Return (start, end, id) of each mark that says what a rule found or what a fact supports."""
    told: tuple[Finding | Support, ...] = (*inspection.findings, *inspection.supports)
    return {
        (one.start, one.end, MARK + codes.index(one.rule) * len(KINDS) + KINDS.index(_kind(one)))
        for one in told
        if one.rule in codes
    }


def _claimed(claims: tuple[Claim, ...]) -> set[tuple[int, int, int]]:
    return {
        (one.start, one.end, CLAIM + CLAIMS.index(one.kind) * len(STANDINGS) + STANDINGS.index(one.standing))
        for one in claims
        if one.kind in CLAIMS
    }


def _kind(one: Finding | Support) -> str:
    if isinstance(one, Support):
        return "supported"
    return "contradicted" if any(evidence.kind == "contradicted" for evidence in one.evidence) else "flagged"


def _window(
    copy: Copy,
    words: list[tuple[int, tuple[int, int]]],
    told: list[tuple[int, ...]],
    marks: list[tuple[int, int, int]],
) -> Encoded:
    ids, places = [CLS, LANGUAGES.get(copy.language, LANGUAGES["en"])], [(0, 0), (0, 0)]
    for known, sign in ((copy.sponsored, SPONSORED), (copy.asset in ASSETS, ASSETS.get(copy.asset, 0))):
        if known:
            ids.append(sign)
            places.append((0, 0))
    pending = [mark for mark in marks if words[0][1][0] < mark[1] and mark[0] < words[-1][1][1]]
    for token, (start, end) in words:
        while pending and pending[0][1] <= start:
            ids.append(pending.pop(0)[2])
            places.append((0, 0))
        ids.append(token)
        places.append((start, end))
    tail = [mark[2] for mark in pending] + [SEP]
    spoken = {token for token, _ in words}
    facts = [t for f in sorted(told, key=lambda fact: -len(spoken.intersection(fact))) for t in (*f, SEP)][:FACTS]
    head = len(ids) + len(tail)
    return Encoded(
        [*ids, *tail, *facts],
        [0] * head + [1] * len(facts),
        places + [(0, 0)] * (len(tail) + len(facts)),
    )
