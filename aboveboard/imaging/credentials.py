"""Credentials that travel in the picture's own file: who made it, how, by whose policy, and what was decided.

Two marks, for two kinds of reader. XMP says in one word how the picture came about (IPTC's DigitalSourceType) and
is written when the picture is made, so it is part of what is judged. A C2PA manifest, signed over the final
bytes, binds that picture to its draft, policy and decision; it is added when a bundle is written, once everything
is decided, and takes nothing from the picture: without the manifest the bytes are again those that were judged.

Sources: https://spec.c2pa.org/, https://cv.iptc.org/newscodes/digitalsourcetype/,
https://iptc.org/std/photometadata/specification/.
"""

import io
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from aboveboard import __version__
from aboveboard.digests import digest
from aboveboard.errors import ImageError, WorkspaceError
from aboveboard.imaging.certificates import DEVELOPMENT
from aboveboard.keeping import keep
from aboveboard.record import Recorded

if TYPE_CHECKING:
    from aboveboard.imaging.certificates import Signing

Source = Literal["compositeWithTrainedAlgorithmicMedia", "algorithmicMedia"]
State = Literal["valid", "untrusted", "invalid", "none"]

TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
STATEMENT = "org.aboveboard.decision"  # our assertion's label in the manifest
HIDES = (
    "assertion.dataHash.additionalExclusionsPresent"  # C2PA only remarks on it; what is left out may be anything
)
ROOM = 24_000  # bytes of a channel's limit that are left for the manifest: ours take some 4,000
XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 Iptc4xmpExt:DigitalSourceType="{term}"/></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
_TERM = re.compile(r'DigitalSourceType(?:="|>)' + re.escape(TERMS) + r"(\w+)")


class Statement(BaseModel):
    """What a manifest says beside C2PA's own words. All of it follows from a bundle's evidence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    picture: str  # digest of the file that was judged: the signed one without its manifest
    draft: str
    model: str  # what painted, or "card:plain"
    prompt: str  # digest of the templates behind the words
    policy: str
    verdict: str
    decided_by_a_person: bool


# What a reader's script wants to know of a picture in one word. Development: signed by a key made on some machine.
Standing = Literal["valid", "untrusted", "development", "stripped", "tampered"]


class Marks(NamedTuple):
    """What a picture's file says of itself. `bare` are its bytes without the manifest."""

    state: State
    bare: bytes
    statement: Statement | None = None
    source: str | None = None  # the term of DigitalSourceType in the XMP
    signed_by: str | None = None
    why: tuple[str, ...] = ()  # what makes it invalid, in C2PA's codes

    @property
    def picture(self) -> str:
        """Digest of the picture that was judged, if this is it."""
        return digest(self.bare)

    @property
    def standing(self) -> Standing:
        """How the credentials stand, in the word that `verify --json` uses."""
        if self.state in ("none", "invalid"):
            return "stripped" if self.state == "none" else "tampered"
        if self.state == "valid":
            return "valid"
        return "development" if self.signed_by == DEVELOPMENT else "untrusted"


def statement_of(one: Recorded) -> Statement:
    """Return what the picture of a draft is to say; the draft has one."""
    draft = one.judged.draft
    picture = draft.picture
    if picture is None:
        raise ValueError(f"draft {draft.id[:12]} has no picture")
    return Statement(
        picture=picture.digest,
        draft=draft.id,
        model=picture.provider,
        prompt=draft.provenance.prompt,
        policy=draft.provenance.policy,
        verdict=one.judged.verdict.outcome,
        decided_by_a_person=bool(one.decisions),
    )


def source_of(painted: bool) -> Source:
    """Return how a card came about: type over a trained model's picture, or drawn by templates and formulas."""
    return "compositeWithTrainedAlgorithmicMedia" if painted else "algorithmicMedia"


def xmp(source: Source) -> bytes:
    """Return an XMP packet that says so."""
    return XMP.format(term=TERMS + source).encode()


def sign(data: bytes, media_type: str, statement: Statement, signing: "Signing") -> bytes:
    """Return the picture with a manifest that makes `statement` over its bytes, read back and found whole.

    Raises:
        ImageError: It can't be signed, or what was signed doesn't hold.
        WorkspaceError: The certificate or its key is at fault.
    """
    import c2pa

    marks = read(data, media_type)
    if marks.state != "none" or marks.source is None:
        raise ImageError(f"picture {statement.picture[:12]}: signed already, or without XMP. Produce it again.")
    made = io.BytesIO()
    try:
        signer = c2pa.Signer.from_info(
            c2pa.C2paSignerInfo(signing.algorithm.encode(), signing.chain, signing.key, None)
        )
        with c2pa.Builder(_manifest(media_type, marks.source, statement), _context()) as builder:
            builder.sign(signer, media_type, io.BytesIO(data), made)
    except c2pa.C2paError as problem:
        raise WorkspaceError(
            f"The certificate '{signing.name}' can't sign ({str(problem)[:160]}). Check signing_certificate and "
            "signing_key: C2PA wants a leaf for digital signatures, with its chain."
        ) from problem
    if not _holds(made.getvalue(), media_type, statement):
        raise ImageError(f"picture {statement.picture[:12]}: what was signed doesn't hold when it is read again.")
    return made.getvalue()


