"""Short lives, each of which goes wrong as soon as one guard of an invariant is removed.

`python -m tests.stateful.witnesses LIFE`: tells what went wrong, and ends with status 1 then.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

from hub.policy.ceilings import Quota
from hub.steward.closings import end_closing
from hub.steward.dispatch import dispatch
from hub.steward.offers import settle_offers, start_offered
from tests.stateful.machine import HOUR, WHOLE, Station

Life = Callable[[Station], None]
BOTH = {**WHOLE, "share": Fraction(2)}
STRAY = 99
"""The number of a lease that there never was."""


def full(life: Station) -> None:
    """Ann and bob have a GPU each, and charlie waits for one."""
    life.begin(running=2, waiting=True, guaranteed=None, budget=None)


def one_runs(life: Station) -> None:
    """Ann has a GPU for an hour."""
    life.begin(running=1, waiting=False, guaranteed=None, budget=None)


def stopped(life: Station) -> None:
    """Ann's server is stopped."""
    one_runs(life)
    life.stop(which=0)


def stopped_and_gone(life: Station) -> None:
    """It is gone."""
    stopped(life)
    life.steward()


def given_on(life: Station) -> None:
    """Ann's GPU goes to charlie as soon as it is free."""
    full(life)
    life.stop(which=0)
    for duty in (end_closing, dispatch, start_offered):
        life.do_duty(duty=duty)


def stray(life: Station) -> None:
    """A container is there that nobody leased anything to."""
    life.world.engine.running.add(STRAY)
    life.steward()


def cut_short(life: Station) -> None:
    """A request is cut short in the middle of its transaction."""
    life.crash_at(point="lease.opened", times=1)
    life.ask("ann", "", WHOLE)


def not_taken(life: Station) -> None:
    """An offer is made, and the hub does not start it in time."""
    full(life)
    life.stop(which=0)
    life.do_duty(duty=end_closing)
    life.do_duty(duty=dispatch)
    life.time_passes(minutes=11, at_work=False)
    life.do_duty(duty=settle_offers)


def not_clicked(life: Station) -> None:
    """An offer is made to charlie, who works on a CPU server and does not click."""
    full(life)
    life.ask("charlie", "", {**WHOLE, "share": Fraction(0)})
    life.start(which=0)
    life.stop(which=0)
    life.steward()
    life.time_passes(minutes=1, at_work=True)
    life.time_passes(minutes=11, at_work=True)


def time_is_over(life: Station) -> None:
    """Ann's hour is over, and nobody charged it yet."""
    one_runs(life)
    life.time_passes(minutes=125, at_work=False)
    life.act(life.world.tick)


def ended_in_time(life: Station) -> None:
    """Ann's hour is over, and the steward is at work."""
    one_runs(life)
    life.time_passes(minutes=125, at_work=True)


def never_came_up(life: Station) -> None:
    """Ann's container is gone before her server answered."""
    life.ask("ann", "", WHOLE)
    life.world.engine.running.clear()
    life.time_passes(minutes=31, at_work=True)


def kept_waiting(life: Station) -> None:
    """Charlie waits for longer than what he was told may be old."""
    full(life)
    life.time_passes(minutes=5, at_work=True)


def charged_twice(life: Station) -> None:
    """Ann's server is charged, and charged again."""
    one_runs(life)
    for _ in range(2):
        life.time_passes(minutes=11, at_work=False)
        life.act(life.world.tick)


def borrowed(life: Station) -> None:
    """Everything is visitors', and bob, of another group, has some of it on loan."""
    life.decree(decree=("group:visitors", "guarantee", Quota(Fraction(2))))
    life.request_and_start(user="bob", share=Fraction(2), length=HOUR, preemptible=True)


def not_lent(life: Station) -> None:
    """Ann wants what is visitors', and would not give it back."""
    life.decree(decree=("group:visitors", "guarantee", Quota(Fraction(2))))
    life.ask("ann", "", {**WHOLE, "preemptible": False})


def not_lent_of_what_is_left(life: Station) -> None:
    """One of the GPUs that are visitors' breaks, and ann wants the other."""
    life.decree(decree=("group:visitors", "guarantee", Quota(Fraction(2))))
    life.mishap(mishap="gpu", which=0)
    life.ask("ann", "", {**WHOLE, "preemptible": False})


def comes_back(life: Station) -> None:
    """Charlie, a visitor, wants some of it back."""
    borrowed(life)
    life.a_guarantee_comes_back(which=0)


def waits_for_both(life: Station) -> None:
    """Charlie waits for both GPUs, and smaller wishes come again and again."""
    life.request_and_start(user="ann", share=Fraction(1, 4), length=HOUR, preemptible=True)
    life.ask("charlie", "", BOTH)
    life.everybody_is_served()


def waits_after_much_use(life: Station) -> None:
    """Charlie used more than anybody, then waits for both GPUs."""
    life.request_and_start(user="charlie", share=Fraction(2), length=4 * HOUR, preemptible=True)
    life.time_passes(minutes=125, at_work=True)
    life.stop(which=0)
    life.steward()
    waits_for_both(life)


def wants_too_much(life: Station) -> None:
    """Ann may hold one GPU and wants both."""
    life.decree(decree=("user:ann", "gpus", Quota(Fraction(1))))
    life.ask("ann", "", BOTH)


def wants_beyond_the_budget(life: Station) -> None:
    """Ann's group has one GPU-hour a day, and she wants four."""
    life.decree(decree=("group:field-lab", "gpu_hours", Quota(Fraction(1), "day")))
    life.ask("ann", "", {**WHOLE, "length": timedelta(hours=4)})


def want_the_same_hour(life: Station) -> None:
    """Ann and bob both want the one GPU-hour that their group has a day."""
    life.decree(decree=("group:field-lab", "gpu_hours", Quota(Fraction(1), "day")))
    for user in ("ann", "bob"):
        life.ask(user, "", WHOLE)
    for _ in range(2):
        life.start(which=0)


LIVES: dict[str, Life] = {life.__name__: life for life in (
    full, stopped, stopped_and_gone, given_on, stray, cut_short, not_taken, not_clicked,
    time_is_over, ended_in_time, never_came_up, kept_waiting, charged_twice, not_lent,
    not_lent_of_what_is_left, comes_back, waits_for_both, waits_after_much_use, wants_too_much,
    wants_beyond_the_budget, want_the_same_hour,
)}  # fmt: skip


def live(name: str) -> None:
    """Live one of them to its end; raises AssertionError where it goes wrong."""
    life = Station()
    try:
        LIVES[name](life)
        life.nothing_is_broken()
    finally:
        life.teardown()


if __name__ == "__main__":
    try:
        live(sys.argv[1])
    except AssertionError as wrong:
        print(wrong)
        sys.exit(1)
