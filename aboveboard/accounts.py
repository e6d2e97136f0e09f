"""People, their passwords, and what lets them in: sessions, API tokens, one-time links.

Passwords are kept as argon2id (RFC 9106), everything else that lets one in only as its SHA-256: who reads the
database can't sign in with what stands there.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from aboveboard.clock import now
from aboveboard.database import queue_up, writing
from aboveboard.errors import AccountError
from aboveboard.people import ROLES, Person, Right, Role
from aboveboard.record import person as alike
from aboveboard.tables import passes, people, replies

if TYPE_CHECKING:
    from argon2 import PasswordHasher

Kind = Literal["session", "token", "invitation"]
SHORTEST = 12  # characters of a password (NIST SP 800-63B asks for 8 and more beside a second factor, 15 alone)
LONGEST = 200
LASTS: dict[Kind, timedelta] = {
    "session": timedelta(days=14),
    "token": timedelta(days=90),
    "invitation": timedelta(days=3),
}
ERASED = "erased:"  # no address begins so: it has no @
WRONG = "This e-mail address and password don't belong together."
ENDED = "This link has been used already, or has run out. Ask an admin for another."


class Pass(NamedTuple):
    """What somebody came in with."""

    digest: str
    person: Person
    scopes: frozenset[Right]


class Listed(NamedTuple):
    """A session or a token as its owner sees it."""

    digest: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime


def first_link(engine: Engine) -> str | None:
    """Return a fresh one-time token for making the first admin; None once there is somebody."""
    with writing(engine).begin() as connection:
        queue_up(connection)
        if connection.execute(select(func.count()).select_from(people)).scalar_one():
            return None
        connection.execute(delete(passes).where(passes.c.kind == "invitation"))
        return _issue(connection, "invitation", "", "first admin", ())


def invite(engine: Engine, name: str, email: str, role: Role) -> tuple[Person, str]:
    """Add a person and return them with the token of the link by which they choose a password.

    Raises AccountError where the address is taken, or is none.
    """
    with writing(engine).begin() as connection:
        person = _add(connection, name, email, role)
        return person, _issue(connection, "invitation", person.id, "invitation", ())


def invite_again(engine: Engine, person_id: str) -> str:
    """Return a fresh link for somebody who has forgotten their password; older links no longer work."""
    person = find_person(engine, person_id)
    with writing(engine).begin() as connection:
        old = (passes.c.person_id == person.id, passes.c.kind == "invitation")
        connection.execute(delete(passes).where(*old))
        return _issue(connection, "invitation", person.id, "invitation", ())


def invited(engine: Engine, token: str) -> Person | None:
    """Return whom a link is for, None where it makes the first admin. Raises AccountError where it has ended."""
    with engine.connect() as connection:
        row = _invitation(connection, token)
        return _person(connection, row.person_id) if row.person_id else None


def accept(engine: Engine, token: str, password: str, name: str = "", email: str = "") -> Person:
    """Use a one-time link: set the password of whom it is for, or make the first admin.

    Raises AccountError with every reason why not; the link then still works.
    """
    kept = hashed(password)
    with writing(engine).begin() as connection:
        queue_up(connection)
        row = _invitation(connection, token)
        person_id = row.person_id or _add(connection, name, email, "admin").id
        connection.execute(update(people).where(people.c.id == person_id).values(password=kept))
        connection.execute(update(passes).where(passes.c.digest == row.digest).values(used_at=now()))
        _end(connection, person_id)
        return _person(connection, person_id)


def sign_in(engine: Engine, email: str, password: str) -> Person:
    """Return who signs in. Raises AccountError, in the same words and time whatever was wrong."""
    from argon2.exceptions import InvalidHashError, VerificationError

    with engine.connect() as connection:
        row = connection.execute(select(people).where(people.c.email == _address(email))).one_or_none()
    known = row.password if row is not None and row.active and row.password else _nobody()
    try:
        _hasher().verify(known, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        raise AccountError(WRONG) from None
    if row is None or known != row.password:
        raise AccountError(WRONG)
    if _hasher().check_needs_rehash(known):
        with writing(engine).begin() as connection:
            connection.execute(update(people).where(people.c.id == row.id).values(password=hashed(password)))
    return _as_person(row)


def change_password(engine: Engine, person: Person, old: str, new: str, session: str) -> None:
    """Give somebody another password; of all that lets them in, this session and their tokens stay.

    Raises AccountError where `old` isn't theirs, or the new one won't do.
    """
    try:
        sign_in(engine, person.email, old)
    except AccountError:
        raise AccountError("That isn't the password you have now.") from None
    kept = hashed(new)
    others = (passes.c.person_id == person.id, passes.c.kind != "token", passes.c.digest != session)
    with writing(engine).begin() as connection:
        connection.execute(update(people).where(people.c.id == person.id).values(password=kept))
        connection.execute(delete(passes).where(*others))


def has_password(engine: Engine, person: Person) -> bool:
    """Whether somebody can sign in here itself; if not, they do so elsewhere."""
    with engine.connect() as connection:
        wanted = select(people.c.password).where(people.c.id == person.id)
        return connection.execute(wanted).scalar_one_or_none() is not None


def sign_in_elsewhere(engine: Engine, subject: str, email: str, name: str) -> Person:
    """Return the person whom an OIDC provider vouches for; one invited under `email` is known from then on.

    Nobody comes in uninvited. Raises AccountError.
    """
    with writing(engine).begin() as connection:
        found = connection.execute(select(people).where(people.c.subject == subject)).one_or_none()
        if found is None:
            mine = (people.c.email == _address(email), people.c.subject.is_(None), people.c.active)
            connection.execute(update(people).where(*mine).values(subject=subject))
            found = connection.execute(select(people).where(people.c.subject == subject)).one_or_none()
    if found is None or not found.active:
        raise AccountError(f"{email or 'This identity'} has no account here. Ask an admin for an invitation.")
    return _as_person(found)


def issue(
    engine: Engine,
    kind: Kind,
    person: Person,
    name: str = "",
    scopes: Sequence[Right] = (),
    days: int | None = None,
) -> str:
    """Return a new session's or token's secret; it can't be read again. `days`: until it runs out."""
    lasts = timedelta(days=days) if days else LASTS[kind]
    with writing(engine).begin() as connection:
        return _issue(connection, kind, person.id, name, scopes, lasts)


