"""A post in pieces: which words a finding quotes, which a fact supports, which are a link or a hashtag."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Literal

import regex
from pydantic import BaseModel, ConfigDict

from aboveboard.finding import Inspection

Weight = Literal["", "pass", "note", "review", "block"]
Kind = Literal["", "link", "tag"]
_WEIGHTS: tuple[Weight, ...] = ("", "pass", "note", "review", "block")
_TAG = regex.compile(r"(?<![\w&/])#\w+")
_LINK = r"https?://[^\s<>\"]+"


class Piece(BaseModel):
    """A stretch of words, the weightiest thing said of it, and what it is."""

    model_config = ConfigDict(frozen=True)

    text: str
    weight: Weight = ""
    kind: Kind = ""


class _Span(BaseModel):
    start: int
    end: int
    weight: Weight = ""
    kind: Kind = ""


def pieces(text: str, inspection: Inspection, link: str = "") -> list[Piece]:
    """Return `text` cut where what is said of it changes; the pieces together are the text."""
    spans = [*_said(text, inspection), *_links(text, link)]
    cuts = sorted({0, len(text), *(cut for span in spans for cut in (span.start, span.end) if cut <= len(text))})
    return [_piece(text, start, end, spans) for start, end in pairwise(cuts)]


def _piece(text: str, start: int, end: int, spans: Iterable[_Span]) -> Piece:
    here = [span for span in spans if span.start <= start and end <= span.end]
    weight = max((span.weight for span in here), key=_WEIGHTS.index, default="")
    kind = max((span.kind for span in here), default="")
    return Piece(text=text[start:end], weight=weight, kind=kind)


def _said(text: str, inspection: Inspection) -> Iterator[_Span]:
    """Yield what is said of some of the words; what is said of the whole text marks none of them."""
    for support in inspection.supports:
        if support.asset == "caption":
            yield _Span(start=support.start, end=support.end, weight="pass")
    for finding in inspection.findings:
        if finding.asset == "caption" and finding.end - finding.start < len(text):
            yield _Span(start=finding.start, end=finding.end, weight=finding.severity.value)


def _links(text: str, link: str) -> Iterator[_Span]:
    bare = link.removeprefix("https://")
    shown = regex.compile(f"{_LINK}|{regex.escape(bare)}" if bare else _LINK)
    for found in shown.finditer(text):
        yield _Span(start=found.start(), end=found.end(), kind="link")
    for found in _TAG.finditer(text):
        yield _Span(start=found.start(), end=found.end(), kind="tag")
