"""Whether a wish of `up` would take away what somebody holds: GPUs, or their leases' database."""

from admin.setup.failure import SetupFailed
from hub.gpus.simulated import build_uuid
from hub.house import House
from hub.settings import Settings
from hub.store.gpus import load_gpus
from hub.store.holdings import load_taken
from hub.store.leases import load_open


def refuse_leaving(house: House, settings: Settings) -> None:
    """Refuse another database while leases are open in the one in use."""
    if house.settings.database == settings.database:
        return
    with house.database.read() as db:
        open_leases = len(load_open(db))
    if open_leases:
        raise SetupFailed(
            f"database.url: {open_leases} leases are open in the database in use, and another "
            "begins empty: see ./allotment lease list, wait or revoke, then run again"
        )


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
