"""The facts of this station that `up` found or chose, and where its files lie.

`up` writes state/station.json; everybody else only reads it.
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.errors import AllotmentError
from hub.settings import Settings

GpuAccess = Literal["cdi", "hook", "none"]


class NoStation(AllotmentError):
    """There is no station here yet; run: ./allotment up"""


class _Facts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Uids(_Facts):
    """The uid of each unit."""

    hub: int
    steward: int
    agent: int
    console: int


class Images(_Facts):
    """Full names with tags; `cuda` is empty where no real GPU is and nobody built it."""

    cpu: str
    cuda: str
    station: str
    proxy: str


class Station(_Facts):
    """One station: its names, addresses, ports, uids, images and folders."""

    id: str = Field(pattern=r"^[0-9a-f]{8}$")
    home: Path
    bridge: str = Field(max_length=15)
    network: str
    subnet: str
    gateway: str
    hub_port: int
    hub_api_port: int
    traefik_api_port: int
    https_port: int
    public_url: str
    host: str
    gid: int
    uids: Uids
    cores: int
    images: Images
    gpu_access: GpuAccess
    docker_socket: Path
    version: str

    @property
    def prefix(self) -> str:
        """What the names and labels of everything of this station begin with."""
        return f"allotment-{self.id}"

    @property
    def state(self) -> Path:
        return self.home / "state"

    @property
    def database_file(self) -> Path:
        return self.state / "db" / "allotment.sqlite"

    @property
    def rules(self) -> Path:
        """Traefik's dynamic folder."""
        return self.state / "rules"

    @property
    def agent_socket(self) -> Path:
        return self.state / "run" / "agent" / "agent.sock"

    @property
    def walls_file(self) -> Path:
        return self.state / "run" / "walls" / "walls.json"

    @property
    def ca_file(self) -> Path:
        return self.home / "tls" / "ca.pem"

    def secret_file(self, unit: str, name: str) -> Path:
        """Where a unit's own copy of a secret lies; only that unit's uid may read it."""
        return self.state / "secrets" / unit / name

    def load_secret(self, unit: str, name: str) -> str:
        """Read a unit's secret."""
        return self.secret_file(unit, name).read_text(encoding="ascii").strip()

    def database_url(self, settings: Settings) -> str:
        """Give the address of our database as SQLAlchemy writes it."""
        if not settings.database.url:
            return f"sqlite:///{self.database_file}"
        return driver_url(settings.database.url)


def driver_url(url: str) -> str:
    """Give a postgresql:// address as SQLAlchemy writes it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def file_of(home: Path) -> Path:
    """Give the path of a home's station.json."""
    return home / "state" / "station.json"


def load(home: Path) -> Station:
    """Read the station of a home; raises NoStation where `up` has not made one."""
    path = file_of(home)
    try:
        return Station.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise NoStation from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise NoStation(f"{path} is damaged at {place}: run ./allotment up") from None
