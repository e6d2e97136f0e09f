"""The append-only record of what was judged and decided, as one hash chain a database, and how to check it.

An entry's hash covers its header, the header holds the digest of its body and the hash of the entry before.
A plan's slice of the chain goes into its bundle, and is verified there with nothing but this module.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from aboveboard.digests import canonical_json, digest
from aboveboard.errors import BundleError, StoreError

if TYPE_CHECKING:  # verifying a bundle must not pay for the database library
    from sqlalchemy.engine import Connection

GENESIS = "0" * 64  # what the first entry of a chain follows


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Entry(Frozen):
    """One thing that happened. `body` is None where the entry is another plan's and only links the chain."""

    seq: int
    at: AwareDatetime
    kind: str
    plan_id: str
    body: dict[str, Any] | None
    body_digest: str
    prev: str
    hash: str

    @property
    def name(self) -> str:
        return f"entry {self.seq} ({self.kind})"

    @property
    def true_hash(self) -> str:
        """What `hash` must be for the header as it stands."""
        return _seal(self.seq, self.at, self.kind, self.plan_id, self.body_digest, self.prev)


class Anchor(Frozen):
    """Where a slice is fastened: its first and last number, the hash before it and the hash of its last entry.

    `plan_id` is whose entries carry their bodies; None for the whole chain, where all do.
    """

    plan_id: str | None
    first: int
    last: int
    prev: str
    head: str


Line = TypeVar("Line", Anchor, Entry)


class Slice(Frozen):
    """A contiguous run of the chain, from a plan's first entry to its last."""

    anchor: Anchor
    entries: tuple[Entry, ...]


def append(connection: "Connection", kind: str, plan_id: str, body: Mapping[str, Any], at: datetime) -> Entry:
    """Add an entry at the end of the chain, in the caller's transaction, after every other writer's.

    On SQLite the transaction must hold the write lock already (`database.writing`).
    """
    return extend(connection, plan_id, at, [(kind, body)])[-1]


def extend(
    connection: "Connection", plan_id: str, at: datetime, events: Sequence[tuple[str, Mapping[str, Any]]]
) -> list[Entry]:
    """Add an entry for each kind and body at the end of the chain, as `append` does."""
    from sqlalchemy import insert, select

    from aboveboard.database import queue_up
    from aboveboard.tables import ledger

    queue_up(connection)
    newest = select(ledger.c.seq, ledger.c.hash).order_by(ledger.c.seq.desc()).limit(1)
    last = connection.execute(newest).one_or_none()
    seq, prev = (last.seq, last.hash) if last else (0, GENESIS)
    entries: list[Entry] = []
    for number, (kind, body) in enumerate(events, start=seq + 1):
        entries.append(_sealed(number, at.astimezone(UTC), kind, plan_id, body, prev))
        prev = entries[-1].hash
    if entries:
        connection.execute(insert(ledger), [dict(entry) for entry in entries])
    return entries


def slice_of(connection: "Connection", plan_id: str | None) -> Slice:
    """Return the run from the plan's first entry to its last, other plans' bodies withheld; None: the whole chain.

    Raises StoreError where there is no entry to return.
    """
    from sqlalchemy import func, select

    from aboveboard.tables import ledger

    bounds = select(func.min(ledger.c.seq), func.max(ledger.c.seq))
    if plan_id is not None:
        bounds = bounds.where(ledger.c.plan_id == plan_id)
    first, last = connection.execute(bounds).one()
    if first is None:
        raise StoreError(
            f"The ledger of this database has no entry for plan {plan_id or 'any'}. Record one first."
        )
    rows = connection.execute(select(ledger).where(ledger.c.seq.between(first, last)).order_by(ledger.c.seq))
    entries = tuple(_withhold(Entry(**row._mapping), plan_id) for row in rows)
    anchor = Anchor(plan_id=plan_id, first=first, last=last, prev=entries[0].prev, head=entries[-1].hash)
    return Slice(anchor=anchor, entries=entries)


def newest(
    connection: "Connection", *, kind: str = "", plan_id: str = "", before: int | None = None, limit: int = 50
) -> list[Entry]:
    """Return entries from the chain's end backwards: of a kind, of plans whose id starts so, before a number."""
    from sqlalchemy import select

    from aboveboard.tables import ledger

    wanted = select(ledger).order_by(ledger.c.seq.desc()).limit(limit)
    if kind:
        wanted = wanted.where(ledger.c.kind == kind)
    if plan_id:
        wanted = wanted.where(ledger.c.plan_id.startswith(plan_id, autoescape=True))
    if before is not None:
        wanted = wanted.where(ledger.c.seq < before)
    return [Entry(**row._mapping) for row in connection.execute(wanted)]


