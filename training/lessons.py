"""What the classifier learns from: the corpus with its underlined words, and two public sets as a side dish.

ec-darkpattern (Yada et al. 2022, Apache-2.0) teaches shop urgency, scarcity and social proof; news headlines
(Chakraborty et al. 2016, MIT) teach what is no marketing at all. Both lie beside the project and are never copied
into it. Without them training goes on, and says so.
"""

import csv
import random
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from aboveboard.encoding import Encoded, encode
from aboveboard.finding import Copy, Inspection
from aboveboard.guarding import run_rules
from aboveboard.policy import Policy
from training.corpus import ANY, CODES, UNPROVEN, Caption
from training.reader import Lesson

PUBLIC = Path(__file__).parents[2] / "shared" / "data"
UNMARKED = 0.2  # share of captions shown without the rules' marks, so that words are learned too
LEARNED = (*CODES, UNPROVEN, ANY)
SHOP_CODES = {"Urgency": "false-urgency", "Scarcity": "false-scarcity", "Social Proof": "fake-social-proof"}
SHOP_TEXTS, HEADLINES = 500, 500
HELD_BACK = "456789abcdef"  # headlines whose digest begins so are for the benchmark
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def corpus_lessons(tokenizer: Any, marked: list[tuple[Caption, Inspection]]) -> list[Lesson]:
    """Return a lesson for each window of each caption, a fifth of the captions without the rules' marks."""
    lessons = []
    for caption, inspection in marked:
        seen = Inspection() if random.random() < UNMARKED else inspection
        lessons += [_lesson(caption, window) for window in encode(tokenizer, caption.copy_, seen, CODES)]
    return lessons


def _lesson(caption: Caption, window: Encoded) -> Lesson:
    underlined = [(label.start, label.end, label.code) for label in caption.labels]
    underlined += [(label.start, label.end, ANY) for label in caption.labels]
    underlined += [(one.start, one.end, UNPROVEN) for one in caption.claims if one.standing != "supported"]
    words = tuple(
        (token, LEARNED.index(code))
        for first, last, code in underlined
        for token, (start, end) in enumerate(window.places)
        if start < end and start < last and first < end
    )
    met = {code for _, code in words}
    twin = (caption.pair, bool(caption.labels)) if caption.pair else None
    return Lesson(window, tuple(float(code in met) for code in range(len(LEARNED))), words, twin)


def mark(policy: Policy, captions: tuple[Caption, ...]) -> list[tuple[Caption, Inspection]]:
    """Return each caption with what the rules say of it."""
    return [(caption, run_rules(policy, caption.copy_)) for caption in captions]


def public_lessons(tokenizer: Any, policy: Policy) -> list[Lesson]:
    """Return lessons from the public sets; none where they aren't there."""
    return [*_shop_lessons(tokenizer, policy), *_news_lessons(tokenizer, policy)]


def _shop_lessons(tokenizer: Any, policy: Policy) -> list[Lesson]:
    path = PUBLIC / "ec-darkpattern" / "dataset.tsv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = {row["text"].lower(): row for row in csv.DictReader(file, delimiter="\t")}
    chosen = random.Random(0).sample(sorted(rows), SHOP_TEXTS)
    lessons = []
    for text in chosen:
        category = rows[text]["Pattern Category"]
        code = SHOP_CODES.get(category)
        if code is None and category != "Not Dark Pattern":
            continue
        known = {name: float(name == code) for name in SHOP_CODES.values()} if code is None else {code: 1.0}
        lessons += _bare(tokenizer, policy, rows[text]["text"], known)
    return lessons


def _news_lessons(tokenizer: Any, policy: Policy) -> list[Lesson]:
    path = PUBLIC / "clickbait" / "non_clickbait_data"
    if not path.is_file():
        return []
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    ours = [line for line in lines if not held_back(line)]
    nothing = dict.fromkeys((*CODES, ANY), 0.0)
    return [
        lesson
        for line in random.Random(0).sample(ours, HEADLINES)
        for lesson in _bare(tokenizer, policy, line, nothing)
    ]


def held_back(headline: str) -> bool:
    """Whether a headline is kept for the benchmark."""
    return sha256(headline.encode()).hexdigest()[0] in HELD_BACK


def _bare(tokenizer: Any, policy: Policy, text: str, known: dict[str, float]) -> list[Lesson]:
    copy = Copy(text=text, at=NOON)
    codes = tuple(known.get(code) for code in LEARNED)
    return [Lesson(window, codes, None) for window in encode(tokenizer, copy, run_rules(policy, copy), CODES)]
