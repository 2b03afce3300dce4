"""What every use case works on: the station's facts, its settings and its database, opened once."""

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from hub.policy.profiles import Profile
from hub.policy.rules import Rules
from hub.settings import LeasesSection, ProfileSection, ServersSection, Settings, load_applied
from hub.station import Station, load
from hub.store.database import Database
from hub.store.recollection import Recollection
from hub.store.terms import Terms

NODE = "local"
"""The one node of a station on one machine."""


@dataclass(frozen=True)
class House:
    """One process's view of the station; safe to share between threads."""

    station: Station
    settings: Settings
    database: Database
    terms: Terms
    zone: ZoneInfo
    recollection: Recollection = field(default_factory=Recollection)


def open_house(home: Path) -> House:
    """Open the station of a home with its applied settings; raises NoStation."""
    station = load(home)
    settings = load_applied(home)
    return make_house(station, settings)


def make_house(station: Station, settings: Settings) -> House:
    """Put a house together from facts and settings already read."""
    return House(
        station=station,
        settings=settings,
        database=Database(station.database_url(settings)),
        terms=build_terms(settings),
        zone=ZoneInfo(settings.station.timezone),
    )


def build_terms(settings: Settings) -> Terms:
    """Turn settings into what policy needs to know of them."""
    return Terms(
        profiles={
            name: build_profile(name, section, settings.servers)
            for name, section in settings.profiles.items()
        },
        node=NODE,
        default_duration=timedelta(hours=settings.leases.default_hours),
        rules=build_rules(settings.leases),
        zone=ZoneInfo(settings.station.timezone),
    )


def build_rules(section: LeasesSection) -> Rules:
    """Turn what the settings say of leases into policy's rules."""
    return Rules(
        reclaim_notice=timedelta(seconds=section.reclaim_notice_s),
        minimum_run=timedelta(seconds=section.minimum_run_s),
        offer=timedelta(seconds=section.offer_s),
        unclaimed_after=timedelta(seconds=section.unclaimed_s),
        lend_reserved_after=timedelta(seconds=section.lend_reserved_after_s),
        tickets_each=section.tickets_each,
    )


def build_profile(name: str, section: ProfileSection, defaults: ServersSection) -> Profile:
    """Turn one profile of allotment.toml into policy's; what it leaves out comes from `servers`."""
    return Profile(
        name=name,
        titles={"en": section.title, "zh": section.title_zh or section.title},
        cpus=Fraction(str(section.cpus or defaults.cpus)),
        memory_mib=int((section.memory_gib or defaults.memory_gib) * 1024),
        kinds=section.kinds,
        shares=tuple(Fraction(str(share)) for share in section.gpus),
    )
