"""Who may be told a passage: everybody, customers who have proven who they are, or staff alone."""

from collections.abc import Iterable
from enum import StrEnum


class Audience(StrEnum):
    PUBLIC = "public"
    CUSTOMERS = "customers"
    STAFF = "staff"

    @property
    def sees(self) -> frozenset["Audience"]:
        """What may be told to them: what is for them and for everybody with fewer rights."""
        return _SEES[self]


_SEES = {
    Audience.PUBLIC: frozenset({Audience.PUBLIC}),
    Audience.CUSTOMERS: frozenset({Audience.PUBLIC, Audience.CUSTOMERS}),
    Audience.STAFF: frozenset(Audience),
}
_PRIVATE_FOLDERS = {"customers": Audience.CUSTOMERS, "staff": Audience.STAFF}


def narrowest(audiences: Iterable[Audience]) -> Audience:
    """Of several, the one with the fewest readers; everybody where none is named."""
    return max(audiences, key=lambda one: len(one.sees), default=Audience.PUBLIC)


def audience_of(folders: Iterable[str]) -> Audience:
    """What the folders on the way to a file say: whatever lies below `staff` or `customers` is private."""
    return narrowest(_PRIVATE_FOLDERS.get(name.lower(), Audience.PUBLIC) for name in folders)
