"""What pydantic found wrong with a document, said in plain words at the right line, with what would be right."""

import difflib
import types
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from aboveboard import brief
from aboveboard.documents import Document, Where

_PATTERNS = {
    brief.SLUG: "a-z, 0-9 and single hyphens, such as spring-refill",
    r"^[a-z]{2}$": "a language code of two small letters, such as en",
    r"^[A-Z]{2}$": "a country code of two capitals, such as GB",
    r"^[A-Z]{3}$": "a currency code of three capitals, such as EUR",
    r"^#[0-9a-fA-F]{6}$": 'a colour such as "#10303B", in quotes',
    r"^https://[^\s<>\"]+$": "a link that begins with https://",
    r"^\w{1,60}$": "letters and digits only, without the #",
}
_DATE = "a date such as 2027-04-11, or a time with its offset such as 2027-04-11T18:00:00+02:00"
_KINDS = {
    "string_type": "words",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number such as 40",
    "int_parsing": "a whole number such as 40",
    "int_from_float": "a whole number such as 40",
    "int_parsing_size": "a smaller whole number",
    "float_type": "a number such as 18.50",
    "float_parsing": "a number such as 18.50",
    "tuple_type": "a list, each item on a line after a hyphen",
    "dict_type": "`key: value` lines",
    "model_type": "`key: value` lines",
    "time_type": 'a time of day such as "09:00"',
    "time_parsing": 'a time of day such as "09:00"',
    "date_type": _DATE,
    "datetime_type": _DATE,
    "timezone_aware": _DATE,
}
_BASIS = (
    "Choose contextual (whoever meets the topic) or consented-first-party (people who asked the brand to write): "
    "Aboveboard plans nothing on profiles of people who didn't agree."
)


MOST = 200  # mistakes told of one file: more helps nobody, and a hostile file could bring a million

Wrong = tuple[Where, str]  # a place in a document, and what is wrong there and what would be right


def explain(document: Document, error: ValidationError, model: type[BaseModel]) -> list[Wrong]:
    """Return what is wrong at each place that `error` is about, once a place."""
    grouped: dict[Where, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False)[:MOST]:
        grouped.setdefault(_place(document.value, detail), []).append(detail)
    return [(where, _say(where, details, model)) for where, details in grouped.items()]


def settled(schema: Sequence[Wrong], more: Sequence[Wrong] = ()) -> list[Wrong]:
    """Return all of both, nothing twice: not `more` where `schema` speaks already, nor a whole beside its part."""
    wholes = {where[:depth] for where, _ in (*schema, *more) for depth in range(len(where))}
    kept = [wrong for wrong in schema if wrong[0] not in wholes]
    told = {where for where, _ in kept}
    return kept + [wrong for wrong in more if wrong[0] not in told]


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint at the known word nearest to `word`, or at a dozen of them where none is near."""
    choices = sorted(known)
    near = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{near[0]}"?'
    return f"Known here: {', '.join(choices[:12])}{', …' if len(choices) > 12 else ''}."


def _place(value: Any, detail: ErrorDetails) -> Where:
    """Return where the error is in the document: pydantic's location without the names of union branches."""
    kept: list[str | int] = []
    for part in detail["loc"]:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        elif not (detail["type"] == "missing" and part == detail["loc"][-1]):
            continue
        kept.append(part)
    return tuple(kept)


def _say(where: Where, details: list[ErrorDetails], model: type[BaseModel]) -> str:
    detail = next((each for each in details if each["type"] not in _KINDS), details[0])
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "missing":
        return f"is missing. Add `{where[-1]}:` here."
    if kind == "extra_forbidden":
        return f"is no known key. {nearest(str(where[-1]), _known_keys(model, where[:-1]))}"
    if kind == "literal_error":
        return _say_choice(where, given, str(context["expected"]))
    if kind == "string_pattern_mismatch":
        return f"can't be {_shown(given)}. It wants {_PATTERNS.get(context['pattern'], context['pattern'])}."
    if kind == "value_error":
        return f"is wrong: {str(context['error']).removesuffix('.')}. Correct one of them."
    return (
        _say_kind(details, given) or _say_size(kind, context, given) or f"is wrong: {detail['msg']}. Correct it."
    )


def _say_choice(where: Where, given: Any, expected: str) -> str:
    if where[-1:] == ("basis",):
        return f"can't be {_shown(given)}. {_BASIS}"
    choices = [choice.strip("' ") for choice in expected.replace(" or ", ", ").split(",")]
    hint = nearest(given, choices) if isinstance(given, str) else f"Known here: {', '.join(choices)}."
    return f"can't be {_shown(given)}. {hint}"


def _say_kind(details: list[ErrorDetails], given: Any) -> str | None:
    kinds = {detail["type"] for detail in details}
    if kinds >= {"string_type", "dict_type"}:
        return f"wants words, or words for each language (en: …), got {_shown(given)}. Put the words in quotes."
    if any(kind.startswith(("date_", "datetime_", "timezone_")) for kind in kinds):
        return f"wants {_DATE}, got {_shown(given)}. Write it so."
    for kind in kinds & _KINDS.keys():
        return f"wants {_KINDS[kind]}, got {_shown(given)}. Write it so."
    return None


def _say_size(kind: str, context: dict[str, Any], given: Any) -> str | None:
    match kind:
        case "string_too_long":
            return f"is {len(str(given))} characters long; at most {context['max_length']} fit. Shorten it."
        case "string_too_short" | "too_short":
            return "is empty. Fill it in, or leave the line out if it isn't needed."
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            bound = next(key for key in ("gt", "ge", "lt", "le") if key in context)
            relation = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}[bound]
            return f"must be {relation} {context[bound]:g}, got {given}. Change it."
    return None


def _shown(given: Any) -> str:
    match given:
        case None:
            return "nothing"
        case dict():
            return "`key: value` lines"
        case list() | tuple():
            return "a list"
        case bool():
            return str(given).lower()
        case str():
            return repr(given if len(given) <= 40 else given[:39] + "…")
    return str(given)


def _known_keys(model: type[BaseModel], where: Where) -> Iterator[str]:
    """Yield the keys that the model at `where` knows, following annotations down from `model`."""
    models = [model]
    for part in where:
        fields = [each.model_fields[part].annotation for each in models if part in each.model_fields]
        models = [found for field in fields for found in _models(field)] or models
    for each in models:
        yield from each.model_fields


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if get_origin(annotation) in (Annotated, Union, types.UnionType, tuple, list, dict):
        for inner in get_args(annotation):
            yield from _models(inner)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
