"""One admission at a time: never both, never neither."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction

import pytest

from hub import leasing, waiting
from hub.errors import NotFound, Refused, StateChanged
from hub.house import House
from hub.leasing import Ask
from hub.pages.menu import load_menu
from hub.policy.leases import EndReason, Lease, State
from hub.policy.outcomes import Denial
from hub.policy.requests import SpawnRequest
from hub.waiting import TicketAsk
from tests.boots import boot_at
from tests.databases import DURABLE
from tests.leasing.conftest import NOON

HALF = SpawnRequest(gpus=Fraction(1, 2))


def test_two_starts_in_the_same_moment_on_a_ceiling_of_one_give_one_lease(house: House) -> None:
    with ThreadPoolExecutor(2) as pool:
        for _ in range(100):
            asks = [Ask("ann", name, HALF) for name in ("a", "b")]
            both = list(pool.map(lambda ask: leasing.request(house, ask, NOON), asks))
            opened = [outcome for outcome in both if isinstance(outcome, Lease)]
            assert len(opened) == 1
            refused = next(outcome for outcome in both if isinstance(outcome, Denial))
            assert refused.reasons[0].code == "server-quota"
            leasing.begin_closing(house, opened[0].id, EndReason.RELEASE, NOON)
            leasing.finish_closing(house, opened[0].id, NOON, boot_at(NOON))


def test_time_counts_from_the_first_answer(house: House) -> None:
    opened = leasing.request(house, Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    assert (opened.state, opened.expires_at) == (State.HELD, None)
    later = NOON + timedelta(minutes=5)
    active = leasing.activate(house, opened.id, later, boot_at(later))
    assert active.expires_at == later + timedelta(hours=4)


def test_a_lease_ended_while_starting_does_not_become_active(house: House) -> None:
    opened = leasing.request(house, Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    leasing.revoke(house, opened.id, "root", NOON)
    with pytest.raises(StateChanged):
        leasing.activate(house, opened.id, NOON, boot_at(NOON))


def test_a_closing_lease_keeps_its_slots(house: House) -> None:
    opened = leasing.request(house, Ask("ann", "", SpawnRequest(gpus=Fraction(1))), NOON)
    assert isinstance(opened, Lease)
    leasing.begin_closing(house, opened.id, EndReason.RELEASE, NOON)
    refused = leasing.request(house, Ask("bob", "", HALF), NOON)
    assert isinstance(refused, Denial)
    assert refused.reasons[0].code == "gpu-busy"


def test_a_clock_that_stands_before_the_books_starts_nothing(house: House) -> None:
    opened = leasing.request(house, Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    refused = leasing.request(house, Ask("bob", "", HALF), NOON - timedelta(hours=1))
    assert isinstance(refused, Denial)
    assert [reason.code for reason in refused.reasons] == ["clock"]


def test_what_is_explained_waited_for_and_shown_says_so_too(house: House) -> None:
    opened = leasing.request(house, Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    early = NOON - timedelta(hours=2)
    told = leasing.explain(house, Ask("bob", "", HALF), early)
    asked = waiting.ask_for_ticket(house, TicketAsk("bob", "", HALF), early)
    menu = load_menu(house, "bob", "", (), early)
    cards = [choice.outcome for choice in menu.accounts[0].profiles[0].choices]
    for outcome in (told, asked, *cards):
        assert isinstance(outcome, Denial)
        assert "clock" in [reason.code for reason in outcome.reasons]
        assert outcome.would_fit is None


def test_explaining_opens_nothing(house: House) -> None:
    leasing.explain(house, Ask("ann", "", HALF), NOON)
    assert leasing.load_open(house) == []


def test_a_closed_lease_can_not_be_revoked(house: House) -> None:
    opened = leasing.request(house, Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    leasing.begin_closing(house, opened.id, EndReason.RELEASE, NOON)
    leasing.finish_closing(house, opened.id, NOON, boot_at(NOON))
    with pytest.raises(Refused):
        leasing.revoke(house, opened.id, "root", NOON)


def test_nobody_unknown_gets_a_lease(house: House) -> None:
    with pytest.raises(NotFound):
        leasing.request(house, Ask("ghost", "", HALF), NOON)


def test_the_database_survives_a_power_cut_by_its_settings(house: House) -> None:
    assert house.database.durability() == DURABLE[house.database.engine.dialect.name]
