"""The guard for what no single phrase shows: a small sentence model reads caption, facts and the rules' marks at once.

It answers for every code at once, after the rules, and adds to what they found; it never answers alone for what is
certain (labels, personal data) and never blocks. Its weights ship with the package; `docs/guard-model.md` is its
card, and `make guard-model` makes it again. Words are shown as evidence by the model's own word scores, which were
trained on the words that readers of the corpus underlined.
"""

from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from aboveboard.encoding import Encoded, encode
from aboveboard.finding import Copy, Evidence, Finding, Inspection, Severity
from aboveboard.guarding import found, merged
from aboveboard.policy import Policy

FOLDER = files("aboveboard") / "weights" / "guard"
LAYER = "classifier"
WORD_DROP = 2.0  # log-odds: a word this much weaker than the strongest no longer belongs to the quote
GAP = 3  # words under that between two that belong are taken along


class Card(BaseModel):
    """What the weights are and how their scores are to be read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    codes: tuple[str, ...]
    scale: dict[str, float]  # Platt's calibration on the dev split: probability = sigmoid(scale * score + shift)
    shift: dict[str, float]
    flags_from: dict[str, float]  # probability from which a code is a finding
    also_from: dict[str, float]  # the same for further codes of a caption that is flagged anyway
    doubts_from: dict[str, float]  # probability from which a critic, where there is one, is asked
    innocent_below: dict[str, float]  # probability under which a cue that no fact contradicts is only noted
    weights: str  # sha256 of reader.onnx


class Reading(NamedTuple):
    """What the model says of one code, and the stretch of text that weighs most in it."""

    code: str
    probability: float
    start: int
    end: int


def reread(policy: Policy, copy: Copy, inspection: Inspection, margin: float = 0.0) -> Inspection:
    """Return `inspection` with what the model adds: evidence to a rule's own findings, else findings of its own.

    A claim that the facts support is left alone by the rule that they support it under, and a cue that the whole
    makes innocent is only noted. `margin` is added to the probabilities that flag: another machine may round apart.
    """
    told = {reading.code: reading for reading in readings(copy, inspection)}
    findings = [_noted(one, told.get(one.rule)) for one in inspection.findings]
    flagged = any(one.severity is not Severity.NOTE for one in findings)
    flagged = flagged or any(_flags(one, inspection, the_card().flags_from, margin) for one in told.values())
    lowest = the_card().also_from if flagged else the_card().flags_from
    for reading in told.values():
        rule = policy.rule(reading.code)
        if rule is not None and _flags(reading, inspection, lowest, margin):
            finding = found(rule, copy, reading.start, reading.end, [_evidence(reading, copy)])
            mild = min(finding.severity, Severity.REVIEW, key=lambda severity: severity.rank)
            findings = _joined(findings, finding.model_copy(update={"layer": LAYER, "severity": mild}))
    return inspection.model_copy(update={"findings": merged(findings)})


def _flags(reading: Reading, inspection: Inspection, lowest: dict[str, float], margin: float) -> bool:
    return reading.probability >= lowest[reading.code] + margin and not _supported(reading, inspection)


def _noted(finding: Finding, reading: Reading | None) -> Finding:
    """Return `finding`, as a note where all it rests on is a cue and the whole caption reads as innocent."""
    if reading is None or reading.probability >= the_card().innocent_below[reading.code]:
        return finding
    if any(evidence.kind not in ("cue", "unsupported") for evidence in finding.evidence):
        return finding
    says = f"the caption as a whole doesn't read so (probability {reading.probability:.2f}), so it is only noted"
    evidence = (*finding.evidence, Evidence(kind="reading", says=says))
    return finding.model_copy(update={"severity": Severity.NOTE, "evidence": evidence})


def readings(copy: Copy, inspection: Inspection) -> tuple[Reading, ...]:
    """Return what the model says of each code, in the card's order; nothing of an empty text."""
    card, best = the_card(), {}
    for window, whole, words in _scores(copy, inspection):
        for place, code in enumerate(card.codes):
            score = float(whole[place])  # what was learned beside the codes comes after them
            if code not in best or score > best[code][0]:
                best[code] = (score, window, words[:, place])
    return tuple(
        Reading(code, _probability(card, code, score), *stretch(window, words))
        for code, (score, window, words) in best.items()
    )


def stretch(window: Encoded, words: Any) -> tuple[int, int]:
    """Return the stretch of text around the strongest word: as far as words stay near it, small gaps bridged."""
    spoken = [place for place, (start, end) in enumerate(window.places) if start < end]
    top = max(spoken, key=lambda place: words[place])
    strong = [place for place in spoken if words[place] >= words[top] - WORD_DROP]
    at = strong.index(top)
    first = last = at
    while first > 0 and strong[first] - strong[first - 1] <= GAP:
        first -= 1
    while last < len(strong) - 1 and strong[last + 1] - strong[last] <= GAP:
        last += 1
    return window.places[strong[first]][0], window.places[strong[last]][1]


def _scores(copy: Copy, inspection: Inspection) -> Iterator[tuple[Encoded, Any, Any]]:
    import numpy as np

    session, tokenizer = _model()
    for window in encode(tokenizer, copy, inspection, the_card().codes):
        ids = np.array([window.ids], dtype=np.int64)
        fed = {"ids": ids, "segments": np.array([window.segments], dtype=np.int64), "mask": np.ones_like(ids)}
        whole, words = session.run(None, fed)
        yield window, whole[0], words[0]


def _probability(card: Card, code: str, score: float) -> float:
    from math import exp

    return round(1 / (1 + exp(-(card.scale[code] * score + card.shift[code]))), 3)


def _supported(reading: Reading, inspection: Inspection) -> bool:
    return any(
        one.rule == reading.code and one.start < reading.end and reading.start < one.end
        for one in inspection.supports
    )


def _evidence(reading: Reading, copy: Copy) -> Evidence:
    quote = copy.text[reading.start : reading.end]
    says = f"the caption as a whole reads so (probability {reading.probability:.2f}); '{quote}' weighs most"
    return Evidence(kind="reading", says=says)


def _joined(findings: list[Finding], new: Finding) -> list[Finding]:
    """Return `findings` with `new`, or with its evidence where its rule has found something there already."""
    for place, old in enumerate(findings):
        if old.rule == new.rule and old.severity is not Severity.NOTE:
            told = old.model_copy(update={"evidence": old.evidence + new.evidence})
            return [*findings[:place], told, *findings[place + 1 :]]
    return [*findings, new]


def weights() -> str | None:
    """Return the digest of the weights that ship with the package; None where it was built without them."""
    return the_card().weights if (FOLDER / "card.json").is_file() else None


@lru_cache(maxsize=1)
def the_card() -> Card:
    """Return the card of the weights that ship with the package."""
    return Card.model_validate_json((FOLDER / "card.json").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _model() -> tuple[Any, Any]:
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a caption is small: threads only wait
    network = (FOLDER / "reader.onnx").read_bytes()
    if sha256(network).hexdigest() != the_card().weights:
        raise ValueError("the classifier's weights aren't those that its card names; reinstall aboveboard")
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_str((FOLDER / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return session, tokenizer
