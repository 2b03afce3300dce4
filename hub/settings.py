"""The one reader of allotment.toml and of the environment; it lets no unknown key pass.

Units read only the checked copy that `up` writes, so a wrong file never reaches a running unit.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.errors import BadValue
from hub.setting_values import (
    check_database,
    check_host,
    check_listed,
    check_opening,
    check_path,
    check_share,
    check_zone,
)
from hub.toml_lines import line_of

DEFAULT_HOME = Path("/srv/allotment")
SETTINGS_NAME = "allotment.toml"
APPLIED_NAME = "applied.toml"
BUILT_IN_PROFILE = "notebook"
PROFILE_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")


class SettingsError(BadValue):
    """A setting is wrong; the message carries file, line and key."""


AbsolutePath = Annotated[str, AfterValidator(check_path)]
Share = Annotated[float, Field(ge=0, le=64), AfterValidator(check_share)]
Slots = Literal[1, 2, 4]


class Section(BaseModel):
    """A table of allotment.toml: typed strictly, closed, never changed after it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class StationSection(Section):
    """What the station calls itself, and the zone its days and weeks are counted in."""

    name: str = Field(default="Allotment", min_length=1, max_length=60)
    timezone: Annotated[str, AfterValidator(check_zone)] = "UTC"


class ProxySection(Section):
    """Where people reach the station; an own certificate instead of the station's CA."""

    https_port: int = Field(default=443, ge=1, le=65535)
    host: Annotated[str, AfterValidator(check_host)] = ""
    certificate: AbsolutePath = ""
    key: AbsolutePath = ""

    @model_validator(mode="after")
    def _certificate_has_its_key(self) -> "ProxySection":
        if bool(self.certificate) != bool(self.key):
            raise ValueError("certificate and key are set together or not at all")
        return self


class GpuModel(Section):
    """How one GPU model is dealt out: its slots, and its weight in quotas."""

    slots: Slots = 4
    weight: float = Field(default=1.0, gt=0, le=100)


class GpusSection(Section):
    """How many GPUs are simulated, and how real ones are dealt out."""

    simulate: int = Field(default=0, ge=0, le=64)
    slots: Slots = 4
    models: Mapping[str, GpuModel] = {}


class UsersSection(Section):
    """Where the uids of units (+1 and on) and people (+1000 and on) begin."""

    uid_base: int = Field(default=200_000, ge=10_000, le=2_000_000_000)


class ServersSection(Section):
    """What one server gets by default; a start gate of 0 means as many as the machine has cores."""

    start_gate: int = Field(default=0, ge=0, le=64)
    cpus: float = Field(default=2.0, gt=0, le=1024)
    memory_gib: float = Field(default=4.0, ge=0.25, le=16384)
    shm_mib: int = Field(default=1024, ge=1, le=1_048_576)
    pids: int = Field(default=2048, ge=64, le=1_000_000)


class LeasesSection(Section):
    """How long a lease is when nobody says, and the seconds that loans and offers are given."""

    default_hours: float = Field(default=4, gt=0, le=8784)
    reclaim_notice_s: int = Field(default=600, ge=1, le=86_400)
    minimum_run_s: int = Field(default=1800, ge=0, le=86_400)
    offer_s: int = Field(default=600, ge=10, le=86_400)
    unclaimed_s: int = Field(default=1800, ge=30, le=86_400)
    lend_reserved_after_s: int = Field(default=600, ge=0, le=86_400)
    tickets_each: int = Field(default=1, ge=1, le=100)


class StorageSection(Section):
    """The disk space kept free, and the folders beside incoming/ that datasets may come from."""

    reserve_gib: float = Field(default=2, ge=0, le=16384)
    dataset_roots: Annotated[tuple[AbsolutePath, ...], BeforeValidator(check_listed)] = ()


class NetworkSection(Section):
    """Where notebooks may go beside the public internet."""

    open: Annotated[
        tuple[Annotated[str, AfterValidator(check_opening)], ...], BeforeValidator(check_listed)
    ] = ()


class DatabaseSection(Section):
    """Our database: SQLite in state/db when the address is empty."""

    url: Annotated[str, AfterValidator(check_database)] = Field(default="", repr=False)


