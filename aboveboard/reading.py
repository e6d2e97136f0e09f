"""Read a brief from YAML or JSON: all its mistakes at once, each with its line and what would be right."""

from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aboveboard.brief import Brief
from aboveboard.channel import load_channels
from aboveboard.consistency import disagreements
from aboveboard.documents import Document, read_document
from aboveboard.errors import BriefError
from aboveboard.mistakes import MOST, Wrong, explain, settled


def read_brief(path: Path, workspace: Path | None = None) -> Brief:
    """Return the brief in `path`, whose channels are those of `workspace`.

    Raises:
        BriefError: One problem for each mistake: `file:line: what is wrong. What would be right.`
        PolicyError: A channel file of the workspace is wrong.
    """
    document = read_document(path, BriefError)
    brief, wrongs = _validated(document)
    more = list(islice(disagreements(document.value, load_channels(workspace)), MOST))
    problems = [document.problem(where, says) for where, says in settled(wrongs, more)]
    problems += document.problems
    if brief is None or problems:
        raise BriefError(document.told(problems))
    return brief


def _validated(document: Document) -> tuple[Brief | None, list[Wrong]]:
    try:
        return Brief.model_validate(document.value), []
    except ValidationError as error:
        return None, explain(document, error, Brief)


def brief_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a brief; docs/brief.schema.json is this, for editors to complete it."""
    schema = Brief.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Aboveboard campaign brief",
    }
