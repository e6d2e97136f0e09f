"""A YAML or JSON file as plain values, each with its line: strict, bounded, and never a traceback."""

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from aboveboard.errors import AboveboardError

LARGEST = 1_000_000  # bytes
DEEPEST = 24  # levels of nesting

Where = tuple[str | int, ...]  # keys and places from the root to a value

# What a reader can't see but a program obeys: controls, direction overrides, invisible and tag characters.
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a]+\U000e007f")  # the flags of England, Scotland and Wales
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u200b\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\U000e0000-\U000e01ef]"
)
_PAIR = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\.", re.IGNORECASE)

Stop = Callable[[int, str], AboveboardError]


@dataclass(frozen=True)
class Problem:
    """Something wrong at a line (from 1) of a document."""

    line: int
    says: str


@dataclass(frozen=True)
class Document:
    """The values of one file, the line each begins at, and what was wrong that didn't stop the reading."""

    name: str
    value: dict[str, Any]
    lines: dict[Where, int]
    problems: tuple[Problem, ...]

    def line(self, where: Where) -> int:
        """Return the line of the value at `where`, or of the nearest thing that holds it."""
        while where not in self.lines and where:
            where = where[:-1]
        return self.lines.get(where, 1)

    def problem(self, where: Where, says: str) -> Problem:
        """Return what `says` is wrong with the value at `where`, at its line and by its name."""
        return Problem(self.line(where), f"{spoken(where)} {says}")

    def told(self, problems: list[Problem]) -> list[str]:
        """Return `problems` as `file:line: …`, in order of line, each once."""
        ordered = sorted(problems, key=lambda problem: problem.line)
        return list(dict.fromkeys(f"{self.name}:{problem.line}: {problem.says}" for problem in ordered))


class _Core(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML 1.2's core schema: `no` is a word, `21:00` is a text, and a date stays as it was written."""

    yaml_implicit_resolvers: dict[str, Any] = {}


for _tag, _pattern in (
    ("null", r"~|null|Null|NULL|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9]+"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"),
):
    _Core.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), None)


def spoken(where: Where) -> str:
    """Return where a value is, as people say it: `schedule.starts`, `facts #2 statement` (the second fact)."""
    text = "".join(f" #{part + 1} " if isinstance(part, int) else f".{part}" for part in where)
    return text.replace(" .", " ").strip(" .") or "the file"


def read_document(path: Path, error: type[AboveboardError], listed: str | None = None) -> Document:
    """Read `path` as YAML, or as JSON where its name ends in .json or it begins with a brace.

    `listed` is the key that a bare list is taken to stand under; None refuses a list.

    Raises:
        AboveboardError: Of the type `error`: there is no such file, it is too large or too deep, not UTF-8, not
            one mapping, or uses what a plain document doesn't need (anchors, aliases, tags).
    """
    text = _text(path, error)
    stop = _stopper(str(path), error)
    if path.suffix.lower() == ".json":
        _check_json(text, stop)
    if text.lstrip().startswith(("{", "[")):
        text = _plain_json(text)
    unseen = list(_unseen_lines(text))
    if unseen:
        raise error([f"{path}:{problem.line}: {problem.says}" for problem in unseen])
    root = _root(text, stop, listed)
    reader = _Reader()
    value = reader.mapping(root, ())
    return Document(str(path), value, reader.lines, tuple(reader.problems))


