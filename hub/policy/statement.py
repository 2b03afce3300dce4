"""What a month came to for one account, and how loans are counted against those who lent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Statement:
    """One account's month; amounts in weighted GPU-milliseconds.

    `got` was charged, corrections left out; `asked` is what leases and tickets asked for that were
    opened in the month; `wasted` was held, by leases opened in the month, while their GPUs were
    seen idle; `waited` is of tickets asked for in the month. `overrun` is the site's alone.
    """

    account: str
    first: date
    got: int
    asked: int
    tickets: int
    waited: timedelta
    wasted: int
    lent: int
    borrowed: int
    corrections: int
    overrun: int
    audit_head: str | None = None
    """The head of the audit chain when it was made; None until there is one."""

    @property
    def mean_wait(self) -> timedelta:
        """Give how long a ticket waited on average."""
        return self.waited / self.tickets if self.tickets else timedelta()


def lent_by(borrowed: Mapping[str, int], guarantees: Mapping[str, int]) -> Mapping[str, int]:
    """Share what others borrowed out among those with a guarantee, by its size.

    A loan draws on all unused guarantees but the borrower's own. Rounded down each; so the sum
    lent is at most the sum borrowed.
    """
    lent = dict.fromkeys(guarantees, 0)
    for borrower, amount in borrowed.items():
        others = {a: size for a, size in guarantees.items() if a != borrower}
        whole = sum(others.values())
        for account, size in others.items():
            lent[account] += amount * size // whole if whole else 0
    return lent