def verify(entries: Sequence[Entry], anchor: Anchor) -> list[str]:
    """Return what was changed, removed, inserted or reordered in a slice; nothing where it is whole.

    Only someone who rewrites every entry and the anchor too goes unseen: compare the anchor with one kept
    elsewhere to rule that out.
    """
    return [
        *(problem for entry in entries for problem in _altered(entry, anchor)),
        *_misplaced([entry.seq for entry in entries], anchor),
        *_unlinked(entries, anchor),
    ]


def to_jsonl(run: Slice) -> str:
    """Return a slice as JSON Lines: the anchor first, then an entry a line."""
    return "".join(canonical_json(line) + "\n" for line in (run.anchor, *run.entries))


def from_jsonl(text: str) -> Slice:
    """Return the slice written by `to_jsonl`. Raises BundleError naming the line that isn't one."""
    first, *rest = text.removesuffix("\n").split("\n")  # never splitlines(): a body may hold U+2028
    entries = tuple(_read(Entry, line, number) for number, line in enumerate(rest, start=2))
    return Slice(anchor=_read(Anchor, first, 1), entries=entries)


def _read(kind: type[Line], line: str, number: int) -> Line:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        what = error.errors()[0]
        why = " ".join([".".join(map(str, what["loc"])), what["msg"]]).strip()
        raise BundleError(
            f"ledger.jsonl:{number}: this line isn't the ledger's {kind.__name__.lower()}: {why}. "
            "Ask for the bundle again."
        ) from error


def _seal(seq: int, at: datetime, kind: str, plan_id: str, body_digest: str, prev: str) -> str:
    return digest([seq, at.isoformat(), kind, plan_id, body_digest, prev])


def _sealed(seq: int, at: datetime, kind: str, plan_id: str, body: Mapping[str, Any], prev: str) -> Entry:
    body_digest = digest(body)
    return Entry(
        seq=seq,
        at=at,
        kind=kind,
        plan_id=plan_id,
        body=dict(body),
        body_digest=body_digest,
        prev=prev,
        hash=_seal(seq, at, kind, plan_id, body_digest, prev),
    )


def _withhold(entry: Entry, plan_id: str | None) -> Entry:
    return entry if plan_id in (None, entry.plan_id) else entry.model_copy(update={"body": None})


def _altered(entry: Entry, anchor: Anchor) -> Iterator[str]:
    ours = anchor.plan_id in (None, entry.plan_id)
    if ours and entry.body is None:
        yield f"The body of {entry.name} was removed."
    elif not ours and entry.body is not None:
        yield f"A body was added to {entry.name}, which belongs to another plan."
    elif entry.body is not None and digest(entry.body) != entry.body_digest:
        yield f"The body of {entry.name} was changed."
    if entry.hash != entry.true_hash:
        yield f"The header of {entry.name} was changed."


def _misplaced(seqs: Sequence[int], anchor: Anchor) -> Iterator[str]:
    for before, after in pairwise(seqs):
        if after < before:
            yield f"Entry {after} stands after entry {before}: they were reordered."
    inside = sorted(seq for seq in seqs if anchor.first <= seq <= anchor.last)
    for before, after in pairwise([anchor.first - 1, *inside, anchor.last + 1]):
        if after == before:
            yield f"Entry {after} is there twice: one was inserted."
        elif after > before + 1:
            yield f"{_run(before + 1, after - 1)} removed."
    for seq in seqs:
        if not anchor.first <= seq <= anchor.last:
            yield f"Entry {seq} was inserted: the anchor runs from {anchor.first} to {anchor.last}."


def _run(first: int, last: int) -> str:
    return f"Entry {first} was" if first == last else f"Entries {first} to {last} were"


def _unlinked(entries: Iterable[Entry], anchor: Anchor) -> Iterator[str]:
    ordered = sorted(entries, key=lambda entry: entry.seq)
    for before, after in pairwise(ordered):
        if after.seq == before.seq + 1 and after.prev != before.hash:
            yield f"Entry {after.seq} doesn't follow entry {before.seq}: one of them was replaced."
    if ordered and ordered[0].seq == anchor.first and ordered[0].prev != anchor.prev:
        yield f"Entry {anchor.first} doesn't follow what the anchor says came before it."
    if ordered and ordered[-1].seq == anchor.last and ordered[-1].hash != anchor.head:
        yield f"Entry {anchor.last} isn't the one the anchor ends with."