def admitted(engine: Engine, kind: Kind, secret: str) -> Pass | None:
    """Return who comes with this session or token; None where there is none, or its owner may no more."""
    wanted = select(passes.c.digest, passes.c.scopes, passes.c.expires_at, people).join_from(
        passes, people, passes.c.person_id == people.c.id
    )
    wanted = wanted.where(passes.c.digest == _digest(secret), passes.c.kind == kind)
    with engine.connect() as connection:
        row = connection.execute(wanted).one_or_none()
    if row is None or row.expires_at <= now() or not row.active:
        return None
    return Pass(row.digest, _as_person(row), frozenset(row.scopes))


def passes_of(engine: Engine, person: Person, kind: Kind) -> list[Listed]:
    """Return a person's live sessions or tokens, newest first."""
    live = (passes.c.person_id == person.id, passes.c.kind == kind, passes.c.expires_at > now())
    with engine.connect() as connection:
        rows = connection.execute(select(passes).where(*live).order_by(passes.c.created_at.desc())).all()
    return [Listed(row.digest, row.name, tuple(row.scopes), row.created_at, row.expires_at) for row in rows]


def revoke(engine: Engine, person: Person, digest: str) -> None:
    """End one session or token of a person; nobody else's."""
    with writing(engine).begin() as connection:
        connection.execute(delete(passes).where(passes.c.digest == digest, passes.c.person_id == person.id))


def everybody(engine: Engine) -> list[Person]:
    """Return all who have an account, by name; not those who were erased."""
    wanted = select(people).where(people.c.email.not_like(f"{ERASED}%")).order_by(people.c.name, people.c.id)
    with engine.connect() as connection:
        return [_as_person(row) for row in connection.execute(wanted)]


def names(engine: Engine) -> dict[str, str]:
    """Return what each person is called, by id."""
    with engine.connect() as connection:
        return {row.id: row.name for row in connection.execute(select(people.c.id, people.c.name))}


def known_as(engine: Engine, actor: str) -> tuple[str, frozenset[str]]:
    """Return whom somebody in a terminal acts as, and all they may be called.

    Who gives the e-mail address of an account acts as its person. Who only bears a name that somebody here goes by
    keeps it, and is taken for them where four eyes are needed.
    """
    with engine.connect() as connection:
        everybody = [_as_person(row) for row in connection.execute(select(people))]
    meant = [one for one in everybody if alike(actor) in map(alike, one.goes_by)]
    acts = next((one.id for one in meant if alike(one.email) == alike(actor)), actor)
    return acts, frozenset({actor}).union(*(one.goes_by for one in meant))


