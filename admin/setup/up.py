"""What `./allotment up` does, in order; every step may be run again and may stop halfway."""

from dataclasses import dataclass
from pathlib import Path

from admin.setup import (
    addresses,
    base_image,
    checks,
    compose,
    database,
    engine,
    facts,
    first_password,
    folders,
    gpu_access,
    images,
    lock,
    network,
    proxy_files,
    readiness,
    secret_files,
    taking,
    tls,
    wishes,
)
from admin.setup.programs import Runner
from admin.setup.progress import Progress
from admin.setup.wishes import Checked, Wishes
from hub import clock
from hub.gpus.access import Access
from hub.gpus.over_agent import AgentGpus
from hub.house import make_house
from hub.settings import Settings
from hub.station import GpuAccess, Images, Station

BUILD_GIB = 6
FIRST_GIB = 1


@dataclass(frozen=True)
class Raised:
    """A station that is up; the password is there only when it was just made."""

    station: Station
    settings: Settings
    one_time_password: str | None


@dataclass(frozen=True)
class _Site:
    """What the steps of one `up` share."""

    home: Path
    progress: Progress
    runner: Runner
    engine: engine.EngineFolders


def raise_station(home: Path, wanted: Wishes, progress: Progress) -> Raised:
    """Do everything a fresh machine needs, then start the station; raises AllotmentError."""
    checks.ensure_root("up")
    checks.ensure_platform()
    checked = wishes.check(home, wanted)
    checks.ensure_space(home, checked.settings.storage.reserve_gib + FIRST_GIB, "a station")
    folders.ensure_outer_folders(home)
    site = _Site(home, progress, Runner(home / "state" / "log" / "up.log"), engine.EngineFolders())
    with lock.home_lock(home):
        return _raise(site, checked)


def _raise(site: _Site, checked: Checked) -> Raised:
    settings = checked.settings
    with lock.machine_lock(site.progress.say):
        version = _ensure_engine(site)
        _refuse_what_cannot_be(site.home, settings, site.runner)
        access = gpu_access.choose_access(site.engine.socket, version)
        if not settings.gpus.simulate:
            gpu_access.ensure_runtime(access, site.engine.socket)
        built = _ensure_images(site, access.mode)
        mode = _prove(site, access, built)
        station = _ensure_facts(site, settings, built, mode)
    wishes.keep(site.home, checked)
    wishes.apply(site.home, checked, station.gid)
    facts.keep_facts(station)
    one_time = _ensure_state(site, station, settings)
    _ensure_units(site, station, settings)
    return Raised(station, settings, one_time)


def _ensure_engine(site: _Site) -> str:
    with site.progress.step("Docker Engine") as step:
        version = engine.ensure_engine(site.engine, site.runner)
        step.note(version)
    return version


def _ensure_images(site: _Site, access: GpuAccess) -> Images:
    with site.progress.step("base image") as step:
        how = base_image.ensure_base_image(site.engine.socket, site.runner)
        step.note(f"{how}, {base_image.size_mb(base_image.BASE)} MB")
    names = ["station", "proxy", "notebook-cpu"]
    if access != "none":
        names.append("notebook-cuda")
    tags = {name: _ensure_image(site, name) for name in names}
    return Images(
        cpu=tags["notebook-cpu"],
        cuda=tags.get("notebook-cuda") or _existing("notebook-cuda"),
        station=tags["station"],
        proxy=tags["proxy"],
    )


def _ensure_image(site: _Site, name: str) -> str:
    recipe = images.RECIPES[name]
    with site.progress.step(f"image {name}") as step:
        tag = recipe.tag()
        if not base_image.has_image(tag):
            root = engine.load_root(site.engine.socket)
            checks.ensure_space(root, BUILD_GIB, f"the image {name}")
            images.build(recipe, tag, site.runner, step.note)
        step.note(f"{tag.rpartition(':')[2]}, {base_image.size_mb(tag)} MB")
    return tag


def _prove(site: _Site, access: Access, built: Images) -> GpuAccess:
    """Try the chosen way to a GPU once, and again only when it is another way."""
    before = facts.load_previous(site.home)
    if before is not None and before.gpu_access == access.mode:
        return access.mode
    return gpu_access.prove_access(access, built.station, gpu_access.load_gpu_uuids()).mode


def _existing(name: str) -> str:
    tag = images.RECIPES[name].tag()
    return tag if base_image.has_image(tag) else ""


def _ensure_facts(site: _Site, settings: Settings, built: Images, access: GpuAccess) -> Station:
    station = facts.load_previous(site.home)
    if station is None:
        station = facts.choose_facts(site.home, settings, _is_free, network.load_taken_networks())
    elif not network.is_there(station):
        station = facts.choose_again(station, _is_free, network.load_taken_networks())
    host = addresses.choose_host(settings.proxy.host)
    return facts.renew_facts(station, settings, host, built, access, site.engine.socket)


def _is_free(port: int) -> bool:
    return checks.is_port_free("127.0.0.1", port)


def _refuse_what_cannot_be(home: Path, settings: Settings, runner: Runner) -> None:
    """Say no before anything is built, written or touched."""
    before = facts.load_previous(home)
    if before is None:
        facts.ensure_uids_free(settings.users.uid_base, facts.load_taken_ids())
        compose.remove_leftovers(facts.choose_id(home, facts.load_machine_id()), runner)
    port = settings.proxy.https_port
    if before is None or before.https_port != port or not compose.runs(before, "proxy"):
        checks.ensure_https_port(port)
    database.ensure_over_tcp(settings)
    database.ensure_usable(settings)
    in_use = None if before is None else database.find_in_use(home, before)
    if in_use is not None:
        taking.refuse_taking(in_use, settings)
        taking.refuse_leaving(in_use, settings)


def _ensure_state(site: _Site, station: Station, settings: Settings) -> str | None:
    with site.progress.step("folders and secrets"):
        folders.ensure_folders(station.home, station.uids, station.gid)
        secret_files.ensure_secrets(station.state / "secrets", station.uids, station.gid)
    with site.progress.step("certificate") as step:
        files = tls.TlsFiles.of(station.home)
        names = addresses.build_names(station.host)
        new = tls.ensure_certificate(files, settings.proxy, names, clock.now())
        step.note(f"{'made' if new else 'valid'} for {station.host}")
    with site.progress.step("users' network") as step:
        network.ensure_network(station, site.runner)
        step.note(f"{station.subnet} on {station.bridge}")
    with site.progress.step("database") as step:
        database.ensure_schema(station, settings)
        one_time = database.ensure_people(make_house(station, settings), clock.now())
        step.note("made" if one_time else "up to date")
    if one_time:
        first_password.keep(station.home, one_time)
    return first_password.load(station.home)


def _ensure_units(site: _Site, station: Station, settings: Settings) -> None:
    with site.progress.step("units") as step:
        told = proxy_files.ensure_proxy_files(station, tls.TlsFiles.of(station.home))
        variables = compose.ensure_variables(station, settings, told)
        calls = compose.Compose(station.id, variables, site.runner)
        calls.run(["up", "--detach", "--remove-orphans"], "the units do not start")
        step.note("started, waiting for the first page")
        house = make_house(station, settings)
        agent = AgentGpus(station.agent_socket, station.load_secret("hub", "agent_token"))
        readiness.wait_until_ready(
            lambda: readiness.find_obstacle(house, agent, clock.now()),
            step.note,
            lambda: compose.last_words(station),
        )
        step.note(station.public_url)
