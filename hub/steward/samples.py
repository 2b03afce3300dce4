"""Look at what every server does on its GPUs, each 10 seconds."""

from datetime import datetime

import structlog

from hub import samples
from hub.engine.facts import Listed
from hub.errors import EngineUnknown
from hub.gpus.errors import GpusUnknown
from hub.steward.office import Office

log = structlog.get_logger()


def sample_work(office: Office, now: datetime) -> None:
    """Store one sample of each lease; none where agent or engine does not answer.

    A lease without a fresh sample is one of which nothing is known, not an idle one.
    """
    working = samples.load_working(office.house)
    if not working:
        return
    try:
        inventory = office.agent.load()
        containers: list[Listed] = []
        if inventory.processes:
            station = {"allotment.station": office.house.station.id}
            containers = office.engine.list_labelled(station)
    except (GpusUnknown, EngineUnknown) as error:
        log.warning("no sample: unknown is not idle", problem=str(error))
        return
    lease_of = {c.id: int(label) for c in containers if (label := _lease_label(c)).isdigit()}
    samples.store_samples(office.house, samples.sample(working, inventory, lease_of), now)


def _lease_label(container: Listed) -> str:
    return container.labels.get("allotment.lease", "")
