"""Render the templates of `prompts/` in a sandbox: what comes from a brief or a model enters as quoted data."""

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import regex
from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
    meta,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ConfigDict

from aboveboard.digests import digest
from aboveboard.errors import PromptError
from aboveboard.shelves import shelves

HEADER = re.compile(r"\A\{#(?P<fields>.*?)#\}", re.DOTALL)
FIELDS = frozenset({"id", "purpose", "inputs", "output", "temperature"})
UNSAFE = regex.compile(
    r"[[<>&\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]--[\u200d]]", regex.VERSION1
)  # U+200D joins emoji
SCENE_LENGTH = 300

_parsing = Lock()


class Header(BaseModel):
    """What a template says of itself in the comment it begins with."""

    model_config = ConfigDict(frozen=True)

    id: str
    purpose: str
    inputs: frozenset[str]
    output: str
    temperature: str


class Plain(str):
    """Words that go into a prompt as they are: our own, or cleaned until they can't be anything but words."""


def render(name: str, workspace: Path | None = None, /, **values: Any) -> str:
    """Return the prompt `name` filled with `values`, each as one line of quoted JSON unless it is a number.

    Raises:
        PromptError: The template is missing, malformed, or its inputs aren't exactly the values given.
    """
    wanted = header(name, workspace).inputs
    if wanted != values.keys():
        odd = ", ".join(sorted(wanted ^ values.keys()))
        raise PromptError(
            f"prompts/{name}.j2: it declares other inputs than it gets: {odd}. Mend its 'inputs' line."
        )
    try:
        return compiled(_environment(workspace), f"{name}.j2").render(values).strip() + "\n"
    except (TemplateError, OverflowError, TypeError) as error:
        raise PromptError(_mend(name, error)) from error


def compiled(environment: Environment, name: str) -> Template:
    """Return the template `name`, parsed by no two threads at once.

    CPython 3.11 counts how deep it is in a parse for all threads together, and raises SystemError where the count
    is off: https://github.com/python/cpython/issues/106905. Jinja has every literal of a template parsed.
    """
    with _parsing:
        return environment.get_template(name)


def header(name: str, workspace: Path | None = None) -> Header:
    """Return what the template `name` declares, after checking it against what the template does.

    Raises:
        PromptError: The header lacks a field, names another id, or leaves out a value the template uses.
    """
    return _header(name, template_text(name, workspace))


@lru_cache(maxsize=64)
def template_text(name: str, workspace: Path | None = None) -> str:
    """Return the source of the template `name`, the workspace's own before the shipped one. Read once."""
    environment = _environment(workspace)
    try:
        return environment.loader.get_source(environment, f"{name}.j2")[0]  # type: ignore[union-attr]
    except TemplateNotFound as error:
        raise PromptError(f"There is no prompt {name}.j2 in prompts/. Restore it from the package.") from error


def prompt_digest(names: Iterable[str], workspace: Path | None = None) -> str:
    """Return the digest of the templates `names`: it moves when a word of any of them does."""
    return digest({name: template_text(name, workspace) for name in sorted(names)})


def quoted(value: Any) -> Plain:
    r"""Return `value` as one line of JSON that can neither end the tag around it nor hide what it says.

    `<`, `>`, `&` and every control, bidirectional or line-separating character come out as `\uXXXX`.
    """
    return Plain(UNSAFE.sub(_escaped, json.dumps(value, ensure_ascii=False)))


def scenic(words: str) -> Plain:
    """Return `words` as a plain phrase for an image model: quotes would be painted, braces and lines obeyed."""
    kept = "".join(c if c.isalnum() or c in " ,-'’" else " " for c in unicodedata.normalize("NFC", words))
    return Plain(" ".join(kept.split())[:SCENE_LENGTH].strip())


def _escaped(found: regex.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def _finalize(value: Any) -> Any:
    if isinstance(value, Plain | int | float | Undefined) and not isinstance(value, bool):
        return value
    return quoted(value)


@lru_cache(maxsize=32)
def _environment(workspace: Path | None) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(shelves("prompts", workspace)),
        auto_reload=False,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(scenic=scenic, plain=Plain)
    return environment


@lru_cache(maxsize=64)
def _header(name: str, source: str) -> Header:
    found = HEADER.match(source)
    lines = [line for line in found["fields"].splitlines() if line.strip()] if found else []
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    if missing := FIELDS - fields.keys():
        raise PromptError(
            f"prompts/{name}.j2: its header lacks {', '.join(sorted(missing))}. Add them in {{# … #}}."
        )
    if fields["id"] != name:
        raise PromptError(f"prompts/{name}.j2: its header says id: {fields['id']}. It must be {name}.")
    inputs = frozenset(fields["inputs"].replace(",", " ").split())
    if undeclared := _used(name, source) - inputs:
        odd = ", ".join(sorted(undeclared))
        raise PromptError(f"prompts/{name}.j2: it uses {odd}, which its header doesn't declare. Add to 'inputs'.")
    return Header(**{**{key: fields[key] for key in FIELDS}, "inputs": inputs})


def _used(name: str, source: str) -> set[str]:
    try:
        with _parsing:
            return meta.find_undeclared_variables(_environment(None).parse(source))
    except TemplateError as error:
        raise PromptError(_mend(name, error)) from error


def _mend(name: str, error: Exception) -> str:
    line = f":{error.lineno}" if isinstance(error, TemplateSyntaxError) else ""
    return f"prompts/{name}.j2{line}: {str(error).rstrip('.')}. Correct the template."
