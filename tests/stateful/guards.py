"""The guards that keep each invariant, and how each is removed: a text, and what stands instead."""

from dataclasses import dataclass

Change = tuple[str, str, str]
"""A file, a text that is in it once, and what replaces it."""


@dataclass(frozen=True)
class Guard:
    """In the `life` told it must then be said that something `breaks`."""

    life: str
    breaks: str
    changes: tuple[Change, ...]


def _guard(life: str, breaks: str, *change: str) -> Guard:
    file, stands, instead = change
    return Guard(life, breaks, ((file, stands, instead),))


GUARDS = {
    "I1: a slot's row has a key, and admission looks at what is taken": Guard(
        "full",
        "slots held .* are not where open leases are placed",
        (
            (
                "hub/store/leases.py",
                "insert(lease_slots), rows",
                'insert(lease_slots).prefix_with("OR REPLACE"), rows',
            ),
            (
                "hub/policy/board.py",
                "tuple([n for n in range(gpu.slots) if n not in gone])",
                "tuple(range(gpu.slots))",
            ),
        ),
    ),
    "I1: slots are freed from closing to closed, not before": _guard(
        "stopped",
        "slots held .* are not where open leases are placed",
        "hub/store/leases.py",
        '    crashes.here("lease.closing")\n',
        "    db.execute(delete(lease_slots).where(lease_slots.c.lease_id == lease_id))\n",
    ),
    "I1: slots are freed only once the container is gone": _guard(
        "given_on",
        "is used by 2 live containers",
        "hub/closing.py",
        "        why = self._end(lease, grace_s)\n",
        "        why = None\n",
    ),
    "I1: a container without a lease is ended": _guard(
        "stray",
        "container .* has no lease",
        "hub/steward/reconcile.py",
        "    _end_strays(office, leases, containers)\n\n\ndef _settle",
        "\n\ndef _settle",
    ),
    "I2: what was cut short is rolled back": _guard(
        "cut_short",
        "its server's name is not its own",
        "hub/store/database.py",
        'exec_driver_sql("ROLLBACK")',
        'exec_driver_sql("COMMIT")',
    ),
    "I2: the ticket of an offer that came to nothing has its place again": _guard(
        "not_taken",
        "is offered lease .* which is not held for it",
        "hub/store/leases.py",
        "    give_back_ticket(db, lease, now)\n",
        "",
    ),
    "I3: a lease ends when its time is over": _guard(
        "ended_in_time",
        "runs though its time is over",
        "hub/steward/expiry.py",
        "for lease in expired(leases, now):",
        "for lease in ():",
    ),
    "I3: an offer that nobody took ends": _guard(
        "not_clicked",
        "is an offer whose time is over",
        "hub/offers.py",
        "    if _is_over(offered.lease, now):\n        return True\n",
        "",
    ),
    "I3: a lease without a server is closed": _guard(
        "never_came_up",
        "is open and has no container",
        "hub/steward/reconcile.py",
        "        if server is None:\n            _close_orphan(office, lease)\n        elif",
        "        if server is None:\n            pass\n        elif",
    ),
    "I3: who waits is told why again and again": _guard(
        "kept_waiting",
        "was last told why at|nobody said why",
        "hub/steward/dispatch.py",
        "    judge_all(office.house, now)\n",
        "",
    ),
    "ledger: a row and its sums are written together": _guard(
        "charged_twice",
        "the sums of .* say|has rows of .* and no sum",
        "hub/store/entries.py",
        "        add_to_day(db, scope, entry.day, settled_ms=entry.gpu_ms)\n",
        "        pass\n",
    ),
    "ledger: a lease's charges are its run, rounded down once": _guard(
        "charged_twice",
        "ms and was charged",
        "hub/policy/meters.py",
        "        total = parts * (meter.run_ms + span // MS) // PARTS\n",
        "        total = charged + parts * (span // MS) // PARTS + 1\n",
    ),
    "ledger: nothing is charged past a lease's time": _guard(
        "time_is_over",
        "longer than it had",
        "hub/policy/meters.py",
        "    run_ms = min((span - past) // MS, max(allowed_ms(lease) - meter.run_ms, 0))\n",
        "    run_ms = span // MS\n",
    ),
    "escrow: a closed lease holds nothing": _guard(
        "stopped_and_gone",
        "is closed and holds",
        "hub/store/ledger.py",
        "    _set_escrow(db, lease, {})\n",
        "",
    ),
    "escrow: a span that is over costs nothing more": _guard(
        "time_is_over",
        "and holds -",
        "hub/policy/escrow.py",
        "for day, part in split_by_day(since, until, zone):",
        "for day, part in ((since.date(), until - since),):",
    ),
    "escrow: what was charged is held no longer": _guard(
        "charged_twice",
        "it may cost",
        "hub/store/ledger.py",
        "    _set_escrow(db, lease, hold(lease, after, zone))\n    return after",
        "    return after",
    ),
    "guarantees: no lease breaks a promise": _guard(
        "not_lent",
        "promised",
        "hub/policy/promises.py",
        "            if after > max(self.floor.healthy, moment.total):\n",
        "            if False:\n",
    ),
    "guarantees: they count as what is healthy leaves of them": _guard(
        "not_lent_of_what_is_left",
        "promised",
        "hub/policy/amounts.py",
        "        account: parts * floor.healthy // nominal // slot * slot\n",
        "        account: 0\n",
    ),
    "guarantees: loans are told": _guard(
        "comes_back",
        "is owed a slot, and",
        "hub/steward/reclaim.py",
        "in reclaiming.tell(office.house, now).items():",
        "in {}.items():",
    ),
    "guarantees: loans that were told are taken back": _guard(
        "comes_back",
        "is owed a slot, and|runs though it is taken back",
        "hub/policy/loans.py",
        "        if lease.state is State.ACTIVE and lease.reclaim_at is not None and",
        "        if lease.state is State.HELD and lease.reclaim_at is not None and",
    ),
    "nobody starves: the first who must wait casts a shadow": _guard(
        "waits_for_both",
        "still wait",
        "hub/policy/walk.py",
        "        self.shadow = cast_shadow(floor, wish, self.promises)\n",
        "        self.shadow = None\n",
    ),
    "nobody starves: who waited for long is served first": _guard(
        "waits_after_much_use",
        "still wait",
        "hub/policy/order.py",
        "    rank = min(standing.priority + waited, BEST_CLASS)\n",
        "    rank = standing.priority\n",
    ),
    "ceilings: a person's own holds": _guard(
        "wants_too_much",
        "'gpus'|'servers'",
        "hub/policy/own.py",
        "    elif asked and held + asked > ceiling.value:\n",
        "    elif False:\n",
    ),
    "budgets: a start is held by them": _guard(
        "wants_beyond_the_budget",
        "'budget'",
        "hub/policy/own.py",
        "    if not found:\n        return ()\n    return judge(found",
        "    if True:\n        return ()\n    return judge(found",
    ),
    "budgets: what may be used is held from the opening": _guard(
        "want_the_same_hour",
        "'budget'|the sums of",
        "hub/store/ledger.py",
        "    ensure_escrow(db, lease, zone)\n\n\ndef ensure_escrow",
        "\n\ndef ensure_escrow",
    ),
}
"""By the invariant each keeps, and in what words."""
