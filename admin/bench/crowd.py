"""A large station in a temporary SQLite file, for benchmarks: full, with hundreds waiting."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, insert

from hub.house import House, make_house
from hub.policy import ceilings as c
from hub.policy.ceilings import Quota
from hub.policy.gpus import Gpu
from hub.policy.leases import State
from hub.policy.tickets import TicketState
from hub.settings import Settings
from hub.station import Images, Station, Uids
from hub.store.ceilings import set_ceiling
from hub.store.gpus import replace_node
from hub.store.ledger_schema import fair_shares
from hub.store.migrate import upgrade
from hub.store.schema import (
    groups,
    lease_places,
    lease_servers,
    lease_slots,
    leases,
    members,
    people,
)
from hub.store.waiting_schema import ticket_servers, tickets
from hub.units import PARTS

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
PER_NODE = 8
GROUPS = 100
QUARTERS_FREE = 3
"""One in so many GPUs has a quarter free; all else is taken."""


@dataclass(frozen=True)
class Size:
    """How large the station is."""

    gpus: int = 1000
    people: int = 10_000
    waiting: int = 500


@contextmanager
def crowded(size: Size) -> Iterator[House]:
    """Give a station of that size, gone afterwards.

    Every GPU is taken by halves and a quarter, one in three has a quarter free. Those who wait
    want whole GPUs, so that each of them is looked at and none can start.
    """
    with TemporaryDirectory(prefix="allotment-bench-") as folder:
        house = make_house(_station(Path(folder)), Settings())
        house.station.database_file.parent.mkdir(parents=True)
        upgrade(house.database)
        with house.database.write() as db:
            _fill(db, size, Random(1))  # noqa: S311 - chance that must come out the same again
        try:
            yield house
        finally:
            house.database.dispose()


def _fill(db: Connection, size: Size, random: Random) -> None:
    _people(db, size)
    _quotas(db)
    gpus = [_gpu(number) for number in range(size.gpus)]
    for node in sorted({gpu.node for gpu in gpus}):
        replace_node(db, node, [gpu for gpu in gpus if gpu.node == node], NOW)
    _leases(db, gpus, size, random)
    _tickets(db, size, random)


def _people(db: Connection, size: Size) -> None:
    ids = range(1, size.people + 1)
    db.execute(
        insert(groups), [{"name": f"group-{n}", "created_at": NOW} for n in range(1, GROUPS + 1)]
    )
    db.execute(
        insert(people),
        [
            {"id": n, "name": f"user-{n}", "uid": 300_000 + n, "admin": False, "disabled": False}
            | {"must_change_password": False, "primary_group": _group(n), "created_at": NOW}
            for n in ids
        ],
    )
    db.execute(
        insert(members),
        [{"group_name": _group(n), "person_id": n, "joined_at": NOW} for n in ids],
    )
    db.execute(
        insert(fair_shares),
        [{"person_id": n, "gpu_ms": 1000.0 * (n % 997), "at": NOW} for n in ids],
    )


def _quotas(db: Connection) -> None:
    site = {c.GPUS: 8, c.SERVERS: 2, c.LEASE_HOURS: 24, c.TOTAL_GPUS: 1000}
    for kind, value in site.items():
        set_ceiling(db, "site", kind, Quota(Fraction(value)))
    set_ceiling(db, "site", c.GPU_HOURS_EACH, Quota(Fraction(400), "week"))
    for number in range(1, 6):
        set_ceiling(db, f"group:group-{number}", c.GUARANTEE, Quota(Fraction(2)))
        set_ceiling(db, f"group:group-{number}", c.PRIORITY, Quota(Fraction(6)))


def _leases(db: Connection, gpus: list[Gpu], size: Size, random: Random) -> None:
    rows: list[dict[str, object]] = []
    slots: list[dict[str, object]] = []
    servers: list[dict[str, object]] = []
    for number, gpu in enumerate(gpus):
        shares = [(0, 1), (2,)] + ([] if number % QUARTERS_FREE == 0 else [(3,)])
        for taken in shares:
            lease_id = len(rows) + 1
            person = 1 + random.randrange(size.people)
            ends = NOW + timedelta(minutes=random.randrange(120, 600))
            rows.append(_lease(lease_id, person, gpu, len(taken), ends))
            servers.append({"person_id": person, "server": f"s-{lease_id}", "lease_id": lease_id})
            slots += [{"lease_id": lease_id, "gpu_uuid": gpu.uuid, "slot": n} for n in taken]
    db.execute(insert(leases), rows)
    db.execute(insert(lease_slots), slots)
    db.execute(insert(lease_places), slots)
    db.execute(insert(lease_servers), servers)


def _lease(lease_id: int, person: int, gpu: Gpu, slots: int, ends: datetime) -> dict[str, object]:
    began = ends - timedelta(hours=12)
    return {
        "id": lease_id,
        "person_id": person,
        "server": f"s-{lease_id}",
        "account": f"group:{_group(person)}",
        "profile": "notebook",
        "state": State.ACTIVE,
        "node": gpu.node,
        "share": Fraction(slots, 4),
        "parts": PARTS * slots // 4,
        "cpus": Fraction(2),
        "memory_mib": 4096,
        "duration": timedelta(hours=12),
        "loan": False,
        "opened_at": began,
        "active_at": began,
        "expires_at": ends,
        "guaranteed_until": ends,
        "keep_going": False,
        "note": "",
    }


def _tickets(db: Connection, size: Size, random: Random) -> None:
    rows, servers = [], []
    for number in range(1, size.waiting + 1):
        person = 1 + (number * 17) % size.people
        rows.append(
            {
                "id": number,
                "person_id": person,
                "server": f"w-{number}",
                "account": f"group:{_group(person)}",
                "profile": "notebook",
                "gpus": Fraction(random.choice((1, 1, 2, 4))),
                "duration": timedelta(hours=random.randrange(2, 20)),
                "preemptible": True,
                "auto_start": True,
                "asked_at": NOW - timedelta(minutes=random.randrange(1, 3000)),
                "state": TicketState.WAITING,
                "passes": 0,
                "hindered": False,
                "position": number,
            }
        )
        servers.append({"person_id": person, "server": f"w-{number}", "ticket_id": number})
    db.execute(insert(tickets), rows)
    db.execute(insert(ticket_servers), servers)


def _gpu(number: int) -> Gpu:
    node = f"node-{number // PER_NODE:04}"
    return Gpu(f"GPU-{number:05}", "Bench GPU", node, "Bench GPU", 81_920, 4, simulated=True)


def _group(person: int) -> str:
    return f"group-{person % GROUPS + 1}"


def _station(home: Path) -> Station:
    return Station(
        id="00000000",
        home=home,
        bridge="al00000000",
        network="bench",
        subnet="10.255.255.0/24",
        gateway="10.255.255.1",
        hub_port=1,
        hub_api_port=2,
        traefik_api_port=3,
        https_port=4,
        public_url="https://localhost:4",
        host="localhost",
        gid=0,
        uids=Uids(hub=1, steward=2, agent=3, console=4),
        cores=1,
        images=Images(cpu="", cuda="", station="", proxy=""),
        gpu_access="none",
        docker_socket=Path("/nowhere"),
        version="0",
    )
