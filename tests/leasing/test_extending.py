"""Extending leases on a real database: at once, by asking, by keep going; each decided once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

from hub import asks, extending, leasing, notices
from hub.errors import BadValue, NotFound, Refused, StateChanged
from hub.extending import Asked, Extended
from hub.house import House
from hub.leasing import Ask
from hub.policy.ceilings import Quota
from hub.policy.leases import EndReason, Lease
from hub.policy.outcomes import Denial
from hub.policy.requests import SpawnRequest
from hub.policy.rights import HOST, Actor
from hub.policy.work import Sample
from hub.store import ceilings, people
from hub.store.asks import Request
from hub.store.ledger_schema import escrow
from hub.store.people import NewPerson
from hub.store.rights import load_actor
from hub.store.schema import audit, leases
from hub.store.waiting_schema import tickets
from hub.store.work import write_samples
from tests.boots import boot_at
from tests.leasing.conftest import NOON

LAB = "group:field-lab"
HOUR = timedelta(hours=1)
LATE = NOON + 3.5 * HOUR
"""Half an hour before a lease of four hours ends."""


@pytest.fixture(autouse=True)
def field_lab(house: House) -> None:
    """Ann, bob and tess are of field-lab, and tess manages it; charlie is not of it."""
    with house.database.write() as db:
        people.add_group(db, "field-lab", NOON)
        for number, name in enumerate(("tess", "charlie")):
            people.add_person(db, NewPerson(name, 201500 + number, False, None, False), NOON)
        for name in ("ann", "bob", "tess"):
            people.add_member(db, "field-lab", people.load_person(db, name), NOON)
        people.set_manager(db, "field-lab", people.load_person(db, "tess"), True)


def start(house: House, user: str = "ann", share: str = "0.5") -> Lease:
    """Start a server of four hours at noon."""
    request = SpawnRequest(gpus=Fraction(share))
    opened = leasing.request(house, Ask(user, "", request), NOON)
    assert isinstance(opened, Lease), opened
    return leasing.activate(house, opened.id, NOON, boot_at(NOON))


def actor(house: House, name: str) -> Actor:
    """Load somebody of the cast."""
    with house.database.read() as db:
        return load_actor(db, name)


def extend(
    house: House, lease: Lease, hours: float = 1, who: str = "ann"
) -> Extended | Asked | Denial:
    """Ask for so many hours more."""
    return extending.extend(house, lease.id, hours, actor(house, who), LATE)


def asked(house: House, lease: Lease, hours: float = 1) -> Request:
    """Ask for what needs a decision."""
    outcome = extend(house, lease, hours)
    assert isinstance(outcome, Asked), outcome
    return outcome.request


def allow(house: House, scope: str, kind: str, value: float, window: str | None = None) -> None:
    """Set a quota."""
    with house.database.write() as db:
        quota = Quota(Fraction(str(value)), window)  # type: ignore[arg-type]
        ceilings.set_ceiling(db, scope, kind, quota)


def now_of(house: House, lease: Lease) -> Lease:
    """Load a lease as it is now."""
    return leasing.load_lease(house, lease.id)


def held_ms(house: House, lease: Lease) -> int:
    """Sum what the lease holds of budgets."""
    with house.database.read() as db:
        rows = db.execute(select(escrow.c.held_ms).where(escrow.c.lease_id == lease.id))
        return sum(rows.scalars())


def actions(house: House) -> list[str]:
    """List what the audit log says was done."""
    with house.database.read() as db:
        return list(db.execute(select(audit.c.action).order_by(audit.c.id)).scalars())


def test_an_extension_moves_the_end_and_what_is_promised_and_held(house: House) -> None:
    lease = start(house)
    before = held_ms(house, lease)
    outcome = extend(house, lease, 1.5)
    assert isinstance(outcome, Extended)
    after = now_of(house, lease)
    assert outcome.lease == after
    assert lease.expires_at is not None
    assert after.expires_at == after.guaranteed_until == lease.expires_at + 1.5 * HOUR
    assert after.duration == 5.5 * HOUR
    assert held_ms(house, lease) - before == 1.5 * 3_600_000 / 2
    assert actions(house).count("lease extend") == 1


def test_a_loan_that_runs_longer_is_promised_no_more(house: House) -> None:
    lease = start(house)
    with house.database.write() as db:
        db.execute(leases.update().values(loan=True, guaranteed_until=NOON))
    assert isinstance(extend(house, lease), Extended)
    assert now_of(house, lease).guaranteed_until == NOON


def test_a_loan_is_not_extended_past_its_notice(house: House) -> None:
    lease = start(house)
    with house.database.write() as db:
        db.execute(leases.update().values(loan=True, reclaim_at=LATE + HOUR / 6))
    assert isinstance(extend(house, lease), Denial)
    assert now_of(house, lease).expires_at == lease.expires_at


def test_a_manager_may_extend_a_members_lease_and_a_stranger_may_not(house: House) -> None:
    lease = start(house)
    assert isinstance(extend(house, lease, who="tess"), Extended)
    for who in ("bob", "charlie"):
        with pytest.raises(Refused):
            extend(house, lease, who=who)


def test_a_lease_nobody_has_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        extending.extend(house, 99, 1, HOST, LATE)


@pytest.mark.parametrize("hours", [0, -1, 0.001, float("nan"), float("inf"), 10_000])
def test_hours_that_are_none_are_refused_by_name(house: House, hours: float) -> None:
    lease = start(house)
    with pytest.raises(BadValue):
        extending.extend(house, lease.id, hours, HOST, LATE)


def test_what_a_ceiling_forbids_is_asked_once(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4)
    lease = start(house)
    first, second = asked(house, lease), asked(house, lease)
    assert first == second
    assert (first.user, first.account, first.more) == ("ann", LAB, HOUR)
    assert now_of(house, lease).expires_at == lease.expires_at
    assert actions(house).count("request open") == 1


def test_asking_for_other_hours_changes_the_one_request(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4)
    lease = start(house)
    first, second = asked(house, lease), asked(house, lease, 2)
    assert (first.id, second.more) == (second.id, 2 * HOUR)


def test_what_would_pass_is_told_with_the_request(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4.5)
    lease = start(house)
    outcome = extend(house, lease)
    assert isinstance(outcome, Asked)
    assert outcome.denial.would_fit is not None
    assert outcome.denial.would_fit.duration == HOUR / 2
    assert extending.find_longest(house, lease.id, LATE) == HOUR / 2


def test_over_budget_a_manager_grants_without_being_administrator(house: House) -> None:
    allow(house, "user:ann", "gpu_hours_each", 2, "week")
    lease = start(house)
    outcome = extend(house, lease)
    assert isinstance(outcome, Asked)
    (reason,) = outcome.denial.reasons
    assert (reason.code, reason.rule, reason.numbers["held"]) == ("budget", "gpu-hours-each", 2)
    granted = asks.grant(house, outcome.request.id, actor(house, "tess"), "thesis", LATE)
    assert isinstance(granted, Request)
    assert (granted.state, granted.decided_by, granted.note) == ("granted", "tess", "thesis")
    assert lease.expires_at is not None
    assert now_of(house, lease).expires_at == lease.expires_at + HOUR
    assert actions(house)[-2:] == ["lease extend", "request grant"]


def test_a_manager_does_not_pass_over_the_budget_of_the_group(house: House) -> None:
    allow(house, LAB, "gpu_hours", 2, "week")
    lease = start(house)
    request = asked(house, lease)
    denied = asks.grant(house, request.id, actor(house, "tess"), "", LATE)
    assert isinstance(denied, Denial)
    assert [r.rule for r in denied.reasons] == ["gpu-hours"]
    assert now_of(house, lease).expires_at == lease.expires_at
    assert isinstance(asks.grant(house, request.id, HOST, "", LATE), Request)


def test_who_waits_is_not_passed_over_by_a_manager(house: House) -> None:
    lease = start(house)
    with house.database.write() as db:
        db.execute(
            tickets.insert().values(
                person_id=2,
                server="",
                account=LAB,
                profile="notebook",
                gpus=Fraction(1),
                duration=HOUR,
                preemptible=True,
                auto_start=True,
                asked_at=NOON,
                state="waiting",
            )
        )
    request = asked(house, lease)
    assert isinstance(asks.grant(house, request.id, actor(house, "tess"), "", LATE), Denial)
    assert isinstance(asks.grant(house, request.id, HOST, "", LATE), Request)


@pytest.mark.parametrize("who", ["ann", "bob", "charlie"])
def test_who_may_not_decide_decides_nothing(house: House, who: str) -> None:
    allow(house, "site", "lease_hours_total", 4)
    request = asked(house, start(house))
    for decide in (asks.grant, asks.refuse):
        with pytest.raises(Refused):
            decide(house, request.id, actor(house, who), "", LATE)
    assert [ask.state for ask in asks.load_requests(house, HOST)] == ["open"]


def test_a_manager_does_not_decide_a_request_of_their_own(house: House) -> None:
    allow(house, "user:tess", "lease_hours_total", 4)
    lease = start(house, "tess")
    outcome = extend(house, lease, who="tess")
    assert isinstance(outcome, Asked)
    with pytest.raises(Refused):
        asks.grant(house, outcome.request.id, actor(house, "tess"), "", LATE)
    assert isinstance(asks.grant(house, outcome.request.id, HOST, "", LATE), Request)


def test_a_request_is_decided_once(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4)
    lease = start(house)
    request = asked(house, lease)
    asks.grant(house, request.id, HOST, "", LATE)
    ends = now_of(house, lease).expires_at
    for decide in (asks.grant, asks.refuse):
        with pytest.raises(StateChanged):
            decide(house, request.id, HOST, "", LATE)
    assert now_of(house, lease).expires_at == ends


def test_a_refusal_is_told_with_its_note(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4)
    request = asked(house, start(house))
    asks.refuse(house, request.id, actor(house, "tess"), "others need it", LATE)
    (notice,) = notices.load_notices(house, "ann", LATE)
    assert notice.kind == "request-refused"
    assert notice.detail["note"] == "others need it"
    assert actions(house)[-1] == "request refuse"


def test_after_a_refusal_one_may_ask_again(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4)
    lease = start(house)
    first = asked(house, lease)
    asks.refuse(house, first.id, HOST, "", LATE)
    assert asked(house, lease).id != first.id


def test_the_request_of_a_lease_that_ended_can_not_be_granted_and_lapses(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4)
    lease = start(house)
    request = asked(house, lease)
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, LATE)
    assert isinstance(asks.grant(house, request.id, HOST, "", LATE), Denial)
    notices.tidy(house, LATE)
    assert asks.load_requests(house, HOST) == []
    assert [ask.state for ask in asks.load_requests(house, HOST, everything=True)] == ["lapsed"]


def test_one_sees_the_requests_one_asked_or_may_decide(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4)
    asked(house, start(house))
    seen = {n: len(asks.load_requests(house, actor(house, n))) for n in ("ann", "bob", "tess")}
    assert seen == {"ann": 1, "bob": 0, "tess": 1}


def work(house: House, lease: Lease, utilisation: int | None) -> None:
    """Write a sample taken half an hour before the end."""
    with house.database.write() as db:
        write_samples(db, [Sample(lease.id, utilisation, 1024)], LATE)


@pytest.mark.parametrize(("utilisation", "kept"), [(93, True), (None, True), (0, False)])
def test_what_works_keeps_going_by_an_hour(
    house: House, utilisation: int | None, kept: bool
) -> None:
    lease = start(house)
    extending.set_keep_going(house, lease.id, True, actor(house, "ann"), NOON)
    work(house, lease, utilisation)
    assert [done.id for done in extending.keep_going(house, LATE)] == ([lease.id] if kept else [])
    assert lease.expires_at is not None
    expected = lease.expires_at + (HOUR if kept else timedelta())
    assert now_of(house, lease).expires_at == expected
    assert extending.keep_going(house, LATE) == []


def test_without_the_switch_nothing_keeps_going(house: House) -> None:
    lease = start(house)
    work(house, lease, 93)
    assert extending.keep_going(house, LATE) == []


def test_keep_going_takes_what_is_left_of_the_whole_time_and_then_stops(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4.25)
    lease = start(house)
    extending.set_keep_going(house, lease.id, True, actor(house, "ann"), NOON)
    work(house, lease, 93)
    extending.keep_going(house, LATE)
    assert now_of(house, lease).expires_at == NOON + 4.25 * HOUR
    assert extending.keep_going(house, LATE) == []


def test_the_switch_is_its_owners(house: House) -> None:
    lease = start(house)
    with pytest.raises(Refused):
        extending.set_keep_going(house, lease.id, True, actor(house, "bob"), NOON)
    extending.set_keep_going(house, lease.id, True, actor(house, "ann"), NOON)
    extending.set_keep_going(house, lease.id, True, actor(house, "ann"), NOON)
    assert now_of(house, lease).keep_going
    assert actions(house).count("lease keep-going") == 1


def test_the_first_visit_is_noted_once(house: House) -> None:
    lease = start(house)
    assert extending.opened(house, lease.id, NOON)
    assert not extending.opened(house, lease.id, LATE)
    assert now_of(house, lease).visited_at == NOON


def test_of_many_who_extend_in_the_same_moment_just_what_fits_is_granted(house: House) -> None:
    """The group's budget holds two hours more of half a GPU, and eight ask for one at once."""
    allow(house, LAB, "gpu_hours", 3, "week")
    lease = start(house)
    ann = actor(house, "ann")
    with ThreadPoolExecutor(8) as pool:
        found = [pool.submit(extending.extend, house, lease.id, 1, ann, LATE) for _ in range(8)]
        outcomes = [future.result() for future in found]
    assert [isinstance(outcome, Extended) for outcome in outcomes].count(True) == 2
    assert lease.expires_at is not None
    assert now_of(house, lease).expires_at == lease.expires_at + 2 * HOUR
    assert held_ms(house, lease) == 3 * 3_600_000
    assert len(asks.load_requests(house, HOST)) == 1


def test_a_request_that_two_decide_in_the_same_moment_is_decided_once(house: House) -> None:
    allow(house, "site", "lease_hours_total", 4)
    lease = start(house)
    request = asked(house, lease)

    def decide(number: int) -> bool:
        try:
            asks.grant(house, request.id, HOST, str(number), LATE)
        except StateChanged:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        decided = list(pool.map(decide, range(8)))
    assert decided.count(True) == 1
    assert lease.expires_at is not None
    assert now_of(house, lease).expires_at == lease.expires_at + HOUR
