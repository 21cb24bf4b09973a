"""What a database counts of its own work."""

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Numbers since the start."""

    groups: int = 0
    """Commits: all transactions that one turn of the loop asks for are one."""
    transactions: int = 0
    errors: int = 0
    """Transactions that could not be stored."""
