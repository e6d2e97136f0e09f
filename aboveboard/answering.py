"""JSON lines: one object in, one answer out, in the same order; a bad line answers with its error.

A line gives one `text`; or a `thread`, a list of posts judged as one, with places told by post; or a `cta`, the
texts of a pair of buttons, with places told in the `text` that comes back.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from aboveboard.checking import LARGEST, Circumstances, check, circumstances, lenient, report
from aboveboard.errors import BriefError
from aboveboard.guarding import Runner, run_direct
from aboveboard.policy import Policy
from aboveboard.threads import by_post, joined

Line = tuple[int, bytes]  # its number in the file, and what it holds
BUTTONS = " | "  # between the texts of two buttons
KNOWN = {"lang", "language", "default_language", "channel", "sponsored", "timezone", "at", "offers", "avoid"}


def lines_of(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file.

    Raises:
        BriefError: It can't be read.
    """
    try:
        with path.open("rb") as file:
            yield from lines_in(file)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name can't be opened"
        raise BriefError(f"{path}: can't be read ({why}). Give a file of JSON objects, one a line.") from None


def lines_in(file: IO[bytes]) -> Iterator[bytes]:
    """Yield each line as soon as it is there; of one that is too long, only so much that it shows."""
    while line := file.readline(LARGEST + 1):
        yield line
        while len(line) > LARGEST and not line.endswith(b"\n"):
            line = file.readline(LARGEST + 1)


def numbered(lines: Iterable[bytes]) -> Iterator[Line]:
    """Yield each line that isn't empty with its number, from 1."""
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip())


def answer(told: Line, base: dict[str, Any], policy: Policy, runner: Runner = run_direct) -> dict[str, Any]:
    """Judge the JSON object of one line.

    `base` is what holds for every line: the circumstances a brief gives. `runner` runs the guards.
    """
    number, line = told
    name: Any = number
    try:
        given = _object(line, number)
        name = given.get("id", number)
        return _judged(given, f"line {number}", base, policy, runner) | {"id": name}
    except BriefError as error:
        return {"id": name, "error": " ".join(error.problems)}


def unanswered(told: Line, why: str) -> dict[str, Any]:
    """Return the answer to a line that nobody could judge."""
    number, line = told
    try:
        return {"id": _object(line, number).get("id", number), "error": f"line {number}: {why}"}
    except BriefError as error:
        return {"id": number, "error": " ".join(error.problems)}


def _object(line: bytes, number: int) -> dict[str, Any]:
    if len(line) > LARGEST:
        raise BriefError(f"line {number}: longer than {LARGEST:,} bytes. Give one caption a line.")
    try:
        given = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BriefError(f"line {number}: not UTF-8 (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        raise BriefError(f"line {number}: not JSON ({error.msg} at column {error.colno}).") from None
    except (RecursionError, ValueError):
        raise BriefError(f"line {number}: not JSON that can be read: too deep, or a number too long.") from None
    if not isinstance(given, dict):
        raise BriefError(f'line {number}: not an object. Give one like {{"id": 1, "text": "…"}}.')
    return given


def _judged(
    given: dict[str, Any], where: str, base: dict[str, Any], policy: Policy, runner: Runner
) -> dict[str, Any]:
    around = _around(given, where, base)
    if "thread" in given:
        posts = _texts(given["thread"], "thread", where)
        told = report(check(where, joined(posts), around, policy, runner=runner))
        return told | {kind: [by_post(one, posts) for one in told[kind]] for kind in ("findings", "supports")}
    if "cta" in given:
        buttons = BUTTONS.join(_buttons(given["cta"], where))
        return report(check(where, buttons, around, policy, "cta", runner)) | {"text": buttons}
    text = given.get("text")
    if not isinstance(text, str):
        raise BriefError(f'{where}: no "text" in it. Give an object like {{"id": 1, "text": "…"}}.')
    return report(check(where, _in_whole_characters(text, where), around, policy, runner=runner))


def _texts(given: Any, name: str, where: str) -> list[str]:
    if not isinstance(given, list) or not given or not all(isinstance(one, str) for one in given):
        raise BriefError(f"{where}: {name}: a list of texts is wanted, in the order they are read.")
    return [_in_whole_characters(text, where) for text in given]


def _buttons(given: Any, where: str) -> list[str]:
    """Return the texts of a pair of buttons: a list, or one text with a line each or a bar between."""
    parts = re.split(r"\s*[\n|]\s*", given.strip()) if isinstance(given, str) else given
    return _texts(parts, "cta", where)


def _in_whole_characters(text: str, where: str) -> str:
    if not text.isprintable() and any("\ud800" <= char <= "\udfff" for char in text):
        raise BriefError(f"{where}: the text holds half a character (a lone surrogate). Write it in whole ones.")
    return text


def _around(given: dict[str, Any], where: str, base: dict[str, Any]) -> Circumstances:
    facts = given.get("facts") or []
    if not isinstance(facts, list):
        raise BriefError(f"{where}: facts: a list of facts is wanted, each with a statement.")
    known = {name: value for name, value in given.items() if name in KNOWN and value is not None}
    if "language" in known:
        known.setdefault("lang", known.pop("language"))
    return circumstances({**base, **known, "facts": [*base.get("facts", ()), *map(lenient, facts)]}, where)
