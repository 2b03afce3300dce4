"""What no grant may make worse: promises above what is healthy, ceilings, and budgets."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from hub.house import House
from hub.policy.amounts import held_at, reserved_at
from hub.policy.ceilings import GPU_HOURS, GPUS, SERVERS, nearest
from hub.policy.floor import Floor
from hub.store.ceilings import load_for, load_scope
from hub.store.floor import load_floor
from hub.store.leases import load_open
from hub.store.ledger_schema import day_sums
from hub.store.people import load_people
from hub.units import to_parts
from tests.crashes.stage import GPUS as GPU_FACTS
from tests.invariants import rows

HOUR_MS = 3_600_000
SLOT = 100
"""A slot of the world's GPUs, in parts."""

Amounts = dict[object, int]


@dataclass(frozen=True)
class Standing:
    """Amounts with the most they may be, by what they are; at one moment."""

    used: Amounts
    most: Amounts

    def worse_than(self, before: "Standing") -> list[str]:
        """List what is above its most now and was not, or less so, before."""
        return [
            f"{key}: {used} of {self.most[key]}, before {before.used.get(key, 0)}"
            for key, used in self.used.items()
            if used > max(self.most[key], before.used.get(key, 0))
        ]

    def overdrawn(self) -> bool:
        """Say whether more is promised than is healthy: a GPU was lost, or a guarantee raised."""
        return any(
            isinstance(key, tuple) and key[0] == "promised" and used > self.most[key]
            for key, used in self.used.items()
        )


def take(house: House, now: datetime) -> Standing:
    """Take down everything that a grant may not make worse."""
    used: Amounts = {}
    most: Amounts = {}
    with house.database.read() as db:
        floor = load_floor(db, house.terms, now)
        for moment in {now, *(w.since for w in floor.occurrences if w.since > now)}:
            used["promised", moment] = promised_at(floor, moment)
            most["promised", moment] = floor.healthy
        _add_each(db, used, most)
        _add_budgets(db, used, most)
    return Standing(used, most)


def effective(floor: Floor) -> dict[str, int]:
    """Work out anew what is left of each guarantee: times healthy over nominal, in whole slots."""
    nominal = sum(4 * SLOT for _ in GPU_FACTS)
    return {
        account: parts * floor.healthy // nominal // SLOT * SLOT
        for account, parts in floor.guarantees.items()
    }


def promised_at(floor: Floor, moment: datetime) -> int:
    """Work out anew what is promised at a moment: what each account holds, or is owed if more."""
    amounts = (held_at(floor, moment), reserved_at(floor, moment), effective(floor))
    accounts = {account for amount in amounts for account in amount}
    return sum(max(amount.get(a, 0) for amount in amounts) for a in accounts)


def _add_each(db: Connection, used: Amounts, most: Amounts) -> None:
    held: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for lease in load_open(db):
        held[lease.user][0] += lease.parts
        held[lease.user][1] += 0 if lease.offer_until else 1
    for person in load_people(db):
        account = person.account_for(None) or "site"
        ceilings = load_for(db, person)
        gpus = nearest(ceilings, GPUS, person.name, account)
        servers = nearest(ceilings, SERVERS, person.name, account)
        assert gpus is not None
        assert servers is not None
        used["gpus", person.name], used["servers", person.name] = held[person.name]
        most["gpus", person.name] = to_parts(gpus.value)
        most["servers", person.name] = int(servers.value)


def _add_budgets(db: Connection, used: Amounts, most: Amounts) -> None:
    for row in rows(db, day_sums):
        budget = load_scope(db, str(row["scope"])).get(GPU_HOURS)
        if budget is not None and budget.window == "day":
            key = ("budget", row["scope"], row["day"])
            used[key] = int(str(row["settled_ms"])) + int(str(row["held_ms"]))
            most[key] = int(budget.value * HOUR_MS)