def find_person(engine: Engine, person_id: str) -> Person:
    """Return one person. Raises AccountError where there is none."""
    with engine.connect() as connection:
        return _person(connection, person_id)


def change(engine: Engine, person_id: str, *, role: Role | None = None, active: bool | None = None) -> Person:
    """Give a person another role, or let them in no longer; then their sessions and tokens end.

    Raises AccountError where nobody could manage the desk any more.
    """
    with writing(engine).begin() as connection:
        queue_up(connection)
        person = _person(connection, person_id)
        values = {"role": role or person.role, "active": person.active if active is None else active}
        connection.execute(update(people).where(people.c.id == person.id).values(**values))
        _demand_admin(connection)
        _end(connection, person.id)
        if not values["active"]:
            connection.execute(delete(passes).where(passes.c.person_id == person.id))
        return _person(connection, person_id)


def erase(engine: Engine, person_id: str) -> None:
    """Remove what is personal of somebody. Decisions keep the bare id, so the ledger still holds.

    Raises AccountError where nobody could manage the desk any more.
    """
    with writing(engine).begin() as connection:
        queue_up(connection)
        person = _person(connection, person_id)
        gone = {"name": "former colleague", "email": f"{ERASED}{person.id}", "password": None, "subject": None}
        connection.execute(update(people).where(people.c.id == person.id).values(**gone, active=False))
        _demand_admin(connection)
        connection.execute(delete(passes).where(passes.c.person_id == person.id))
        connection.execute(delete(replies).where(replies.c.person_id == person.id))


def hashed(password: str) -> str:
    """Return a password as it is kept. Raises AccountError where it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccountError(f"A password has {SHORTEST} to {LONGEST} characters. A few words make a good one.")
    return _hasher().hash(password)


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash that no password meets: who has no account waits as long as who has one."""
    return _hasher().hash(secrets.token_urlsafe(32))


def _issue(
    connection: Connection,
    kind: Kind,
    person_id: str,
    name: str,
    scopes: Sequence[str],
    lasts: timedelta | None = None,
) -> str:
    secret = f"ab_{secrets.token_urlsafe(32)}"
    at = now()
    row = {"digest": _digest(secret), "kind": kind, "person_id": person_id, "name": name, "scopes": list(scopes)}
    expires = at + (lasts or LASTS[kind])
    connection.execute(insert(passes).values(**row, created_at=at, expires_at=expires))
    return secret


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _invitation(connection: Connection, token: str) -> Row[Any]:
    row = connection.execute(
        select(passes).where(passes.c.digest == _digest(token), passes.c.kind == "invitation")
    ).one_or_none()
    if row is None or row.used_at is not None or row.expires_at <= now():
        raise AccountError(ENDED)
    return row


def _add(connection: Connection, name: str, email: str, role: Role) -> Person:
    problems = [] if name.strip() else ["A person needs a name."]
    address = _address(email)
    if "@" not in address.strip("@") or any(char.isspace() for char in address):
        problems.append(f"'{email}' is no e-mail address.")
    if role not in ROLES:
        problems.append(f"There is no role '{role}'. Choose {', '.join(ROLES)}.")
    if problems:
        raise AccountError(problems)
    person = Person(id=f"p_{secrets.token_hex(6)}", name=name.strip(), email=address, role=role, signs_in=False)
    try:
        row = person.model_dump(exclude={"signs_in"})
        connection.execute(insert(people).values(**row, created_at=now()))
    except IntegrityError:
        raise AccountError(f"{address} has an account already.") from None
    return person


def _end(connection: Connection, person_id: str) -> None:
    connection.execute(delete(passes).where(passes.c.person_id == person_id, passes.c.kind != "invitation"))


def _demand_admin(connection: Connection) -> None:
    admins = select(func.count()).select_from(people).where(people.c.role == "admin", people.c.active)
    if not connection.execute(admins).scalar_one():
        raise AccountError("This is the last admin. Make somebody else an admin first.")


def _person(connection: Connection, person_id: str) -> Person:
    row = connection.execute(select(people).where(people.c.id == person_id)).one_or_none()
    if row is None:
        raise AccountError("There is no such person.")
    return _as_person(row)


def _as_person(row: Row[Any]) -> Person:
    told = {name: getattr(row, name) for name in ("id", "name", "email", "role", "active")}
    return Person(**told, signs_in=bool(row.password or row.subject))


def _address(email: str) -> str:
    return email.strip().casefold()
