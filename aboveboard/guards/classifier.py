"""The guard for what no single phrase shows: two small models read caption, facts and the rules' marks as a whole.

A sentence network and a linear model over words say together how likely it is that a caption has any code, and
which. They answer after the rules and add to what those found; a cue alone, in a caption that as a whole reads as
innocent, is only noted. They never block, and say nothing about what other guards know for certain. The words
shown are those that the network's own word scores point at, which were trained on what readers underlined.

The weights ship with the package: docs/guard-model.md is their card, `make guard-model` makes them again.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from heapq import nlargest
from importlib.resources import files
from itertools import accumulate, combinations
from math import exp
from textwrap import shorten
from threading import Lock
from typing import Any, Literal, NamedTuple

from aboveboard.blending import Card, chance_of, chance_of_any
from aboveboard.encoding import Encoded, encode, said
from aboveboard.finding import Copy, Evidence, Finding, Inspection, Severity
from aboveboard.guarding import found, merged
from aboveboard.ngrams import Linear, Weights
from aboveboard.policy import Policy

LAYER = "classifier"
Standing = Literal["certain", "contested", "soft"]
FOLDER = files("aboveboard") / "weights" / "guard"
WEIGHTS = ("reader.onnx", "linear.npz", "tokenizer.json")
POINTED = 4  # the likeliest codes, for which words are pointed at; the others are never named
STRONGEST = -1.0  # log-odds that the strongest word belongs to the quote; the others in proportion, chosen on dev
NEARLY = 1.0  # log-odds: a word elsewhere that is this near to the strongest is pointed at too
TRAILING = " .!?…,;:\n"
CLAUSE = re.compile(r"[.!?…;:]\s|[\n()\"“”«»]|\s[-–—]\s|[\U0001f300-\U0001faff\u2600-\u27bf]")


class Reading(NamedTuple):
    """What the models say of one code, and the stretch that weighs most in it; the whole text where unlikely."""

    code: str
    probability: float
    start: int
    end: int
    also: tuple[tuple[int, int], ...] = ()  # another stretch that weighs nearly as much


class Readings(NamedTuple):
    """What the models say of one copy: how likely it has any code, and each code by its probability."""

    probability: float
    codes: tuple[Reading, ...]


class Scores(NamedTuple):
    """What both models give: a score for each code and, last, for any; and where the network found its own."""

    network: list[float]
    linear: list[float]
    # for each code the window it scored best in, and the scores of the words there
    places: list[tuple[Encoded, Sequence[float]]]

    def of(self, place: int) -> tuple[float, float]:
        """Return what network and linear model give the code at `place`."""
        return self.network[place], self.linear[place]


def reread(policy: Policy, copy: Copy, inspection: Inspection, margin: float = 0.0) -> Inspection:
    """Return `inspection` with what the models add: evidence to a rule's own findings, else findings of their own.

    A claim that the facts support is left alone by the rule that they support it under. `margin` is added to the
    probabilities that decide: another machine may round apart.
    """
    card, told = the_card(), scores(copy, inspection)
    probability = _suspicion(told)
    findings = [_weighed(one, probability, card, margin) for one in inspection.findings]
    sure = probability >= card.flags_from + margin
    if sure or any(one.severity is not Severity.NOTE for one in findings):
        for reading in named(_readings(copy, told), inspection, sure=sure, margin=margin):
            rule = policy.rule(reading.code)
            if rule is not None:
                evidence = [_evidence(reading, probability, card, copy)]
                for place, (start, end) in enumerate(((reading.start, reading.end), *reading.also)):
                    finding = found(rule, copy, start, end, evidence)
                    mild = min(finding.severity, Severity.REVIEW, key=lambda severity: severity.rank)
                    finding = finding.model_copy(update={"layer": LAYER, "severity": mild})
                    findings = _added(findings, finding) if place else _joined(findings, finding)
    return inspection.model_copy(update={"findings": merged(findings)})


def named(told: Readings, inspection: Inspection, *, sure: bool, margin: float = 0.0) -> list[Reading]:
    """Return the codes that are likely enough to be named; where the whole is `sure`, the likeliest at least."""
    card = the_card()
    open_codes = [one for one in told.codes if one.code not in card.certain and not _supported(one, inspection)]
    likely = [one for one in open_codes if one.probability >= card.names_from + margin]
    if not likely and sure and open_codes:
        return [max(open_codes, key=lambda one: one.probability)]
    return likely


def standing(finding: Finding, certain: frozenset[str]) -> Standing:
    """Return how firmly `finding` stands against the whole of its caption.

    It is `soft` where all it rests on is a cue, or a claim no fact speaks of; `contested` where a fact contradicts
    it as the claims layer reads both, which errs, but less often; else `certain`.
    """
    if finding.rule in certain or finding.layer not in ("cues", "substantiation"):
        return "certain"
    kinds = {evidence.kind for evidence in finding.evidence}
    return "contested" if "contradicted" in kinds else "soft" if kinds <= {"cue", "unsupported"} else "certain"


def _weighed(finding: Finding, probability: float, card: Card, margin: float) -> Finding:
    """Return `finding`, as a note where the whole caption reads as innocent and outweighs what it rests on."""
    firmly = standing(finding, card.certain)
    limit = card.innocent_below if firmly == "soft" else card.overruled_below
    if firmly == "certain" or probability >= limit + margin:
        return finding
    says = (
        f"a small model reads the whole caption as innocent: {probability:.2f} that any pattern is there, "
        f"less than {limit:.2f}, so this is only noted"
    )
    evidence = (*finding.evidence, Evidence(kind="reading", says=says))
    return finding.model_copy(update={"severity": Severity.NOTE, "evidence": evidence})


def readings(copy: Copy, inspection: Inspection) -> Readings:
    """Return what the models say of `copy`, of which the rules said `inspection`; nothing of an empty text."""
    return _readings(copy, scores(copy, inspection))


def _suspicion(told: Scores | None) -> float:
    return round(chance_of_any(the_card(), told.network, told.linear), 3) if told else 0.0


def _readings(copy: Copy, told: Scores | None) -> Readings:
    card = the_card()
    if told is None:
        return Readings(0.0, ())
    chances = [chance_of(card, code, *told.of(place)) for place, code in enumerate(card.codes)]
    least = nlargest(POINTED, chances)[-1]
    codes = (
        Reading(
            code,
            round(chance, 3),
            *(_stretches(copy.text, *told.places[place]) if chance >= least else (0, len(copy.text))),
        )
        for place, (code, chance) in enumerate(zip(card.codes, chances, strict=True))
    )
    return Readings(_suspicion(told), tuple(codes))


def scores(copy: Copy, inspection: Inspection) -> Scores | None:
    """Return the models' raw scores of `copy`, the best of its windows; None where it has no word."""
    import numpy as np

    session, tokenizer, linear = _models()
    codes = the_card().codes
    seen = []
    for window in encode(tokenizer, copy, inspection, codes):
        whole, words = session.run(None, fed(window))
        seen.append((window, whole[0], words[0]))
    if not seen:
        return None
    table = np.stack([whole for _, whole, _ in seen])
    best = table.argmax(axis=0)
    columns = [(window, words.T.tolist()) for window, _, words in seen]  # plain numbers: few, and read one by one
    places = [(columns[best[place]][0], columns[best[place]][1][place]) for place in range(len(codes))]
    highest = table.max(axis=0)
    network = [*highest[: len(codes)].tolist(), float(highest[-1])]
    return Scores(network, linear.scores(said(copy, inspection, codes)).tolist(), places)