def _text(path: Path, error: type[AboveboardError]) -> str:
    if path.is_dir():
        raise error(f"{path} is a folder. Name the file in it that you mean.")
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as reason:
        why = getattr(reason, "strerror", None) or "its name can't be opened"
        raise error(f"{path} can't be read: {why}. Check the path.") from None
    if len(raw) > LARGEST:
        raise error(f"{path} is larger than {LARGEST // 1_000_000} MB. A few kilobytes do; shorten it.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as reason:
        line = raw.count(b"\n", 0, reason.start) + 1
        raise error(f"{path}:{line}: not UTF-8 text. Save the file as UTF-8.") from None


def _stopper(name: str, error: type[AboveboardError]) -> Stop:
    def stop(line: int, says: str) -> AboveboardError:
        return error(f"{name}:{line}: {says}")

    return stop


def _check_json(text: str, stop: Stop) -> None:
    try:
        json.loads(text)
    except json.JSONDecodeError as reason:
        raise stop(reason.lineno, f"not JSON: {reason.msg} at column {reason.colno}. Mend it there.") from None
    except (RecursionError, ValueError):
        raise stop(1, "not JSON that can be read: too deep, or a number too long. Make it plainer.") from None


def _plain_json(text: str) -> str:
    """Return JSON as YAML reads it too: a tab is only ever a space, and a pair of escapes one character."""
    return _PAIR.sub(_paired, text.replace("\t", " "))


def _paired(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0]
    return bytes.fromhex(found[1] + found[2]).decode("utf-16-be")


def _unseen_lines(text: str) -> Iterator[Problem]:
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        said = unseen(line)
        if said:
            yield Problem(number, said)


def unseen(text: str) -> str | None:
    """Return what is wrong with `text` if it holds characters that a reader can't see, else None."""
    found = _UNSEEN.search(_FLAG.sub("", text))
    if not found:
        return None
    code = f"U+{ord(found[0]):04X}"
    return f"an invisible control character ({code}), which could hide or reorder words. Delete it."


def _root(text: str, stop: Stop, listed: str | None = None) -> yaml.MappingNode:
    try:
        _refuse_tricks(text, stop)
        root = yaml.compose(text, _Core)
    except yaml.MarkedYAMLError as reason:
        mark = reason.problem_mark or reason.context_mark
        line = mark.line + 1 if mark else 1
        raise stop(line, f"not YAML: {reason.problem or reason.context}. Check indentation and quotes.") from None
    except (yaml.YAMLError, RecursionError):
        raise stop(1, "not YAML that can be read. Check the file.") from None
    if root is None:
        raise stop(1, "the file is empty. Start from one of the examples in briefs/.")
    if listed and isinstance(root, yaml.SequenceNode):
        key = yaml.ScalarNode("tag:yaml.org,2002:str", listed, root.start_mark, root.start_mark)
        return yaml.MappingNode("tag:yaml.org,2002:map", [(key, root)], root.start_mark, root.end_mark)
    if not isinstance(root, yaml.MappingNode):
        raise stop(root.start_mark.line + 1, "wants `key: value` lines, not a list or a single text.")
    return root


def _refuse_tricks(text: str, stop: Stop) -> None:
    """Refuse what could grow or execute, while reading only events: nothing has been built yet."""
    depth = documents = 0
    for event in yaml.parse(text, _Core):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if getattr(event, "anchor", None):
            raise stop(line, "anchors and aliases (&name, *name) aren't read. Write the value out in full.")
        tag = getattr(event, "tag", None)
        if tag:
            raise stop(line, f"tags ({tag}) aren't read. Remove it and write the plain value.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > DEEPEST:
            raise stop(line, f"nested deeper than {DEEPEST} levels. Nothing here needs that; flatten it.")
        if documents > 1:
            raise stop(line, "a second document (---) begins here. Keep one to a file.")


class _Reader:
    """Turns nodes into values, noting the line of each and whatever is wrong with it."""

    def __init__(self) -> None:
        self.lines: dict[Where, int] = {(): 1}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, where: Where) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, where)
        if isinstance(node, yaml.SequenceNode):
            for place, item in enumerate(node.value):
                self.lines[(*where, place)] = item.start_mark.line + 1
            return [self.value(item, (*where, place)) for place, item in enumerate(node.value)]
        return self.scalar(node)

    def mapping(self, node: yaml.MappingNode, where: Where) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(line, "a key must be a word. Write `key: value`."))
                continue
            key = self.words(key_node)
            if key in values:
                first = self.lines[(*where, key)]
                says = f'"{key}" is given twice, first on line {first}. Keep one of them.'
                self.problems.append(Problem(line, says))
                continue
            self.lines[(*where, key)] = line
            values[key] = self.value(value_node, (*where, key))
        return values

    def scalar(self, node: yaml.Node) -> Any:
        kind = node.tag.rpartition(":")[2]
        if kind == "str":
            return self.words(node)
        if kind in ("int", "float"):
            return self.number(node, kind)
        return {"null": None, "bool": node.value.lower() == "true"}[kind]

    def number(self, node: yaml.Node, kind: str) -> int | float:
        number = float(node.value)
        if not math.isfinite(number) or len(node.value) > 18:
            self.problems.append(Problem(node.start_mark.line + 1, "too long for a number. Shorten it."))
            return 0
        return int(node.value) if kind == "int" else number

    def words(self, node: yaml.Node) -> str:
        """Return the text with its white space folded, so that no line break in it can pose as structure."""
        text = re.sub(r"[ \t\r\n]+", " ", str(node.value))
        wrong = unseen(text)
        if wrong:
            self.problems.append(Problem(node.start_mark.line + 1, wrong))
        return text
