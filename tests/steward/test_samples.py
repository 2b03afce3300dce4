"""Samples of servers' work: by container to the lease, and unknown where nobody can tell."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from hub import leasing
from hub.engine.facts import Listed
from hub.errors import EngineUnknown
from hub.gpus.facts import GpuFact, GpuProcess, Inventory
from hub.house import House
from hub.policy.gpus import SlotRange
from hub.policy.leases import Lease
from hub.policy.work import Work
from hub.samples import sample
from hub.steward.office import Office
from hub.steward.samples import sample_work
from hub.store.work import find_work
from tests.boots import boot_at
from tests.leasing.conftest import NOON, AgentThatIsSilent, AgentThatSees
from tests.policy.conftest import lease as a_lease
from tests.steward.test_duties import HALF

ANNS, BOBS = "a" * 64, "b" * 64
LEASES = [a_lease(1, slots=(SlotRange("G", (0, 1)),)), a_lease(2, slots=(SlotRange("G", (2,)),))]
LEASE_OF = {ANNS: 1, BOBS: 2}


def gpu(uuid: str = "G", **changes: object) -> GpuFact:
    """A GPU that works at 60 percent."""
    plain: dict[str, object] = {"utilization_percent": 60}
    return GpuFact(uuid, "Test GPU", "local", 16384, **{**plain, **changes})  # type: ignore[arg-type]


def process(
    container: str | None, percent: int | None = None, mib: int | None = 512, on: str = "G"
) -> GpuProcess:
    """A process of a container."""
    return GpuProcess(on, 4711, container, mib, percent)


def measured(gpus: list[GpuFact], *processes: GpuProcess) -> list[tuple[int | None, int | None]]:
    """Sample the two leases."""
    inventory = Inventory("local", tuple(gpus), processes, NOON, "nvml")
    return [(s.utilisation, s.memory_mib) for s in sample(LEASES, inventory, LEASE_OF)]


def working(gpus: list[GpuFact], *processes: GpuProcess) -> list[bool | None]:
    """Say whether the two leases work."""
    inventory = Inventory("local", tuple(gpus), processes, NOON, "nvml")
    return [s.working for s in sample(LEASES, inventory, LEASE_OF)]


def test_a_process_counts_for_its_containers_lease() -> None:
    found = measured([gpu()], process(ANNS, 40), process(ANNS, 15, 100), process(BOBS, 0))
    assert found == [(55, 612), (0, 512)]


def test_processes_never_sum_to_more_than_a_gpu() -> None:
    assert measured([gpu()], process(ANNS, 80), process(ANNS, 80))[0] == (100, 1024)


def test_without_the_drivers_samples_the_gpus_own_figure_counts_for_who_is_alone_on_it() -> None:
    assert measured([gpu()], process(ANNS))[0] == (60, 512)


def test_who_is_not_alone_on_it_is_not_known() -> None:
    found = measured([gpu()], process(ANNS), process(BOBS))
    assert found == [(None, 512), (None, 512)]


def test_a_strangers_process_hides_whose_work_it_is() -> None:
    assert measured([gpu()], process(ANNS), process(None))[0] == (None, 512)


def test_a_gpu_at_rest_is_at_rest_for_everybody_on_it() -> None:
    resting = gpu(utilization_percent=0)
    assert measured([resting], process(ANNS), process(BOBS)) == [(0, 512), (0, 512)]


SLICED = gpu(utilization_percent=None, parent_uuid="P", mig_profile="1g.5gb")


@pytest.mark.parametrize(("mib", "works"), [(512, True), (None, True), (0, False)])
def test_on_a_slice_a_process_of_its_container_that_holds_memory_is_work(
    mib: int | None, works: bool
) -> None:
    assert measured([SLICED], process(ANNS, mib=mib))[0] == (None, mib)
    assert working([SLICED], process(ANNS, mib=mib)) == [works, False]


def test_a_process_that_rests_is_no_work_where_the_driver_tells_so() -> None:
    assert working([gpu()], process(ANNS, 0), process(BOBS, 3)) == [False, True]


def test_no_process_at_all_is_no_work_even_on_a_slice() -> None:
    assert measured([SLICED])[0] == (0, 0)
    assert working([SLICED]) == [False, False]


@pytest.mark.parametrize("blind", [gpu(processes_known=False), gpu().faulted("lost")])
def test_a_gpu_that_tells_nothing_proves_nothing(blind: GpuFact) -> None:
    assert measured([blind], process(ANNS)) == [(None, None), (None, None)]
    assert working([blind], process(ANNS)) == [None, None]


def test_a_gpu_the_agent_does_not_see_proves_nothing() -> None:
    assert measured([]) == [(None, None), (None, None)]
    assert working([]) == [None, None]


def test_a_simulated_gpu_says_for_everybody_on_it_what_its_scenario_says() -> None:
    told = gpu(simulated=True, utilization_percent=95, memory_used_mib=4096)
    assert measured([told]) == [(95, 4096), (95, 4096)]
    assert working([told]) == [True, True]
    assert working([gpu(simulated=True, utilization_percent=0)]) == [False, False]
    silent = gpu(simulated=True, utilization_percent=None)
    assert measured([silent])[0] == (None, None)
    assert working([silent]) == [None, None]


@pytest.mark.parametrize(
    ("first", "second", "overall"),
    [(90, 0, 45), (1, 0, 1), (0, 0, 0), (None, 0, None), (None, 50, 50), (None, None, None)],
)
def test_work_on_one_of_two_gpus_is_work(
    first: int | None, second: int | None, overall: int | None
) -> None:
    both = a_lease(1, slots=(SlotRange("G", (0,)), SlotRange("H", (0,))))
    told = {"G": first, "H": second}
    gpus = tuple(gpu(u, simulated=True, utilization_percent=p) for u, p in told.items())
    inventory = Inventory("local", gpus, (), NOON, "simulated")
    assert [s.utilisation for s in sample([both], inventory, {})] == [overall]


@dataclass
class EngineThatLists:
    """An engine that lists one container of a lease, or does not answer."""

    lease_id: int
    silent: bool = False

    def list_labelled(self, labels: dict[str, str]) -> list[Listed]:
        """List it."""
        if self.silent:
            raise EngineUnknown
        return [Listed(ANNS, "name", "running", {"allotment.lease": str(self.lease_id)})]


@pytest.fixture
def lease(house: House) -> Lease:
    """A running lease of ann's."""
    opened = leasing.request(house, leasing.Ask("ann", "", HALF), NOON)
    assert isinstance(opened, Lease)
    return leasing.activate(house, opened.id, NOON, boot_at(NOON))


