"""Slots are freed only when container and processes are proved gone; unknown is not gone."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from hub import leasing
from hub.gpus.facts import GpuFact, GpuProcess
from hub.house import House
from hub.leasing import Ask
from hub.policy.leases import EndReason, Lease, State
from hub.policy.requests import SpawnRequest
from hub.store.gpus import load_gpus, replace_node
from hub.store.holdings import load_taken
from hub.store.usage import load_usage
from tests.boots import boot_at
from tests.leasing.conftest import (
    GPU,
    LATER,
    NOON,
    AgentThatIsSilent,
    AgentThatSees,
    EngineOfOneContainer,
    EngineThatForgetsToRemove,
    EngineThatIsSilent,
    make_closer,
)

HALF = SpawnRequest(gpus=Fraction(1, 2))


@pytest.fixture
def lease(house: House) -> Lease:
    """A running lease of ann's on half of the GPU."""
    opened = leasing.request(house, Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    return leasing.activate(house, opened.id, NOON, boot_at(NOON))


def taken(house: House) -> int:
    """Count the slots under lease."""
    with house.database.read() as db:
        return len(load_taken(db))


def test_a_released_slot_can_be_leased_again(house: House, lease: Lease) -> None:
    assert make_closer(house, EngineOfOneContainer(lease.id)).close(lease.id, EndReason.RELEASE)
    assert taken(house) == 0
    assert isinstance(leasing.request(house, Ask("ann", "", HALF), LATER), Lease)


def test_a_closed_lease_says_why_and_is_charged_once(house: House, lease: Lease) -> None:
    closer = make_closer(house, EngineOfOneContainer(lease.id))
    assert closer.close(lease.id, EndReason.REVOKE)
    assert closer.close(lease.id, EndReason.FAULT)
    closed = leasing.load_lease(house, lease.id)
    assert (closed.state, closed.end_reason) == (State.CLOSED, EndReason.REVOKE)
    with house.database.read() as db:
        records = load_usage(db, "user", NOON.date())
    assert [(r.key, r.gpu_ms, r.held_gpu_ms) for r in records] == [("ann", 1_800_000, 0)]


@pytest.mark.parametrize("engine", [EngineThatIsSilent, EngineThatForgetsToRemove])
def test_nothing_is_freed_while_the_container_is_not_proved_gone(
    house: House, lease: Lease, engine: type[EngineOfOneContainer]
) -> None:
    assert not make_closer(house, engine(lease.id)).close(lease.id, EndReason.RELEASE)
    assert taken(house) == 2
    assert leasing.load_lease(house, lease.id).note


def test_nothing_is_freed_while_a_process_is_left_on_the_gpu(house: House, lease: Lease) -> None:
    engine = EngineOfOneContainer(lease.id)
    agent = AgentThatSees((GpuProcess("GPU-real", 4711, "c0"),))
    assert not make_closer(house, engine, agent).close(lease.id, EndReason.RELEASE)
    assert "4711" in leasing.load_lease(house, lease.id).note
    assert taken(house) == 2


def test_nothing_is_freed_while_the_agent_is_silent(house: House, lease: Lease) -> None:
    engine = EngineOfOneContainer(lease.id)
    assert not make_closer(house, engine, AgentThatIsSilent()).close(lease.id, EndReason.RELEASE)
    assert taken(house) == 2


def test_nothing_is_freed_while_the_driver_does_not_tell_of_processes(
    house: House, lease: Lease
) -> None:
    lost = GpuFact("GPU-real", "Test GPU", "local", 0, processes_known=False)
    engine = EngineOfOneContainer(lease.id)
    closer = make_closer(house, engine, AgentThatSees((), (lost,)))
    assert not closer.close(lease.id, EndReason.RELEASE)
    assert taken(house) == 2


def test_nothing_is_freed_on_a_reading_from_before_the_stop(house: House, lease: Lease) -> None:
    engine = EngineOfOneContainer(lease.id)
    closer = make_closer(house, engine, AgentThatSees(taken_at=NOON))
    assert not closer.close(lease.id, EndReason.RELEASE)
    assert taken(house) == 2


def test_a_container_that_turns_up_after_its_lease_was_closed_is_ended(
    house: House, lease: Lease
) -> None:
    engine = EngineOfOneContainer(lease.id, there=False)
    assert make_closer(house, engine).close(lease.id, EndReason.REVOKE)
    engine.there = True
    assert make_closer(house, engine).close(lease.id, EndReason.FAULT)
    assert not engine.there


def test_a_stop_that_takes_long_is_not_charged(house: House, lease: Lease) -> None:
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, NOON + timedelta(minutes=6))
    assert make_closer(house, EngineOfOneContainer(lease.id)).close(lease.id, EndReason.FAULT)
    with house.database.read() as db:
        [record] = load_usage(db, "user", NOON.date())
    assert record.gpu_ms == 6 * 60 * 1000 // 2


def test_a_gpu_under_lease_stays_dealt_out_as_it_was(house: House, lease: Lease) -> None:
    with house.database.write() as db:
        replace_node(db, "local", [replace(GPU, slots=2)], NOON)
        [gpu] = load_gpus(db)
    assert gpu.slots == 4
    assert make_closer(house, EngineOfOneContainer(lease.id)).close(lease.id, EndReason.RELEASE)
    with house.database.write() as db:
        replace_node(db, "local", [replace(GPU, slots=2)], NOON)
        [gpu] = load_gpus(db)
    assert gpu.slots == 2


def test_a_closing_that_failed_succeeds_when_tried_again(house: House, lease: Lease) -> None:
    make_closer(house, EngineThatIsSilent(lease.id)).close(lease.id, EndReason.EXPIRE)
    assert make_closer(house, EngineOfOneContainer(lease.id)).close(lease.id, EndReason.FAULT)
    closed = leasing.load_lease(house, lease.id)
    assert (closed.end_reason, closed.note) == (EndReason.EXPIRE, "")


def test_a_lease_without_a_container_closes_at_once(house: House, lease: Lease) -> None:
    engine = EngineOfOneContainer(lease.id, there=False)
    assert make_closer(house, engine).close(lease.id, EndReason.FAULT)
    assert engine.stopped == []


class EngineThatTellsGraces(EngineOfOneContainer):
    """An engine that remembers how long a container was given to end by itself."""

    grace_s = -1

    def stop(self, container: str, grace_s: int) -> None:
        """Stop it."""
        self.grace_s = grace_s
        super().stop(container, grace_s)


@pytest.mark.parametrize(
    ("reason", "grace_s"),
    [
        (EndReason.EXPIRE, 30),
        (EndReason.RECLAIM, 30),
        (EndReason.RELEASE, 10),
        (EndReason.REVOKE, 10),
    ],
)
def test_who_did_not_ask_for_the_end_has_half_a_minute_to_save(
    house: House, lease: Lease, reason: EndReason, grace_s: int
) -> None:
    engine = EngineThatTellsGraces(lease.id)
    leasing.begin_closing(house, lease.id, reason, LATER)
    assert make_closer(house, engine).close(lease.id, EndReason.FAULT)
    assert engine.grace_s == grace_s
