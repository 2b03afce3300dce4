"""What must hold of the books at any moment between two transactions."""

from sqlalchemy import ColumnElement, Connection, func, select, true

from hub.policy.leases import State
from hub.store.entries import CHARGE
from hub.store.ledger_schema import day_sums, escrow, ledger, meters
from hub.store.schema import leases, people
from hub.units import PARTS


def check_agreement(db: Connection) -> None:
    """Hold that ledger, sums by day, escrow and meters say the same, and nothing is negative."""
    charged = total(db, ledger.c.gpu_ms, ledger.c.kind == CHARGE)
    assert charged == total(db, meters.c.charged_ms)
    at_site = day_sums.c.scope == "site"
    assert total(db, ledger.c.gpu_ms) == total(db, day_sums.c.settled_ms, at_site)
    assert total(db, escrow.c.held_ms) == total(db, day_sums.c.held_ms, at_site)
    for person_id, name in db.execute(select(people.c.id, people.c.name)).all():
        mine = day_sums.c.scope == f"user:{name}"
        assert total(db, ledger.c.gpu_ms, ledger.c.person_id == person_id) == total(
            db, day_sums.c.settled_ms, mine
        )
        own = select(leases.c.id).where(leases.c.person_id == person_id)
        held = total(db, escrow.c.held_ms, escrow.c.lease_id.in_(own))
        assert held == total(db, day_sums.c.held_ms, mine)
    check_each_lease(db)
    assert all(held > 0 for held in db.execute(select(escrow.c.held_ms)).scalars())
    least = select(func.min(day_sums.c.settled_ms), func.min(day_sums.c.held_ms))
    assert all(amount is None or amount >= 0 for amount in db.execute(least).one())


def check_each_lease(db: Connection) -> None:
    """Hold of each lease that its rows sum to the floor of its run, and it never costs more."""
    query = select(leases, meters.c.run_ms, meters.c.charged_ms).outerjoin(
        meters, meters.c.lease_id == leases.c.id
    )
    for lease in db.execute(query).all():
        mine = (ledger.c.lease_id == lease.id) & (ledger.c.kind == CHARGE)
        held = total(db, escrow.c.held_ms, escrow.c.lease_id == lease.id)
        charged = lease.charged_ms or 0
        assert total(db, ledger.c.gpu_ms, mine) == charged
        assert charged == lease.parts * (lease.run_ms or 0) // PARTS
        span = lease.duration
        if lease.active_at is not None:
            span = max(span, lease.expires_at - lease.active_at)
        assert charged + held <= lease.parts * int(span.total_seconds() * 1000) // PARTS
        if lease.state == State.CLOSED:
            assert held == 0


def total(
    db: Connection, column: ColumnElement[int], where: ColumnElement[bool] | None = None
) -> int:
    """Sum a column; of no rows it is 0."""
    query = select(func.coalesce(func.sum(column), 0)).where(true() if where is None else where)
    return int(db.execute(query).scalar_one())
