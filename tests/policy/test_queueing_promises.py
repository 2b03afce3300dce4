"""Whose turn it is where guarantees and reservations stand: what is lent, and what is kept."""

from dataclasses import replace

from hub.policy.queueing import next_turn, shadow_of
from hub.policy.reservations import Occurrence
from tests.policy.floors import HALF, QUARTER, WHOLE, at, floor_of, held, nothing, waits
from tests.policy.turns import codes, turn


def test_another_groups_unused_guarantee_is_only_lent() -> None:
    mine = {"group:a": 400}
    lent = next_turn(floor_of(1, guarantees=mine, queue=(waits(1),)), nothing)
    assert lent is not None
    assert lent.grant.loan
    kept = floor_of(1, guarantees=mine, queue=(waits(1, preemptible=False),))
    assert turn(kept) is None
    own = next_turn(floor_of(1, guarantees=mine, queue=(waits(1, account="group:a"),)), nothing)
    assert own is not None
    assert not own.grant.loan


def test_common_ground_comes_before_what_is_lent() -> None:
    half = {"group:a": 200}
    found = next_turn(floor_of(1, guarantees=half, queue=(waits(1),)), nothing)
    assert found is not None
    assert not found.grant.loan


def test_one_who_may_not_borrow_is_not_overtaken_on_common_ground() -> None:
    """A later, smaller one may not eat up the common ground that the first waits for."""
    line = (
        waits(1, WHOLE, asked=-2, preemptible=False),
        waits(2, HALF, hours=9, asked=-1, preemptible=False),
    )
    floor = floor_of(2, held(1, 0, 1, hours=2), guarantees={"group:a": 400}, queue=line)
    shadow = shadow_of(floor, nothing)
    assert shadow is not None
    assert shadow.at == at(2)
    assert turn(floor) is None


def test_an_owner_starts_behind_one_who_waits_to_borrow() -> None:
    """A loan that is waited for counts on no common ground, so it takes none from an owner."""
    line = (
        waits(1, WHOLE, asked=-2),
        waits(2, QUARTER, hours=9, asked=-1, account="group:a", preemptible=False),
    )
    own = [
        *held(1, 0, hours=2, account="group:a"),
        *held(2, 0, 1, 2, 3, hours=9, account="group:a"),
        *held(3, 0, 1, 2, hours=9, account="group:a"),
    ]
    assert turn(floor_of(3, own, guarantees={"group:a": 1200}, queue=line)) == 2


def test_an_owner_is_not_held_up_by_one_who_may_not_borrow_because_of_them() -> None:
    owner = waits(2, QUARTER, asked=-1, account="group:a", preemptible=False)
    floor = floor_of(1, guarantees={"group:a": 100}, queue=(waits(1, WHOLE, asked=-2), owner))
    assert turn(floor) == 2


def test_a_reserved_window_keeps_others_from_running_into_it() -> None:
    window = Occurrence(1, "group:a", 400, at(1), at(3))
    floor = floor_of(1, occurrences=(window,), queue=(waits(1, WHOLE, hours=2),))
    assert turn(floor) is None
    assert codes(floor) == {1: ["reservation"]}
    assert turn(floor_of(1, occurrences=(window,), queue=(waits(1, WHOLE, hours=1),))) == 1
    whose = waits(1, WHOLE, hours=2, account="group:a")
    assert turn(floor_of(1, occurrences=(window,), queue=(whose,))) == 1


def test_reserved_and_unused_slots_are_lent_only_some_time_after_the_bell() -> None:
    rung = Occurrence(1, "group:a", 400, at(-0.1), at(3))
    assert turn(floor_of(1, occurrences=(rung,), queue=(waits(1),))) is None
    long_ago = replace(rung, since=at(-0.2))
    found = next_turn(floor_of(1, occurrences=(long_ago,), queue=(waits(1),)), nothing)
    assert found is not None
    assert found.grant.loan
    strict = floor_of(1, occurrences=(long_ago,), queue=(waits(1, preemptible=False),))
    assert turn(strict) is None


def test_who_waits_draws_on_their_groups_window_once_it_is_on() -> None:
    window = Occurrence(1, "group:class", 400, at(-0.1), at(3))
    member = replace(waits(1, WHOLE, hours=2, account="group:lab"), groups=("lab", "class"))
    floor = floor_of(1, occurrences=(window,), queue=(member,))
    found = next_turn(floor, nothing)
    assert found is not None
    assert (found.grant.account, found.grant.reservation_id) == ("group:class", 1)
    assert turn(replace(floor, now=at(-0.2))) is None
    full = floor_of(2, held(1, 0, account="group:class"), occurrences=(window,), queue=(member,))
    drawn = next_turn(full, nothing)
    assert drawn is None or drawn.grant.account == "group:lab"


def test_nothing_is_lent_into_a_window_that_begins_meanwhile() -> None:
    on = Occurrence(1, "group:a", 400, at(-0.2), at(0.5))
    coming = Occurrence(2, "group:b", 400, at(0.7), at(3))
    floor = floor_of(1, occurrences=(on, coming), queue=(waits(1),))
    assert turn(floor) is None
    assert turn(replace(floor, queue=(waits(1, hours=0.6),))) == 1


def test_a_bell_keeps_only_what_its_account_does_not_hold_yet() -> None:
    rung = Occurrence(1, "group:a", 200, at(-0.1), at(3))
    taken = held(1, 0, 1, account="group:a")
    more = {"group:b": 200}
    floor = floor_of(1, taken, occurrences=(rung,), guarantees=more, queue=(waits(1),))
    found = next_turn(floor, nothing)
    assert found is not None
    assert found.grant.loan


def test_one_who_waits_to_borrow_is_not_overtaken_by_longer_loans() -> None:
    line = (waits(1, WHOLE, asked=-2), waits(2, HALF, hours=9, asked=-1))
    floor = floor_of(1, held(1, 0, hours=2), guarantees={"group:a": 400}, queue=line)
    shadow = shadow_of(floor, nothing)
    assert shadow is not None
    assert (shadow.at, shadow.loan) == (at(2), True)
    assert turn(floor) is None
