"""Who uses the desk, and what each role may do."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Role = Literal["author", "reviewer", "admin", "auditor"]
Right = Literal["read", "write", "decide", "audit", "manage"]

# write: briefs, runs, wording, comments, times. decide: approve, reject, withdraw. audit: the ledger, whole.
# manage: people, webhooks, which rules are in force. An auditor reads and changes nothing.
RIGHTS: dict[Role, frozenset[Right]] = {
    "author": frozenset({"read", "write"}),
    "reviewer": frozenset({"read", "write", "decide", "audit"}),
    "admin": frozenset({"read", "write", "decide", "audit", "manage"}),
    "auditor": frozenset({"read", "audit"}),
}
ROLES: tuple[Role, ...] = tuple(RIGHTS)


class Person(BaseModel):
    """Somebody with an account. `id` is what decisions and comments bear: it stays when the rest is erased."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    email: str
    role: Role
    active: bool = True
    signs_in: bool = True  # whether they have a password or an identity elsewhere by now

    @property
    def goes_by(self) -> frozenset[str]:
        """What this person may be called where they act without their account, as in a terminal."""
        return frozenset({self.id, self.name, self.email, self.email.partition("@")[0]})

    def may(self, right: Right) -> bool:
        return self.active and right in RIGHTS[self.role]
