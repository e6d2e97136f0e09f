"""Who may use this desk: inviting people, giving them another role, letting them out, erasing them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import Response

from aboveboard import accounts
from aboveboard.people import ROLES, Person, Role
from aboveboard.web.access import Visitor, may
from aboveboard.web.desk import Desk, desk_of
from aboveboard.web.entering import address_of
from aboveboard.web.rendering import page

router = APIRouter(prefix="/people")
Manager = Annotated[Visitor, Depends(may("manage"))]
Line = Annotated[str, Form(max_length=200)]
DUTIES: dict[Role, str] = {
    "author": "writes, comments, can't approve",
    "reviewer": "decides, and reads the ledger",
    "admin": "all of it, and manages the desk",
    "auditor": "reads everything, changes nothing",
}


@router.get("")
def everybody(request: Request, visitor: Manager) -> Response:
    return _shown(request, visitor)


@router.post("")
def invite(
    request: Request, visitor: Manager, role: Annotated[Role, Form()], name: Line = "", email: Line = ""
) -> Response:
    person, token = accounts.invite(desk_of(request).engine, name, email, role)
    return _shown(request, visitor, person, token)


@router.post("/{id}/role")
def change_role(request: Request, visitor: Manager, id: str, role: Annotated[Role, Form()]) -> Response:
    desk = desk_of(request)
    accounts.change(desk.engine, _person(desk, id).id, role=role)
    return _shown(request, visitor)


@router.post("/{id}/out")
def let_out(request: Request, visitor: Manager, id: str) -> Response:
    desk = desk_of(request)
    accounts.change(desk.engine, _person(desk, id).id, active=False)
    return _shown(request, visitor)


@router.post("/{id}/in")
def let_in_again(request: Request, visitor: Manager, id: str) -> Response:
    desk = desk_of(request)
    accounts.change(desk.engine, _person(desk, id).id, active=True)
    return _shown(request, visitor)


@router.post("/{id}/link")
def invite_again(request: Request, visitor: Manager, id: str) -> Response:
    desk = desk_of(request)
    person = _person(desk, id)
    return _shown(request, visitor, person, accounts.invite_again(desk.engine, person.id))


@router.post("/{id}/erase")
def erase(request: Request, visitor: Manager, id: str) -> Response:
    desk = desk_of(request)
    accounts.erase(desk.engine, _person(desk, id).id)
    return _shown(request, visitor)


def _person(desk: Desk, id: str) -> Person:
    known = next((person for person in accounts.everybody(desk.engine) if person.id == id), None)
    if known is None:
        raise HTTPException(404, "There is no such person here.")
    return known


def _shown(request: Request, visitor: Visitor, invited: Person | None = None, token: str = "") -> Response:
    """Show everybody, and a fresh link once: it stands in this answer and nowhere else."""
    desk = desk_of(request)
    still = accounts.find_person(desk.engine, visitor.person.id)
    if not still.may("manage"):  # they have just given up the right themselves
        return Response(status_code=204, headers={"HX-Redirect": "/"})
    return page(
        request,
        "colleagues" if request.headers.get("HX-Request") else "people",
        visitor,
        everyone=accounts.everybody(desk.engine),
        roles=ROLES,
        duties=DUTIES,
        invited=invited,
        link=f"{address_of(request)}/welcome/{token}" if token else "",
    )
