"""What must be true of the database after anything at all, read from its bare tables."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, select

from hub.store.ledger_schema import day_sums, escrow, ledger, meters
from hub.store.schema import lease_places, lease_servers, lease_slots, leases, people
from hub.store.waiting_schema import ticket_servers, tickets
from hub.units import PARTS

OPEN_TICKETS = ("waiting", "offered")
STANDS = {
    "held": ("opened_at",),
    "active": ("opened_at", "active_at", "expires_at"),
    "closing": ("opened_at", "closing_at", "end_reason"),
    "closed": ("opened_at", "closing_at", "closed_at", "end_reason"),
}
"""What a lease in each state must say of itself."""

Row = dict[str, object]


@dataclass(frozen=True)
class Acknowledged:
    """What somebody was told is so: rows of the ledger, and open places in the waiting list."""

    entries: dict[object, Row]
    places: dict[object, tuple[object, object]]
    leases: frozenset[object]


def acknowledge(db: Connection) -> Acknowledged:
    """Take down what must never be lost from now on."""
    waiting = [t for t in rows(db, tickets) if t["state"] in OPEN_TICKETS]
    return Acknowledged(
        {row["id"]: row for row in rows(db, ledger)},
        {t["id"]: (t["person_id"], t["asked_at"]) for t in waiting},
        frozenset(row["id"] for row in rows(db, leases)),
    )


def lost(db: Connection, before: Acknowledged, ended: frozenset[object] = frozenset()) -> list[str]:
    """List what was acknowledged before and is gone; `ended` are tickets closed on purpose."""
    after = acknowledge(db)
    closed = {t["id"] for t in rows(db, tickets) if t["state"] == "served"}
    kept = {i: place for i, place in before.places.items() if i not in ended | closed}
    changed = [i for i, row in before.entries.items() if after.entries.get(i) != row]
    return [
        *(f"row {i} of the ledger was changed or lost" for i in changed),
        *(f"ticket {i} lost its place" for i, p in kept.items() if after.places.get(i) != p),
        *(f"lease {i} is gone" for i in before.leases - after.leases),
    ]


def broken(db: Connection) -> list[str]:
    """List every invariant that does not hold, in words."""
    return [
        *_slots(db),
        *_states(db),
        *_tickets(db),
        *_charges(db),
        *_sums(db),
        *_costs(db),
    ]


def find_shared(db: Connection, alive: Collection[object]) -> list[str]:
    """List the slots that more than one live container may use; `alive` are their leases."""
    placed = (r for r in rows(db, lease_places) if r["lease_id"] in alive)
    users = Counter((r["gpu_uuid"], r["slot"]) for r in placed)
    return [f"slot {slot} is used by {n} live containers" for slot, n in users.items() if n > 1]


def rows(db: Connection, table: Table) -> list[Row]:
    """Give every row of a table."""
    return [dict(row) for row in db.execute(select(table)).mappings()]


def _slots(db: Connection) -> Iterator[str]:
    """I1: a slot row stands exactly while its lease is open, and so does a server's."""
    open_leases = {row["id"]: row for row in rows(db, leases) if row["state"] != "closed"}
    held = {(r["lease_id"], r["gpu_uuid"], r["slot"]) for r in rows(db, lease_slots)}
    placed = {
        (r["lease_id"], r["gpu_uuid"], r["slot"])
        for r in rows(db, lease_places)
        if r["lease_id"] in open_leases
    }
    if held != placed:
        yield f"slots held {sorted(held)} are not where open leases are placed {sorted(placed)}"
    twice = [key for key, n in Counter(slot[1:] for slot in placed).items() if n > 1]
    if twice:
        yield f"slots {twice} are leased twice"
    names = {r["lease_id"]: (r["person_id"], r["server"]) for r in rows(db, lease_servers)}
    for lease_id, name in names.items():
        lease = open_leases.get(lease_id)
        if lease is None or name != (lease["person_id"], lease["server"]):
            yield f"the server {name} is kept for lease {lease_id}, which is not open for it"
    for lease_id, lease in open_leases.items():
        if lease_id not in names and lease["offer_until"] is None:
            yield f"lease {lease_id} is open and its server's name is not its own"


def _states(db: Connection) -> Iterator[str]:
    """I3: every lease is in a state that says how it came there."""
    for row in rows(db, leases):
        missing = [name for name in STANDS[str(row["state"])] if row[name] is None]
        if missing:
            yield f"lease {row['id']} is {row['state']} without {missing}"