def look(house: House, engine: EngineThatLists, agent: object, now: datetime = NOON) -> Work | None:
    """Do the duty and read what is known then."""
    sample_work(Office(house, engine, agent, None, None), now)  # type: ignore[arg-type]
    with house.database.read() as db:
        return find_work(db, engine.lease_id)


def seeing(percent: int | None) -> AgentThatSees:
    """An agent that sees ann's process work so hard."""
    return AgentThatSees((process(ANNS, percent, on="GPU-real"),), (gpu("GPU-real"),))


def test_a_sample_is_stored_and_work_is_remembered(house: House, lease: Lease) -> None:
    engine = EngineThatLists(lease.id)
    assert look(house, engine, seeing(40)) == Work(NOON, NOON, 40, 512)
    later = NOON + timedelta(seconds=10)
    assert look(house, engine, seeing(0), later) == Work(later, NOON, 0, 512)


def test_a_look_that_could_not_tell_is_not_written_over_one_that_could(
    house: House, lease: Lease
) -> None:
    engine, blind = EngineThatLists(lease.id), AgentThatSees((), (gpu("GPU-real").faulted("lost"),))
    assert look(house, engine, seeing(40)) == Work(NOON, NOON, 40, 512)
    later = NOON + timedelta(seconds=10)
    assert look(house, engine, blind, later) == Work(NOON, NOON, 40, 512)


@pytest.mark.parametrize(("silent", "agent"), [(True, seeing(40)), (False, AgentThatIsSilent())])
def test_while_engine_or_agent_is_silent_no_sample_is_written(
    house: House, lease: Lease, silent: bool, agent: object
) -> None:
    assert look(house, EngineThatLists(lease.id, silent), agent) is None


def test_the_sample_of_a_closed_lease_is_forgotten(house: House, lease: Lease) -> None:
    engine = EngineThatLists(lease.id)
    look(house, engine, seeing(40))
    leasing.begin_closing(house, lease.id, "release", NOON)  # type: ignore[arg-type]
    leasing.finish_closing(house, lease.id, NOON, boot_at(NOON))
    again = leasing.request(house, leasing.Ask("bob", "", HALF), NOON)
    assert isinstance(again, Lease)
    leasing.activate(house, again.id, NOON, boot_at(NOON))
    assert look(house, engine, seeing(40)) is None
