"""How much of what is lent must be called back before a reserved window begins."""

from dataclasses import replace
from datetime import timedelta

from hub.policy.reserving import due_before_bell
from tests.policy.conftest import gpu
from tests.policy.reserved import GPU, at, floor, held, reserved


def test_a_loan_is_due_when_its_notice_ends_at_the_bell() -> None:
    bell = reserved(2, 1, 3)
    station = floor(held(1, until=9, loan=True), occurrences=(bell,))
    early = timedelta(minutes=11)
    assert due_before_bell(replace(station, now=bell.since - early)) == GPU
    assert due_before_bell(replace(station, now=bell.since - early - timedelta(seconds=1))) == 0


def test_no_more_is_due_than_the_reservation_lacks() -> None:
    lent = floor(held(1, until=9, loan=True), held(2, until=9, loan=True))
    near = {"now": at(0.9), "occurrences": (reserved(0.5, 1, 3),)}
    assert due_before_bell(replace(lent, **near)) == 200  # type: ignore[arg-type]


def test_what_its_account_holds_already_is_not_due_again() -> None:
    station = floor(
        held(1, until=9, loan=True),
        held(2, until=9, account="group:visitors"),
        now=at(0.9),
        occurrences=(reserved(1, 1, 3),),
    )
    assert due_before_bell(station) == 0


def test_loans_that_end_or_leave_before_the_bell_are_not_due() -> None:
    near = {"now": at(0.9), "occurrences": (reserved(2, 1, 3),)}
    assert due_before_bell(floor(held(1, until=0.95, loan=True), **near)) == 0
    station = floor(held(1, until=9, loan=True, lease=5), **near)
    assert (due_before_bell(station), due_before_bell(station, leaving={5})) == (GPU, 0)


def test_no_more_is_due_than_is_lent() -> None:
    gpus = (gpu(1), gpu(2, health="fault"))
    lent = held(1, until=9, loan=True)
    station = floor(lent, gpus=gpus, now=at(0.9), occurrences=(reserved(2, 1, 3),))
    assert due_before_bell(station) == GPU


def test_free_gpus_are_counted_before_any_loan_is_due() -> None:
    station = floor(held(1, until=9, loan=True), now=at(0.9), occurrences=(reserved(1, 1, 3),))
    assert due_before_bell(station) == 0