class ProfileSection(Section):
    """An entry of the start menu; what it leaves out comes from `servers`."""

    title: str = Field(default="Notebook", min_length=1, max_length=80)
    title_zh: str = Field(default="", max_length=80)
    cpus: float | None = Field(default=None, gt=0, le=1024)
    memory_gib: float | None = Field(default=None, ge=0.25, le=16384)
    kinds: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=80)], ...],
        BeforeValidator(check_listed),
    ] = ()
    gpus: Annotated[tuple[Share, ...], BeforeValidator(check_listed), Field(min_length=1)] = (
        0,
        0.25,
        0.5,
        1,
    )


def _profile_names(profiles: Mapping[str, ProfileSection]) -> Mapping[str, ProfileSection]:
    for name in profiles:
        if not PROFILE_NAME.fullmatch(name):
            raise ValueError(f"{name}: a profile is named by a-z, 0-9 and -, at most 30 long")
    built_in = ProfileSection(title="Notebook", title_zh="笔记本")
    return {BUILT_IN_PROFILE: profiles.get(BUILT_IN_PROFILE, built_in), **profiles}


class Settings(Section):
    """All of allotment.toml."""

    station: StationSection = StationSection()
    proxy: ProxySection = ProxySection()
    gpus: GpusSection = GpusSection()
    users: UsersSection = UsersSection()
    servers: ServersSection = ServersSection()
    leases: LeasesSection = LeasesSection()
    storage: StorageSection = StorageSection()
    network: NetworkSection = NetworkSection()
    database: DatabaseSection = DatabaseSection()
    profiles: Annotated[Mapping[str, ProfileSection], AfterValidator(_profile_names)] = Field(
        default={}, validate_default=True
    )


class Environment(BaseSettings):
    """What we read of the process environment."""

    model_config = SettingsConfigDict(env_prefix="ALLOTMENT_", frozen=True)

    home: Path = DEFAULT_HOME
    crash_at: str = ""
    """For tests only: the point of hub.crashes, with `:TIMES`, at which to die."""


def load_home() -> Path:
    """Give ALLOTMENT_HOME, absolute."""
    return Environment().home.absolute()


def load_crash_point() -> str:
    """Give the point at which a test wants this process to die; empty in every station."""
    return Environment().crash_at


def load_variables() -> dict[str, str]:
    """Give a copy of the environment, for a program that we start or whose settings we honour."""
    return dict(os.environ)


def load(path: Path) -> Settings:
    """Read and check a settings file; a file that is not there means every default.

    Raises SettingsError with file, line and key of everything that is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name}: can't be read: {error}") from None
    return parse(text, path.name)


def parse(text: str, name: str = SETTINGS_NAME) -> Settings:
    """Check the text of a settings file; `name` is what error messages call it."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_syntax_message(str(error), name)) from None
    try:
        return Settings.model_validate(tables)
    except ValidationError as error:
        found = [_finding(dict(item), text, name) for item in error.errors()]
        raise SettingsError("; ".join(dict.fromkeys(found))) from None


def load_applied(home: Path) -> Settings:
    """Read the checked copy that `up` wrote; this is what units use."""
    return load(home / "state" / APPLIED_NAME)


def _syntax_message(message: str, name: str) -> str:
    place = re.search(r" \(at line (\d+), column \d+\)", message)
    if place is None:
        return f"{name}: {message}"
    return f"{name} line {place[1]}: {message[: place.start()]}"


def _finding(item: dict[str, Any], text: str, name: str) -> str:
    keys = [str(part) for part in item["loc"]]
    line = line_of(text, keys)
    where = f"{name} line {line}" if line else name
    message = str(item["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    if item["type"] == "extra_forbidden":
        message = "unknown key" + _suggestion(keys)
    elif item["type"] in ("model_type", "mapping_type"):
        message = f"should be a table, [{'.'.join(keys)}]"
    elif isinstance(item["input"], str | int | float):
        message = f"{message}, not {item['input']!r}"
    return f"{where}: {'.'.join(keys)}: {message}"


def _suggestion(keys: list[str]) -> str:
    known = list(Settings.model_fields)
    if len(keys) == 2:  # deeper tables are named by people, not by us
        section = getattr(Settings(), keys[0])
        known = list(type(section).model_fields) if isinstance(section, Section) else []
    near = get_close_matches(keys[-1], known, 1)
    return f" (did you mean {near[0]}?)" if near else ""