def fed(window: Encoded) -> dict[str, Any]:
    """Return one window as the network takes it."""
    import numpy as np

    ids = np.array([window.ids], dtype=np.int64)
    return {"ids": ids, "segments": np.array([window.segments], dtype=np.int64), "mask": np.ones_like(ids)}


def _stretches(text: str, window: Encoded, words: Sequence[float]) -> tuple[int, int, tuple[tuple[int, int], ...]]:
    """Return the stretch pointed at, and one more beside it where a word there scores nearly as high."""
    start, end = stretch(text, window, words)
    spoken = [place for place, (first, last) in enumerate(window.places) if first < last]
    sides = [
        [p for p in spoken if window.places[p][1] <= start],
        [p for p in spoken if window.places[p][0] >= end],
    ]
    top = max(words[place] for place in spoken)
    near = [(max(words[p] for p in side), side) for side in sides if side]
    strongest, side = max(near, default=(top - NEARLY - 1, []))
    if strongest < top - NEARLY:
        return start, end, ()
    kept = frozenset(side)
    there = window._replace(places=[at if p in kept else (0, 0) for p, at in enumerate(window.places)])
    return start, end, (stretch(text, there, words),)


def stretch(text: str, window: Encoded, words: Sequence[float]) -> tuple[int, int]:
    """Return the run of clauses that most likely is what a reader would underline.

    Each word's score says how likely it is underlined; of all runs from one clause edge to another, the one counts
    that shares most characters with those words for what both cover (the expected intersection over union).
    """
    spoken = [place for place, (start, end) in enumerate(window.places) if start < end]
    top = max(words[place] for place in spoken)
    chances = [1 / (1 + exp(min(top - words[place] - STRONGEST, 40.0))) for place in spoken]
    begins = [window.places[place][0] for place in spoken]
    last = window.places[spoken[-1]][1]
    lengths = [after - start for start, after in zip(begins, [*begins[1:], last], strict=True)]
    wanted = [0.0, *accumulate(chance * length for chance, length in zip(chances, lengths, strict=True))]
    edges = [0, *(n for n in range(1, len(spoken)) if CLAUSE.search(text, begins[n - 1], begins[n])), len(spoken)]
    ends = [*begins, last]

    def shared(run: tuple[int, int]) -> float:
        inside = wanted[run[1]] - wanted[run[0]]
        return inside / (ends[run[1]] - ends[run[0]] + wanted[-1] - inside)

    first, behind = max(combinations(edges, 2), key=shared)
    start, end = begins[first], window.places[spoken[behind - 1]][1]
    bare = text[start:end].rstrip(TRAILING)
    return (start, start + len(bare)) if bare else (start, end)