def signed_once(folder: Path, data: bytes, media_type: str, statement: Statement, signing: "Signing") -> bytes:
    """Return the signed picture, made now or kept in `folder`: two signatures are never the same bytes.

    Whoever comes first keeps it; what was changed there since is made anew.

    Raises:
        ImageError: As `sign`.
    """
    asked = {"picture": digest(data), "statement": statement, "certificate": signing.fingerprint}
    place = folder / digest(asked)
    if place.is_file() and _holds(kept := place.read_bytes(), media_type, statement):
        return kept
    made = sign(data, media_type, statement, signing)
    keep(place, made, first_stands=True)
    if _holds(standing := place.read_bytes(), media_type, statement):
        return standing
    keep(place, made)
    return made


def read(data: bytes, media_type: str, anchors: str = "") -> Marks:
    """Return the marks in a picture's file; a file that is no picture has none.

    `anchors`: certificates (PEM) of those who may vouch for a signer; without any, every signer is untrusted.
    """
    import c2pa

    source = _TERM.search(data.decode("latin-1"))
    term = source.group(1) if source else None
    try:
        with c2pa.Reader(media_type, io.BytesIO(data), context=_context(anchors)) as reader:
            told = json.loads(reader.detailed_json())
    except c2pa.C2paError as problem:
        if "ManifestNotFound" in type(problem).__name__ + str(problem):
            return Marks("none", data, source=term)
        return Marks("invalid", data, source=term, why=(str(problem)[:160],))
    return _marks(told, data, term)


def _marks(told: dict[str, Any], data: bytes, term: str | None) -> Marks:
    active = told["manifests"][told["active_manifest"]]
    store = active["assertion_store"]
    results = told.get("validation_results", {}).get("activeManifest", {})
    codes = tuple(dict.fromkeys(str(one["code"]) for one in results.get("failure", [])))
    remarks = {str(one["code"]) for one in results.get("informational", [])}
    wrong = tuple(code for code in codes if code != "signingCredential.untrusted")
    wrong += () if HIDES not in remarks and len(_excluded(store)) == 1 else (HIDES,)
    state: State = "invalid" if wrong else "untrusted" if codes else "valid"
    try:
        statement = Statement.model_validate(store.get(STATEMENT))
    except ValidationError:
        statement = None
    named = active.get("signature", {}).get("common_name")
    return Marks(state, _without(data, store), statement, term, named, wrong)


def _without(data: bytes, store: dict[str, Any]) -> bytes:
    """Return the bytes that the signature covers: all but the manifest, whose place the hash assertion names."""
    match _excluded(store):
        case [place]:
            return data[: place["start"]] + data[place["start"] + place["length"] :]
    return data  # a second place could hide a whole other picture from the signature


def _excluded(store: dict[str, Any]) -> list[dict[str, int]]:
    told: list[dict[str, int]] = store.get("c2pa.hash.data", {}).get("exclusions", [])
    return told


def _holds(data: bytes, media_type: str, statement: Statement) -> bool:
    marks = read(data, media_type)
    held = marks.state in ("valid", "untrusted") and marks.picture == statement.picture
    return held and marks.statement == statement


def _manifest(media_type: str, source: str, statement: Statement) -> dict[str, Any]:
    agent = {"name": "Aboveboard", "version": __version__}
    created = {"action": "c2pa.created", "digitalSourceType": TERMS + source, "softwareAgent": agent}
    return {
        "claim_generator_info": [agent],
        "format": media_type,
        "title": f"draft {statement.draft[:12]}",
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            {"label": STATEMENT, "data": statement.model_dump()},
        ],
    }


@cache
def _context(anchors: str = "") -> Any:
    """No thumbnails, which would double the file, and nothing fetched from anywhere."""
    import c2pa

    told: dict[str, Any] = {
        "builder": {"thumbnail": {"enabled": False}},
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
    }
    return c2pa.Context(c2pa.Settings.from_dict(told | ({"trust": {"user_anchors": anchors}} if anchors else {})))