def _tickets(db: Connection) -> Iterator[str]:
    """I2: a place is there once, and what it is offered is held for it alone."""
    every = rows(db, tickets)
    waiting = {t["id"]: (t["person_id"], t["server"]) for t in every if t["state"] in OPEN_TICKETS}
    named = {r["ticket_id"]: (r["person_id"], r["server"]) for r in rows(db, ticket_servers)}
    if waiting != named:
        yield f"open tickets {waiting} are not the servers' {named}"
    by_id = {row["id"]: row for row in rows(db, leases)}
    offered = {t["id"]: t["lease_id"] for t in every if t["state"] == "offered"}
    for ticket_id, lease_id in offered.items():
        lease = by_id.get(lease_id)
        if lease is None or lease["state"] == "closed" or lease["ticket_id"] != ticket_id:
            yield f"ticket {ticket_id} is offered lease {lease_id}, which is not held for it"
    for lease in by_id.values():
        offer = lease["offer_until"] is not None and lease["state"] == "held"
        if offer and offered.get(lease["ticket_id"]) != lease["id"]:
            yield f"lease {lease['id']} is an offer that no ticket knows of"
    placed = {(t["person_id"], t["server"]) for t in every}
    for lease in by_id.values():
        taken = lease["end_reason"] == "reclaim"
        if taken and (lease["person_id"], lease["server"]) not in placed:
            yield f"lease {lease['id']} was taken back and its person has no place for it"


def _charges(db: Connection) -> Iterator[str]:
    """Every charge once: the ledger's rows of a lease are what its meter says it was charged."""
    charged: Counter[object] = Counter()
    overran: Counter[object] = Counter()
    last: set[object] = set()
    for entry in rows(db, ledger):
        if entry["kind"] == "charge":
            charged[entry["lease_id"]] += int(str(entry["gpu_ms"]))
            last.add(entry["lease_id"])
        if entry["kind"] == "overrun":
            overran[entry["lease_id"]] += int(str(entry["gpu_ms"]))
    meter_of = {row["lease_id"]: row for row in rows(db, meters)}
    for lease in rows(db, leases):
        meter = meter_of.get(lease["id"])
        wanted = meter["charged_ms"] if meter else 0
        if charged[lease["id"]] != wanted:
            yield f"lease {lease['id']} was charged {charged[lease['id']]}, its meter says {wanted}"
        if meter:
            yield from _metered(lease, meter)
        if lease["state"] == "closed" and lease["id"] not in last:
            yield f"lease {lease['id']} is closed and left no last row in the ledger"
    if any(amount < 0 for amount in (*charged.values(), *overran.values())):
        yield "a charge is below nothing"


def _metered(lease: Row, meter: Row) -> Iterator[str]:
    """What was charged is what ran, rounded down once, and that is no more than its time."""
    run_ms, parts = int(str(meter["run_ms"])), int(str(lease["parts"]))
    if meter["charged_ms"] != parts * run_ms // PARTS:
        yield f"lease {lease['id']} ran {run_ms} ms and was charged {meter['charged_ms']}"
    since, until = lease["active_at"], lease["expires_at"]
    assert isinstance(since, datetime)
    assert isinstance(until, datetime)
    if timedelta(milliseconds=run_ms) > until - since:
        yield f"lease {lease['id']} was charged for {run_ms} ms, longer than it had"


def _sums(db: Connection) -> Iterator[str]:
    """The sums by day are the sums of their rows; escrow is of open leases, above nothing."""
    names = {row["id"]: f"user:{row['name']}" for row in rows(db, people)}
    by_id = {row["id"]: row for row in rows(db, leases)}
    settled: dict[tuple[str, object], int] = defaultdict(int)
    held: dict[tuple[str, object], int] = defaultdict(int)
    for entry in rows(db, ledger):
        for scope in _scopes(entry, names):
            settled[scope, entry["day"]] += int(str(entry["gpu_ms"]))
    for row in rows(db, escrow):
        lease = by_id[row["lease_id"]]
        if int(str(row["held_ms"])) <= 0 or lease["state"] == "closed":
            yield f"lease {lease['id']} is {lease['state']} and holds {row['held_ms']}"
        for scope in _scopes(lease, names):
            held[scope, row["day"]] += int(str(row["held_ms"]))
    for row in rows(db, day_sums):
        key = (str(row["scope"]), row["day"])
        found = (row["settled_ms"], row["held_ms"])
        wanted = (settled.pop(key, 0), held.pop(key, 0))
        if found != wanted:
            yield f"the sums of {key} say {found}, their rows {wanted}"
    for left in (settled, held):
        yield from (f"{key} has rows of {n} and no sum" for key, n in left.items() if n)


def _costs(db: Connection) -> Iterator[str]:
    """What a lease was charged and still holds is never more than its whole time may cost."""
    charged = {row["lease_id"]: int(str(row["charged_ms"])) for row in rows(db, meters)}
    held: Counter[object] = Counter()
    for row in rows(db, escrow):
        held[row["lease_id"]] += int(str(row["held_ms"]))
    for lease in rows(db, leases):
        length, parts = lease["duration"], int(str(lease["parts"]))
        assert isinstance(length, timedelta)
        most = parts * (length // timedelta(milliseconds=1)) // PARTS
        if charged.get(lease["id"], 0) + held[lease["id"]] > most:
            yield f"lease {lease['id']} holds {held[lease['id']]} beyond the {most} it may cost"


def _scopes(row: Row, names: dict[object, str]) -> set[str]:
    own = {names[row["person_id"]]} if row["person_id"] is not None else set()
    return {*own, str(row["account"]), "site"}
