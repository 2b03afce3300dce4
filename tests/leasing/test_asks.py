"""Requests for more time on a real database: by whom, over what, and each decided once."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest

from hub import asks, leasing, notices
from hub.errors import Refused, StateChanged
from hub.extending import Asked
from hub.house import House
from hub.policy.leases import EndReason
from hub.policy.outcomes import Denial
from hub.policy.rights import HOST
from hub.store.asks import Request
from hub.store.waiting_schema import tickets
from tests.leasing.conftest import NOON
from tests.leasing.field_lab import (
    HOUR,
    LAB,
    LATE,
    actions,
    actor,
    allow,
    asked,
    extend,
    field_lab,
    now_of,
    start,
)

__all__ = ["field_lab"]

pytestmark = pytest.mark.usefixtures("field_lab")


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


def test_a_request_that_is_asked_anew_with_other_hours_is_audited_anew(house: House) -> None:
    allow(house, "user:ann", "gpu_hours_each", 2, "week")
    lease = start(house)
    first, again, more = (asked(house, lease, hours) for hours in (1, 1, 2))
    assert first.id == again.id == more.id
    assert actions(house).count("request open") == 2


def test_a_manager_does_not_pass_over_the_budget_of_the_group(house: House) -> None:
    allow(house, LAB, "gpu_hours", 2, "week")
    lease = start(house)
    request = asked(house, lease)
    denied = asks.grant(house, request.id, actor(house, "tess"), "", LATE)
    assert isinstance(denied, Denial)
    assert [r.rule for r in denied.reasons] == ["gpu-hours"]
    assert now_of(house, lease).expires_at == lease.expires_at
    assert isinstance(asks.grant(house, request.id, HOST, "", LATE), Request)


def test_a_manager_passes_over_ones_own_ceiling_up_to_that_of_the_group(house: House) -> None:
    allow(house, "user:ann", "lease_hours_total", 5)
    allow(house, LAB, "lease_hours_total", 12)
    lease = start(house)
    tess = actor(house, "tess")
    denied = asks.grant(house, asked(house, lease, 9).id, tess, "", LATE)
    assert isinstance(denied, Denial)
    assert [(r.rule, r.numbers["from"]) for r in denied.reasons] == [("lease-hours-total", LAB)]
    assert isinstance(asks.grant(house, asked(house, lease, 8).id, tess, "", LATE), Request)


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
