"""Check any copy, with or without a brief: what is known about it, what it says, and what the guards say of it."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import regex
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from aboveboard import clock
from aboveboard.brief import Fact, Language, Offer, bare_fact, slugify
from aboveboard.documents import read_document
from aboveboard.errors import BriefError
from aboveboard.finding import Asset, Copy, Inspection, Verdict, judge
from aboveboard.guarding import Runner, run_direct
from aboveboard.policy import Policy

LARGEST = 5_000_000  # bytes: more than any caption sheet, less than what would stall a commit hook
_ASIDE = regex.compile(  # each part ends at the end of the text where nothing closes it: no second look, linear
    r"""(?msx)
      \A---[ \t]*\r?\n .*? ^(?:---|\.\.\.)[ \t]*\r?$                                     # front matter
    | ^[ ]{0,3}(?P<fence>`{3,}|~{3,})[^\n]*+ (?: .*? ^[ ]{0,3}(?P=fence)[`~]*[ \t]*\r?$ | .*+ \Z )   # code block
    | <!-- (?: .*? --> | .*+ \Z )                                                        # comment
    | (?<!`)(?P<ticks>`{1,2})(?!`) [^\n]*? (?<!`)(?P=ticks)(?!`)                         # code
    """
)


def _two_letters(language: Any) -> Any:
    """Take en-GB, en_US and EN for en."""
    tag = regex.fullmatch(r"([A-Za-z]{2})(?:[-_][A-Za-z0-9-]+)?", language) if isinstance(language, str) else None
    return tag[1].lower() if tag else language


class Circumstances(BaseModel):
    """What is known about the copy besides its words: from `--facts`, or from a JSON line.

    A time without an offset is in `timezone`; a day stands for its noon where a moment is asked for.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    language: Annotated[Language, BeforeValidator(_two_letters)] = Field(default="en", alias="lang")
    default_language: Annotated[Language, BeforeValidator(_two_letters)] | None = None  # None: the copy's
    channel: str | None = None
    sponsored: bool = False
    timezone: str = "UTC"
    at: AwareDatetime | None = None  # when it will be read; None: now
    facts: tuple[Fact, ...] = ()
    offers: tuple[Offer, ...] = ()
    avoid: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _in_their_zone(cls, given: Any) -> Any:
        zone = _zone(given.get("timezone", "UTC"))
        facts = given.get("facts") or ()
        if not isinstance(facts, list | tuple):
            raise ValueError("facts: a list of facts is wanted, each with a statement")
        told = {**given, "facts": [_fact(fact, n, zone) for n, fact in enumerate(facts, 1)]}
        at = _aware(given.get("at"), zone)
        return told | {"at": datetime.combine(at, time(12), tzinfo=zone) if type(at) is date else at}


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, LookupError, ValueError, TypeError):
        raise ValueError(f"timezone: there is no {name!r}. Give an IANA name such as Europe/Berlin") from None


def _fact(given: Any, number: int, zone: ZoneInfo) -> Any:
    if not isinstance(given, dict):
        return given
    times = {name: _aware(given[name], zone) for name in ("starts", "ends", "expires") if given.get(name)}
    return bare_fact(given | times, number)


def _aware(when: Any, zone: ZoneInfo) -> Any:
    """Return `when` as a day or an aware time where it is one; anything else as it is, for pydantic to refuse."""
    if isinstance(when, str):
        try:
            when = date.fromisoformat(when) if len(when) <= 10 else datetime.fromisoformat(when)
        except ValueError:
            return when
    if isinstance(when, datetime) and when.tzinfo is None:
        return when.replace(tzinfo=zone)
    return when


class Checked(BaseModel):
    """One text with what the guards say of it."""

    model_config = ConfigDict(frozen=True)

    name: str  # path, "stdin", or the id of a JSON line
    text: str
    inspection: Inspection
    verdict: Verdict


def copy_of(text: str, circumstances: Circumstances, asset: Asset = "caption") -> Copy:
    """Return one text as the guards see it."""
    return Copy(
        text=text,
        asset=asset,
        language=circumstances.language,
        default_language=circumstances.default_language or circumstances.language,
        channel=circumstances.channel,
        at=circumstances.at or clock.now(),
        timezone=circumstances.timezone,
        facts=circumstances.facts,
        offers=circumstances.offers,
        sponsored=circumstances.sponsored,
        avoid=circumstances.avoid,
    )


def check(
    name: str,
    text: str,
    circumstances: Circumstances,
    policy: Policy,
    asset: Asset = "caption",
    runner: Runner = run_direct,
) -> Checked:
    """Judge one text by every text rule of `policy`; `runner` runs the guards."""
    inspection = runner(policy, copy_of(text, circumstances, asset))
    return Checked(name=name, text=text, inspection=inspection, verdict=judge(inspection, policy.required))


def read_copy(path: Path) -> str:
    """Return the words of a text or Markdown file; in Markdown what isn't copy is blanked in place.

    Raises:
        BriefError: The file is missing, too large, or not text in UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name can't be opened"
        raise BriefError(f"{path}: can't be read ({why}). Give a text or Markdown file.") from None
    text = words_of(raw, str(path))
    return copy_of_markdown(text) if path.suffix.lower() in {".md", ".markdown", ".mdx"} else text


def words_of(raw: bytes, name: str) -> str:
    """Return bytes as text. Raises BriefError where they are too many, or not UTF-8."""
    if len(raw) > LARGEST:
        raise BriefError(f"{name}: larger than {LARGEST:,} bytes. Check the captions, not the whole archive.")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BriefError(f"{name}:{line}: not UTF-8 text. Save it as UTF-8.") from None


def copy_of_markdown(text: str) -> str:
    """Return Markdown with its code, comments and front matter blanked, every other character in its place.

    Offsets stay those of the file, so that line and column in a report are the file's own.
    """
    return _ASIDE.sub(lambda aside: regex.sub(r"[^\r\n]", " ", aside.group()), text)


def read_facts(path: Path) -> dict[str, Any]:
    """Return the circumstances a brief, a mapping with `facts`, or a bare list of facts gives.

    Raises:
        BriefError: The file can't be read, or holds no facts.
    """
    document = read_document(path, BriefError, listed="facts")
    if document.problems:
        raise BriefError(document.told(list(document.problems)))
    given = document.value
    if not isinstance(given.get("facts"), list):
        raise BriefError(f"{path}: no facts in it. Give a brief, or a list of facts with a statement each.")
    found: dict[str, Any] = {"facts": given["facts"], "offers": given.get("offers") or ()}
    schedule, brand, disclosure = (_part(given, part) for part in ("schedule", "brand", "disclosure"))
    found |= {"timezone": schedule.get("timezone", "UTC"), "avoid": brand.get("avoid") or ()}
    found |= {"sponsored": disclosure.get("sponsored", False)}
    languages = given.get("languages")
    return found | ({"default_language": languages[0]} if isinstance(languages, list) and languages else {})


def told_by(facts: Path | None, lang: str, channel: str | None, sponsored: bool) -> dict[str, Any]:
    """Return what a facts file and the options beside it say of the copy. Raises as `read_facts` does."""
    given = read_facts(facts) if facts else {}
    known = {"lang": lang or given.get("default_language", "en"), "channel": channel, **given}
    return known | {"sponsored": sponsored or given.get("sponsored", False)}


def _part(given: dict[str, Any], name: str) -> dict[str, Any]:
    part = given.get(name)
    return part if isinstance(part, dict) else {}


def circumstances(given: dict[str, Any], where: str) -> Circumstances:
    """Return `given` as circumstances.

    Raises:
        BriefError: A field is not what it should be; says which, and `where`.
    """
    try:
        return Circumstances.model_validate(given)
    except ValidationError as error:
        raise BriefError([f"{where}: {_told(one)}" for one in error.errors(include_url=False)]) from None


def _told(problem: Any) -> str:
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    return f"{place}: {message}." if place else f"{message}."


def lenient(fact: Any) -> Any:
    """Return a fact without keys that a fact doesn't have, its id as a slug: data from elsewhere, not a brief."""
    if not isinstance(fact, dict):
        return fact
    kept = {name: value for name, value in fact.items() if name in Fact.model_fields and value is not None}
    return kept | ({"id": slugify(str(kept["id"]))} if "id" in kept else {})


def report(checked: Checked) -> dict[str, Any]:
    """Return what scripts read: id, verdict, findings with exact spans, and the claims facts support."""
    return {
        "id": checked.name,
        "verdict": checked.verdict.outcome,
        "findings": [finding.model_dump(mode="json") for finding in checked.inspection.findings],
        "supports": [support.model_dump(mode="json") for support in checked.inspection.supports],
    }


def place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1, of a code point offset."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
