"""Whether a wish of `up` would take GPUs away that somebody holds."""

from admin.setup.failure import SetupFailed
from hub.gpus.simulated import build_uuid
from hub.house import House
from hub.settings import Settings
from hub.store.gpus import load_gpus, load_taken


def refuse_taking(house: House, settings: Settings) -> None:
    """Refuse a number of simulated GPUs that leaves out one under lease."""
    with house.database.read() as db:
        held = {slot.gpu_uuid for slot in load_taken(db)}
        simulated = {gpu.uuid for gpu in load_gpus(db) if gpu.simulated}
    if settings.gpus.simulate:
        left = {build_uuid(house.station.id, index) for index in range(settings.gpus.simulate)}
        in_the_way = held - left
    else:
        in_the_way = held & simulated
    if in_the_way:
        raise SetupFailed(
            f"{len(in_the_way)} GPU under lease would be taken away by gpus.simulate = "
            f"{settings.gpus.simulate}: see ./allotment lease list, wait or revoke, then run again"
        )
