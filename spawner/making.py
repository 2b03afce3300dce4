"""Make the container of a lease, from what the station knows of its person."""

from collections.abc import Mapping

from hub import leasing
from hub.errors import EngineRefused
from hub.policy.leases import Lease
from spawner.container import Start, build, name_of
from spawner.crew import Crew
from spawner.mounts import build_mounts


def image_for(crew: Crew, gpu: bool) -> str:
    """Take the CUDA image for a share of a real GPU, the CPU image for everything else."""
    images = crew.house.station.images
    return images.cuda if gpu and not gpus_are_simulated(crew) else images.cpu


def gpus_are_simulated(crew: Crew) -> bool:
    """Say whether this station pretends to have its GPUs."""
    return crew.house.settings.gpus.simulate > 0


def make_container(crew: Crew, lease: Lease, environment: Mapping[str, str]) -> str:
    """Create, and do not start, a lease's container, and give its id; blocks."""
    house = crew.house
    person = leasing.find_person(house, lease.user)
    if person is None:
        raise EngineRefused(f"{lease.user} has no account any more")
    start = Start(
        station_id=house.station.id,
        lease=lease,
        uid=person.uid,
        image=image_for(crew, bool(lease.slots)),
        walls=crew.walls,
        simulated=gpus_are_simulated(crew),
        mounts=build_mounts(house, person),
        environment=environment,
    )
    return crew.engine.create(name_of(house.station.id, lease), build(start))
