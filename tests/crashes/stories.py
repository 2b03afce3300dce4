"""What people and the steward do, told so that it can be cut short at any point and told again."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from hub import leasing
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import EndReason, Lease
from hub.policy.requests import SpawnRequest
from tests.boots import boot_at
from tests.crashes import ledger_stories as books
from tests.crashes import loan_stories as loans
from tests.crashes import place_stories as p
from tests.crashes import reserving_stories as r
from tests.crashes import time_stories as t
from tests.crashes import waiting_stories as w
from tests.crashes.stage import NOON, minutes

HALF = SpawnRequest(gpus=Fraction(1, 2))
BOBS = frozenset({1})
"""The one ticket there is."""

Act = Callable[[House], None]


@dataclass(frozen=True)
class Story:
    """`before` sets the stage; `act` is what a crash interrupts, at `at` minutes after noon.

    `given_up` are the tickets that it closes on purpose.
    """

    act: Act
    before: tuple[Act, ...] = ()
    at: float = 0
    given_up: frozenset[object] = frozenset()


def ask(house: House, user: str, request: SpawnRequest = HALF, server: str = "") -> Lease:
    """Ask for a server and get it."""
    outcome = leasing.request(house, Ask(user, server, request), NOON)
    assert isinstance(outcome, Lease), outcome
    return outcome


def lease_of(house: House, user: str) -> int:
    """Find the lease of somebody's default server."""
    found = leasing.find_open(house, user, "")
    assert found is not None
    return found.id


def ann_asks(house: House) -> None:
    """A server is asked for."""
    ask(house, "ann")


def ann_answers(house: House) -> None:
    """Its first answer comes."""
    leasing.activate(house, lease_of(house, "ann"), minutes(1), boot_at(minutes(1)))


def ann_stops(house: House) -> None:
    """Its stop is acknowledged."""
    leasing.begin_closing(house, lease_of(house, "ann"), EndReason.RELEASE, minutes(31))


def ann_is_gone(house: House) -> None:
    """The engine has said that the container is gone."""
    leasing.finish_closing(house, lease_of(house, "ann"), minutes(32), boot_at(minutes(32)))


STORIES = {
    "request": Story(ann_asks),
    "first answer": Story(ann_answers, (ann_asks,), 1),
    "stop": Story(ann_stops, (ann_asks, ann_answers), 31),
    "end": Story(ann_is_gone, (ann_asks, ann_answers, ann_stops), 32),
    "charged": Story(books.time_is_charged, (ann_asks, ann_answers), 30),
    "ran over": Story(books.ann_is_gone_late, (ann_asks, ann_answers, books.ann_expires), 250),
    "wait": Story(w.bob_waits, w.FULL, 1),
    "judged": Story(w.everybody_is_told, (*w.FULL, w.bob_waits), 3),
    "turn": Story(w.bobs_turn_comes, w.FREE, 5),
    "claim": Story(w.bobs_server_starts, (*w.FREE, w.bobs_turn_comes), 6),
    "served": Story(w.bobs_server_answers, w.STARTING, 7),
    "failed start": Story(w.bobs_server_fails, w.STARTING, 7),
    "offer not taken": Story(w.bob_does_not_come, w.OFFERED_BESIDE, 15),
    "extend": Story(t.ann_extends, (ann_asks, ann_answers), 60),
    "grant": Story(t.root_grants_it, (ann_asks, ann_answers, t.ann_asks_for_more), 61),
    "clock set": Story(t.the_clock_is_set, (ann_asks, ann_answers, t.the_clock_is_seen), 130),
    "given up": Story(loans.bob_gives_up, (*w.FULL, w.bob_waits), 6, BOBS),
    "offer given up": Story(loans.bob_gives_up, (*w.FREE, w.bobs_turn_comes), 6, BOBS),
    "offer taken": Story(loans.bob_comes, w.OFFERED_BESIDE, 6),
    "loan told": Story(loans.ann_is_told, loans.OWED, 36),
    "loan back": Story(loans.ann_gives_it_back, (*loans.OWED, loans.ann_is_told), 47),
    "promoted": Story(loans.ann_may_stay, (*loans.LENT, loans.visitors_are_owed_nothing), 37),
    "corrected": Story(
        loans.root_puts_it_right, (ann_asks, ann_answers, books.time_is_charged), 40
    ),
    "moved": Story(p.charlie_is_moved_up, w.WAITING, 3),
    "left behind": Story(p.bob_leaves, (*w.WAITING, p.charlie_is_moved_up), 4, BOBS),
    "asked anew": Story(p.bob_asks_for_less, (*w.FULL, w.bob_waits), 4),
    "place beside": Story(p.bob_wants_a_place, (*w.FULL, w.bob_has_a_cpu_server), 4),
    "foretold": Story(p.everybody_is_foretold, w.WAITING, 4),
    "start refused": Story(p.bobs_start_is_refused, (*w.FREE, w.bobs_turn_comes), 6),
    "revoked": Story(p.ann_is_revoked, (ann_asks, ann_answers), 5),
    "does not go": Story(p.ann_does_not_go, (ann_asks, ann_answers, ann_stops), 32),
    "refused": Story(t.root_refuses_it, (ann_asks, ann_answers, t.ann_asks_for_more), 61),
    "opened": Story(t.ann_opens_it, (ann_asks, ann_answers), 2),
    "keep going": Story(t.ann_keeps_it_going, (ann_asks, ann_answers), 3),
    "kept going": Story(
        t.it_goes_on, (ann_asks, ann_answers, t.ann_keeps_it_going, t.it_works), 220
    ),
    "reserve over": Story(r.visitors_get_everything, (ann_asks, ann_answers), 5),
}
