"""Reads the policy from `guardrails/`: rules, laws, thresholds. All that is wrong is told at once."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from aboveboard.errors import PolicyError
from aboveboard.guards.classifier import weights
from aboveboard.patterns import BadPattern, compiled
from aboveboard.policy import Data, Law, Policy, Rule, Thresholds
from aboveboard.shelves import shelves

FEWEST_EXAMPLES = 4
LONGEST = 100_000  # characters of a rule's file
PATTERN_OPTIONS = ("audience", "innocent", "labels", "vague", "never_by", "named", "places", "consent")
Kind = TypeVar("Kind", bound=Data)


class Source(BaseModel):
    """One file as read: where it is, its text for line numbers, and its data."""

    model_config = ConfigDict(frozen=True)

    path: Path
    text: str
    data: Any


def load_policy(workspace: Path | None = None, *, prove: bool = False) -> Policy:
    """Return the policy in force: the workspace's files first, then what ships with the package.

    With `prove`, every rule's examples are run even if this very policy has been proven before.

    Raises:
        PolicyError: Anything is wrong with any file; `problems` has one line for each mistake.
    """
    from aboveboard.proofs import stamp, stamped, trial

    folders = shelves("guardrails", workspace)
    problems: list[str] = []
    laws = _laws(folders, problems)
    rules = tuple(_rule(source, problems) for source in _rule_files(folders, problems))
    thresholds = _thresholds(folders, problems)
    known = tuple(rule for rule in rules if rule is not None)
    problems += [problem for rule in known for problem in _unlawful(rule, laws)]
    if problems or thresholds is None:
        raise PolicyError(problems)
    reader = weights() if thresholds.classifier else None
    policy = Policy(rules=known, laws=laws, thresholds=thresholds, classifier=reader)
    if prove or not stamped(policy):
        problems = [problem for rule in policy.rules for problem in unmeetable(rule)] or trial(policy)
        if problems:
            raise PolicyError(problems)
        stamp(policy)
    return policy


def read_rule(text: str, named: str, policy: Policy) -> Rule:
    """Return a rule from YAML that somebody is writing, for trying it out; `named` is what messages call its file.

    Raises PolicyError with every mistake and its line.
    """
    if len(text) > LONGEST:
        raise PolicyError(f"{named}: {len(text):,} characters, where a rule has at most {LONGEST:,}. Shorten it.")
    problems: list[str] = []
    source = _parsed(Path(named), text, problems)
    rule = _model(Rule, source, source.data, problems) if source else None
    if rule is None:
        raise PolicyError(problems)
    problems += [*_unlawful(rule, policy.laws), *unmeetable(rule)]
    if problems:
        raise PolicyError(problems)
    return rule


def unmeetable(rule: Rule) -> list[str]:
    """Return a problem for each pattern of `rule` that can't be compiled, those in its options included."""
    return [
        problem for part, by_language in _patterns(rule) for problem in _uncompilable(rule.id, part, by_language)
    ]


def _patterns(rule: Rule) -> list[tuple[str, dict[str, Any]]]:
    options = [(f"options.{name}", rule.options.get(name)) for name in PATTERN_OPTIONS]
    about = rule.claims.about if rule.claims else {}
    given = [("cues", rule.cues), ("unless", rule.unless), ("claims.about", about), *options]
    return [(part, by_language) for part, by_language in given if isinstance(by_language, dict)]


def _uncompilable(rule_id: str, part: str, by_language: dict[str, Any]) -> list[str]:
    problems = []
    for language, patterns in by_language.items():
        for pattern in patterns:
            try:
                compiled((pattern,), language)
                compiled((pattern,), language, joined=True)
            except BadPattern as error:
                told = f"{rule_id}: {part}.{language}: '{pattern}': {error}"
                problems.append(f"{told}. Write it as guardrails/README.md says.")
    return problems


def _rule_files(folders: tuple[Path, ...], problems: list[str]) -> Iterator[Source]:
    """Yield each rule's file once, in order of id; the first folder's wins."""
    chosen: dict[str, Path] = {}
    for folder in folders:
        for path in sorted((folder / "rules").glob("*/*.yaml")):
            chosen.setdefault(path.stem, path)
    for _, path in sorted(chosen.items()):
        source = _read(path, problems)
        if source is not None:
            yield source


