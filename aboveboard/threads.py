"""Several posts judged as one: a label in the first speaks for all, and so does a proof in any. Pure."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

BETWEEN = "\n\n"


def joined(posts: Sequence[str]) -> str:
    """Return the thread as one text, in the order it is read."""
    return BETWEEN.join(posts)


def by_post(told: dict[str, Any], posts: Sequence[str]) -> dict[str, Any]:
    """Return a finding or support of the joined text with its place in its own post, counted from 0.

    What reaches over into the next post is told up to the end of the first.
    """
    starts = [0, *accumulate(len(post) + len(BETWEEN) for post in posts)][: len(posts)]
    post = max((n for n, start in enumerate(starts) if start <= told["start"]), default=0)
    start = min(told["start"] - starts[post], len(posts[post]))
    end = min(told["end"] - starts[post], len(posts[post]))
    return told | {"post": post, "start": start, "end": end, "quote": posts[post][start:end]}
