"""The privacy guard: data that points at one person, in words or inside an address, and codes that follow a click.

What the rule's `options` say: `mailboxes` (names of role mailboxes, which belong to no one), `sole` (such names
that are people's too, beside another word), `regions` (by
language: whose phone numbers are read without a country code), `tracking` (parameters that follow a reader),
`identifying` (parameters that name one), `hashed` (parameters that name one if their value is a digest), `own`
(steps of a path behind which stands one person's number or code) and `severities` (by kind of datum, where it
isn't the rule's own).
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import SplitResult, unquote_plus, urlsplit

from aboveboard.finding import Copy, Evidence, Finding, Severity, Support
from aboveboard.guarding import found
from aboveboard.guards import cues
from aboveboard.policy import Rule

AT = r"(?:@|%40|\s?[\[(](?:at|@)[\])]\s?)"
AT_SIGN = re.compile(AT, re.IGNORECASE)  # what every address has, and few texts
AT_HINT = re.compile(r"[@%(\[]")
EMAIL = re.compile(
    rf"(?<![\w.+@%-])([\w.+-]{{1,64}}){AT}([\w-]{{1,63}})(?:\.[\w-]{{1,63}}){{0,7}}\.[a-z]{{2,24}}(?!\w)",
    re.IGNORECASE,
)
URL = re.compile(r"\bhttps?://[^\s<>\"']+", re.IGNORECASE)
PARAMETER = re.compile(r"(?<=[?&#;])([^=&#;\s]+)=([^&#;\s]*)")
DIGEST = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)  # MD5, SHA-1, SHA-256
# What stands for one person in a path: a digest, a UUID, a long number.
CODE = re.compile(
    rf"(?:{DIGEST.pattern}|[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}|\d{{5,}})", re.IGNORECASE
)
STEP = re.compile(r"(?<=/)[^/?#]+")
ENCODED = re.compile(r"(?<![\w%+-])[A-Za-z0-9_+-]{12,344}(?:(?:=|%3D){1,2}|(?![\w%=+-]))", re.IGNORECASE)
IBAN = re.compile(r"(?<!\w)[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{1,4}){3,9}(?!\w)", re.IGNORECASE)
CARD = re.compile(r"(?<![\w-])(?:3[47]|4\d|5[1-5]|2[2-7]|6\d)(?:[ -]?\d){12,17}(?![\w-])")
# Check digits alone meet one number in ten by chance, so each kind must also be written the way its country does.
IDENTITY = {
    "us.ssn": re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"),
    "es.dni": re.compile(r"(?<![\w-])\d{8}[ -]?[A-Z](?![\w-])"),
    "es.nie": re.compile(r"(?<![\w-])[XYZ][ -]?\d{7}[ -]?[A-Z](?![\w-])"),
    "fr.nir": re.compile(r"(?<![\w-])[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}(?![\w-])"),
    "it.codicefiscale": re.compile(r"(?<!\w)[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?!\w)"),
}
FEWEST_DIGITS = 7  # of all those shapes
# No number with fewer digits is valid in these regions, or dialled from there; others have no minimum.
SHORTEST = {"US": 10, "GB": 7, "IE": 7, "AU": 5, "CH": 9, "ES": 9, "MX": 9, "AR": 9, "FR": 9, "BE": 8, "IT": 6}
DIGIT = re.compile(r"\d")
DIALLED = re.compile(r"\d(?:[\W_xー]{0,4}\d)+")
Options = Mapping[str, Any]


@dataclass(frozen=True)
class Datum:
    """A stretch of text that points at a person, or follows one: `kind` names it in the rule's `severities`."""

    kind: str
    start: int
    end: int
    says: str


def inspect(rule: Rule, copy: Copy) -> tuple[list[Finding], list[Support]]:
    """Return the personal data in `copy`, by shape and check digit, and what the rule's cues announce."""
    data = personal_data(copy.text, copy.language, rule.options)
    told, _ = cues.inspect(rule, copy)
    free = [one for one in told if not any(datum.start < one.end and one.start < datum.end for datum in data)]
    findings = [_finding(rule, copy, datum) for datum in data] + free
    return sorted(findings, key=lambda one: (one.start, one.end)), []


def personal_data(text: str, language: str, options: Options) -> list[Datum]:
    """Return the data found in `text`, in order; where two readings overlap, the surer one."""
    # Digits in a path are an article's, not a person's.
    linked = "://" in text
    bare = URL.sub(lambda match: " " * len(match.group()), text) if linked else text
    data: list[Datum] = []
    for datum in (
        *(_in_links(text, options) if linked else ()),
        *_mail(text, options),
        *_accounts(bare),
        *_identities(bare),
        *_phones(bare, language, options),
    ):
        if not any(datum.start < other.end and other.start < datum.end for other in data):
            data.append(datum)
    return sorted(data, key=lambda datum: datum.start)


def _in_links(text: str, options: Options) -> Iterator[Datum]:
    yield from _parameters(text, options)
    yield from _paths(text, options)
    yield from _encoded(text)


def _mail(text: str, options: Options) -> Iterator[Datum]:
    if not (AT_HINT.search(text) and AT_SIGN.search(text)):
        return
    roles, sole = frozenset(options.get("mailboxes", ())), frozenset(options.get("sole", ()))
    for match in EMAIL.finditer(text):
        mailbox, organisation = match.group(1).lower(), match.group(2).lower()
        if mailbox not in sole and not _is_role(mailbox, organisation, roles):
            kind = "word" if mailbox.isalpha() else "e-mail"
            yield Datum(kind, *match.span(), "an e-mail address that isn't a role mailbox")