def _read(path: Path, problems: list[str]) -> Source | None:
    try:
        return _parsed(path, path.read_text(encoding="utf-8"), problems)
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path}: can't be read: {error}. Save it as a UTF-8 text file.")
    return None


def _parsed(path: Path, text: str, problems: list[str]) -> Source | None:
    try:
        # The C loader is ten times faster, and thirty files are read at each start.
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return Source(path=path, text=text, data=data)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problems.append(
            f"{path}{line}: not YAML: {getattr(error, 'problem', error)}. Mend the line, or quote the text."
        )
    return None


def _rule(source: Source, problems: list[str]) -> Rule | None:
    rule = _model(Rule, source, source.data, problems)
    if rule is None:
        return None
    folder = source.path.parent.name
    if rule.id != source.path.stem:
        problems.append(
            f"{_at(source, 'id')}: id is '{rule.id}'; a rule is called like its file: {source.path.stem}."
        )
    if rule.family != folder:
        problems.append(
            f"{_at(source, 'family')}: family is '{rule.family}', but the folder is {folder}/. Move one."
        )
    for part in ("must_flag", "must_pass"):
        number = len(getattr(rule, part))
        if number < FEWEST_EXAMPLES:
            problems.append(
                f"{_at(source, part)}: {part} has {number} examples; write at least {FEWEST_EXAMPLES}."
            )
    return rule


def _unlawful(rule: Rule, laws: tuple[Law, ...]) -> list[str]:
    known = [law.id for law in laws]
    return [
        f"{rule.id}: law '{law}' isn't in law.yaml{_nearest(law, known)}. Add it there, or cite another."
        for law in rule.law
        if law not in known
    ]


def _laws(folders: tuple[Path, ...], problems: list[str]) -> tuple[Law, ...]:
    """Return all laws in order of id; a workspace's entry replaces the shipped one of the same id."""
    laws: dict[str, Law] = {}
    for source in _all(folders, "law.yaml", problems):
        for entry in (source.data or {}).get("laws", []):
            law = _model(Law, source, entry, problems)
            if law is not None:
                laws.setdefault(law.id, law)
    return tuple(laws[name] for name in sorted(laws))


def _thresholds(folders: tuple[Path, ...], problems: list[str]) -> Thresholds | None:
    """Return the numbers of policy.yaml; each must come with its reason, or nobody dares to change it."""
    for source in _all(folders, "policy.yaml", problems)[:1]:
        entries = source.data if isinstance(source.data, dict) else {}
        for name, entry in entries.items():
            if not (isinstance(entry, dict) and set(entry) == {"value", "reason"}):
                problems.append(f"{_at(source, name)}: {name} needs `value` and `reason`, and nothing else.")
        values = {name: entry.get("value") for name, entry in entries.items() if isinstance(entry, dict)}
        return _model(Thresholds, source, values, problems)
    problems.append("guardrails/policy.yaml is missing. Reinstall aboveboard, or restore the file.")
    return None


def _all(folders: tuple[Path, ...], name: str, problems: list[str]) -> list[Source]:
    read = [_read(folder / name, problems) for folder in folders if (folder / name).is_file()]
    return [source for source in read if source is not None]


def _model(kind: type[Kind], source: Source, data: Any, problems: list[str]) -> Kind | None:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        for fault in error.errors():
            problems.append(_fault(kind, source, fault))
        return None


def _fault(kind: type[Data], source: Source, fault: Any) -> str:
    place = ".".join(str(part) for part in fault["loc"]) or "the file"
    key = str(fault["loc"][-1]) if fault["loc"] else ""
    if fault["type"] == "extra_forbidden":
        near = _nearest(key, list(kind.model_fields))
        return f"{_at(source, key)}: unknown key '{place}'{near}. Drop or rename it."
    return f"{_at(source, str(fault['loc'][0]) if fault['loc'] else '')}: {place}: {fault['msg']}."


def _at(source: Source, key: str) -> str:
    lines = source.text.splitlines()
    number = next((n for n, line in enumerate(lines, 1) if line.lstrip(" -{").startswith(f"{key}:")), None)
    return f"{source.path}:{number}" if key and number else str(source.path)


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""
