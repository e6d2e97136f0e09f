"""Things known by being the very one: keys for what is asked many times in a row about one value."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Thing = TypeVar("Thing", covariant=True)


@dataclass(frozen=True, eq=False)
class Selfsame(Generic[Thing]):
    """A key that is equal for one and the same `thing` only, so that nothing in it need be hashed or compared."""

    thing: Thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Selfsame) and self.thing is other.thing

    def __hash__(self) -> int:
        return id(self.thing)