def _supported(reading: Reading, inspection: Inspection) -> bool:
    return any(
        one.rule == reading.code and one.start < reading.end and reading.start < one.end
        for one in inspection.supports
    )


def _evidence(reading: Reading, whole: float, card: Card, copy: Copy) -> Evidence:
    words = shorten(copy.text[reading.start : reading.end], 60, placeholder=" …") or "…"
    says = (
        f"a small model reads the whole caption so: {whole:.2f} that any pattern is there (it flags from "
        f"{card.flags_from:.2f}), {reading.probability:.2f} that it is {reading.code}; '{words}' weighs most"
    )
    return Evidence(kind="reading", says=says)


def _added(findings: list[Finding], new: Finding) -> list[Finding]:
    """Return `findings` with `new`, unless its rule has found something in that place."""
    met = any(one.rule == new.rule and one.start < new.end and new.start < one.end for one in findings)
    return findings if met else [*findings, new]


def _joined(findings: list[Finding], new: Finding) -> list[Finding]:
    """Return `findings` with `new`, or with its evidence where its rule has found something already.

    The words of a cue that lie within the clause that `new` points at give way to it.
    """
    for place, old in enumerate(findings):
        if old.rule == new.rule and old.severity is not Severity.NOTE:
            cue = new.start <= old.start and old.end <= new.end and {one.kind for one in old.evidence} == {"cue"}
            weight = {"evidence": old.evidence + new.evidence, "severity": old.severity, "layer": old.layer}
            told = (new if cue else old).model_copy(update=weight)
            return [*findings[:place], told, *findings[place + 1 :]]
    return [*findings, new]


def weights() -> str | None:
    """Return the digest of the weights that ship with the package; None where it was built without them."""
    card = FOLDER / "card.json"
    return str(json.loads(card.read_text(encoding="utf-8"))["weights"]) if card.is_file() else None


def examined() -> str | None:
    """Return what there is and that it opens, in words; None without weights. Raises what opening them raises."""
    if (named := weights()) is None:
        return None
    import onnxruntime

    _models()
    size = sum(len((FOLDER / name).read_bytes()) for name in WEIGHTS) / 1e6
    return f"weights {named[:12]}, {size:.0f} MB, opened by onnxruntime {onnxruntime.__version__}"


def digest_of(contents: list[bytes]) -> str:
    """Return one digest over the files of weights, in the order of `WEIGHTS`."""
    return sha256("".join(sha256(content).hexdigest() for content in contents).encode()).hexdigest()


@lru_cache(maxsize=1)
def the_card() -> Card:
    """Return the card of the weights that ship with the package."""
    return Card.model_validate_json((FOLDER / "card.json").read_text(encoding="utf-8"))


_OPENING = Lock()


def _models() -> tuple[Any, Any, Linear]:
    """Return network, tokenizer and linear model. Raises ValueError where they aren't those of the card."""
    with _OPENING:  # sixteen threads that come at once would open sixteen, for a gigabyte
        return _opened()


@lru_cache(maxsize=1)
def _opened() -> tuple[Any, Any, Linear]:
    contents = [(FOLDER / name).read_bytes() for name in WEIGHTS]
    if digest_of(contents) != the_card().weights:
        raise ValueError("the classifier's weights aren't those that its card names; reinstall aboveboard")
    network, table, words = contents
    return open_network(network), open_tokenizer(words.decode()), open_linear(table)


def open_network(weights: bytes) -> Any:
    """Return an ONNX session over `weights`, on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a caption is small: threads only wait
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def open_tokenizer(words: str) -> Any:
    """Return the tokenizer written in `words` (JSON), neither padding nor cutting."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(words)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def open_linear(table: bytes) -> Linear:
    """Return the linear model that `training.linear.close` has put into bytes."""
    from io import BytesIO

    import numpy as np

    with np.load(BytesIO(table), allow_pickle=False) as kept:
        words, runs = (
            Weights(
                {name: row for row, name in enumerate(bytes(kept[f"{kind}-names"]).decode().split("\n"))},
                kept[f"{kind}-rarity"],
                kept[f"{kind}-rows"],
            )
            for kind in ("words", "runs")
        )
        return Linear(words, runs, kept["bias"])
