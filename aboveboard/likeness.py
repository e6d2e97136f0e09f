"""How alike two texts are: shared runs of words, openings and shapes. Pure, in any script that parts its words."""

import difflib
import re

from aboveboard.normal import fold, sentences

WORD = re.compile(r"\w+(?:['’]\w+)*")
MARKS = {"?": "?", "!": "!"}


def words(text: str) -> list[str]:
    """Return the words of `text`, folded, so that case, quotes and dashes make no difference."""
    return [fold(match.group()) for match in WORD.finditer(text)]


def shingles(text: str, size: int = 3) -> frozenset[tuple[str, ...]]:
    """Return every run of `size` words in `text`; a shorter text is one run.

    Source: Broder, "On the resemblance and containment of documents" (1997).
    """
    said = words(text)
    if len(said) <= size:
        return frozenset([tuple(said)] if said else [])
    return frozenset(tuple(said[i : i + size]) for i in range(len(said) - size + 1))


def resemblance(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """Return the Jaccard similarity of two sets of shingles, from 0 (nothing shared) to 1 (the same)."""
    union = len(one | other)
    return len(one & other) / union if union else 0.0


def shared_run(earlier: str, later: str) -> tuple[int, int]:
    """Return where in `later` the longest run of words stands that `earlier` has as well; (0, 0) if none does."""
    places = [match.span() for match in WORD.finditer(later)]
    matcher = difflib.SequenceMatcher(None, words(earlier), words(later), autojunk=False)
    run = matcher.find_longest_match()
    if not run.size:
        return 0, 0
    return places[run.b][0], places[run.b + run.size - 1][1]


def opening(text: str, size: int) -> tuple[str, ...]:
    """Return the first `size` words of `text`, folded."""
    return tuple(words(text)[:size])


def first_sentence(text: str) -> tuple[str, ...]:
    """Return the words of the opening sentence, folded."""
    start, end = sentences(text)[0]
    return tuple(words(text[start:end]))


def shape(text: str) -> str:
    """Return how the sentences of `text` end, one mark each: "?.!" asks, states, exclaims."""
    said = [text[start:end].rstrip(" \n\"'»”’)") for start, end in sentences(text)]
    return "".join(MARKS.get(sentence[-1:], ".") for sentence in said if sentence)


def said_statements(text: str, statements: dict[str, str], least: float) -> frozenset[str]:
    """Return the keys of the `statements` that `text` repeats: at least the share `least` of their content words.

    Words claimed by the best match count for no other: of two sentences that differ in a date, one is said.
    """
    left = set(words(text))
    contents = {key: _content(statement) for key, statement in statements.items()}
    said: set[str] = set()
    while contents:
        best = max(contents, key=lambda key: (_share(contents[key], left), key))
        content = contents.pop(best)
        if _share(content, left) < least:
            break
        said.add(best)
        left -= content
    return frozenset(said)


def _content(statement: str) -> set[str]:
    # Short words are mostly articles and prepositions, in every language we write; digits always tell.
    return {word for word in words(statement) if len(word) > 3 or any(map(str.isdigit, word))}


def _share(content: set[str], said: set[str]) -> float:
    return len(content & said) / len(content) if content else 0.0