def _is_role(mailbox: str, organisation: str, roles: frozenset[str]) -> bool:
    """Whether a mailbox is a role's: named after one ("press.berlin", "membership") or the organisation."""
    if mailbox == organisation or not roles.isdisjoint(re.split(r"[.+_-]", mailbox)):
        return True
    return any(len(role) > 5 and role in mailbox for role in roles)


def _phones(text: str, language: str, options: Options) -> Iterator[Datum]:
    regions = _regions(text, options.get("regions", {}).get(language, ()))
    if not regions:
        return
    from phonenumbers import Leniency, PhoneNumberMatcher, PhoneNumberType, number_type

    anyones = {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.UAN,
    }
    for region in regions:
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            kind = number_type(match.number)
            if kind == PhoneNumberType.FIXED_LINE:
                yield Datum("landline", match.start, match.end, "a landline number, of a firm or of a person")
            elif kind not in anyones:
                yield Datum("phone", match.start, match.end, "a telephone number that may be a person's own")


def _regions(text: str, known: Iterable[str]) -> list[str | None]:
    """Return the `known` regions that `text` has digits for, and None for numbers that name their country."""
    longest = (
        max((len(DIGIT.findall(run)) for run in DIALLED.findall(text)), default=0) if DIGIT.search(text) else 0
    )
    named: list[str | None] = [None] if longest and ("+" in text or "＋" in text) else []
    return named + [region for region in known if longest and SHORTEST.get(region, 0) <= longest]


def _accounts(text: str) -> Iterator[Datum]:
    if len(DIGIT.findall(text)) < 2:
        return
    from stdnum import iban, luhn

    for match in IBAN.finditer(text):
        end = _longest_valid(match.group(), iban.is_valid)
        if end:
            yield Datum("iban", match.start(), match.start() + end, "a bank account (IBAN)")
    for match in CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if len(digits) in (14, 15, 16, 19) and luhn.is_valid(digits):
            yield Datum("card", *match.span(), "a payment card number")


def _identities(text: str) -> Iterator[Datum]:
    if len(DIGIT.findall(text)) < FEWEST_DIGITS:
        return
    for name, shape in IDENTITY.items():
        is_valid = import_module(f"stdnum.{name}").is_valid
        for match in shape.finditer(text):
            if is_valid(match.group()):
                yield Datum("identity", *match.span(), f"a national identity number ({name})")


def _urls(text: str) -> Iterator[tuple[int, str]]:
    """Yield where each link stands, and it without the punctuation of the sentence it ends."""
    for url in URL.finditer(text):
        yield url.start(), url.group().rstrip(".,;:!?)]…")


def _parameters(text: str, options: Options) -> Iterator[Datum]:
    tracking, identifying, hashed = (
        frozenset(options.get(kind, ())) for kind in ("tracking", "identifying", "hashed")
    )
    for place, url in _urls(text):
        parts = _parts(url)
        for match in PARAMETER.finditer(url) if parts and (parts.query or parts.fragment) else ():
            name, value = match.group(1).lower(), unquote_plus(match.group(2))
            start, end = place + match.start(), place + match.end()
            named = name in identifying or EMAIL.search(value) or _email_in(value)
            if value and (named or name in hashed and DIGEST.fullmatch(value)):
                yield Datum("parameter", start, end, f"the link names a person in '{name}'")
            elif name in tracking:
                yield Datum("tracking", start, end, f"the link follows its reader through '{name}'")


def _paths(text: str, options: Options) -> Iterator[Datum]:
    """Yield what in a link's path is one person's own: the number behind /customer/, the code to unsubscribe."""
    own = frozenset(options.get("own", ()))
    for place, url in _urls(text):
        parts = _parts(url)
        before = ""
        for step in STEP.finditer(url, len(f"{parts.scheme}://{parts.netloc}")) if parts else ():
            if before in own and CODE.fullmatch(step.group()):
                yield Datum(
                    "parameter", place + step.start(), place + step.end(), f"one person's code after /{before}/"
                )
            before = step.group().lower()


def _encoded(text: str) -> Iterator[Datum]:
    """Yield each e-mail address that a link carries in Base64, wherever it stands."""
    for place, url in _urls(text):
        for match in ENCODED.finditer(url):
            if _email_in(unquote_plus(match.group().replace("+", "%2B"))):
                start, end = place + match.start(), place + match.end()
                yield Datum("parameter", start, end, "an e-mail address, written in Base64")


def _email_in(code: str) -> bool:
    """Whether `code` is an e-mail address in Base64, of either alphabet, padded or not."""
    bare = code.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        told = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return False
    return bool(EMAIL.search(told))


def _parts(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:  # a bracket that isn't an IPv6 address
        return None


def _longest_valid(text: str, is_valid: Callable[[str], bool]) -> int:
    """Return the length of the longest start of `text`, cut between words, that is valid; 0 if none is."""
    ends = [len(text), *(match.start() for match in re.finditer(r"[ -]", text))]
    return max((end for end in ends if is_valid(text[:end])), default=0)


def _finding(rule: Rule, copy: Copy, datum: Datum) -> Finding:
    finding = found(rule, copy, datum.start, datum.end, [Evidence(kind="cue", says=datum.says)])
    severity = Severity(rule.options.get("severities", {}).get(datum.kind, finding.severity))
    # "anna@" or "werkstatt@": one word may name a person or a room, so it weighs no more than a cue.
    layer = "cues" if datum.kind == "word" else finding.layer
    return finding.model_copy(update={"severity": severity, "layer": layer})
