"""PostgreSQL as a station's database: refused before anything is touched when it can't serve."""

import sys
from pathlib import Path

import pytest

from admin.setup import needs
from admin.setup.database import ensure_over_tcp, ensure_schema, ensure_usable, find_in_use
from admin.setup.failure import SetupFailed
from admin.setup.taking import refuse_leaving
from hub.house import make_house
from hub.settings import DatabaseSection, Settings
from hub.store.database import NoDriver
from hub.store.gpus import load_gpus
from tests.databases import Cluster
from tests.houses import found_station, make_station
from tests.store.conftest import add, grant_of, lease_for

NOBODY = "postgresql://allotment@127.0.0.1:1/allotment"


def on(url: str) -> Settings:
    return Settings(database=DatabaseSection(url=url))


def test_an_address_where_nobody_answers_is_refused_by_its_setting() -> None:
    with pytest.raises(SetupFailed, match=r"^database\.url: .*refused"):
        ensure_usable(on(NOBODY))


@pytest.mark.parametrize(
    "url",
    ["postgresql:///allotment", "postgresql://allotment@/allotment?host=/var/run/postgresql"],
)
def test_a_socket_which_units_can_not_reach_is_refused(url: str) -> None:
    with pytest.raises(SetupFailed, match="over TCP alone"):
        ensure_over_tcp(on(url))


@pytest.mark.parametrize("url", ["", NOBODY, "postgresql://allotment@/allotment?host=10.1.2.3"])
def test_what_units_can_reach_is_taken(url: str) -> None:
    ensure_over_tcp(on(url))


def test_a_missing_driver_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(NoDriver, match=r"driver is missing: pip install"):
        ensure_usable(on(NOBODY))


def test_a_password_in_the_address_is_not_told() -> None:
    with pytest.raises(SetupFailed) as refused:
        ensure_usable(on("postgresql://allotment:a-secret@127.0.0.1:1/allotment"))
    assert "a-secret" not in str(refused.value)


def test_a_database_that_can_not_keep_every_name_is_refused(postgresql: Cluster) -> None:
    postgresql.order("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(SetupFailed, match="encoding is LATIN1"):
        ensure_usable(on(postgresql.url("latin")))
    postgresql.drop("latin")


def test_a_station_begins_on_an_empty_database_of_postgresql(
    postgresql: Cluster, tmp_path: Path
) -> None:
    postgresql.order("CREATE DATABASE empty")
    settings = on(postgresql.url("empty"))
    station = make_station(tmp_path)
    ensure_usable(settings)
    ensure_schema(station, settings)
    house = make_house(station, settings)
    with house.database.read() as db:
        assert load_gpus(db) == ()
    house.database.dispose()
    postgresql.drop("empty")


def test_a_database_without_our_tables_is_not_yet_in_use(
    postgresql: Cluster, tmp_path: Path
) -> None:
    postgresql.order("CREATE DATABASE empty")
    state = tmp_path / "state"
    state.mkdir()
    (state / "applied.toml").write_text(f'[database]\nurl = "{postgresql.url("empty")}"\n')
    assert find_in_use(tmp_path, make_station(tmp_path)) is None
    postgresql.drop("empty")


def test_another_database_is_refused_while_leases_are_open(tmp_path: Path) -> None:
    house = found_station(tmp_path)
    refuse_leaving(house, on(NOBODY))
    with house.database.write() as db:
        lease_for(db, add(db, "ann"), grant_of(None))
    with pytest.raises(SetupFailed, match="1 leases are open"):
        refuse_leaving(house, on(NOBODY))
    refuse_leaving(house, house.settings)
    house.database.dispose()


def test_debians_package_is_told_to_start_no_server_of_its_own(tmp_path: Path) -> None:
    settings = tmp_path / "createcluster.conf"
    settings.write_text("# comment\n#create_main_cluster = true\nssl = on\n")
    needs.forgo_main_cluster(settings)
    assert settings.read_text() == "# comment\nssl = on\ncreate_main_cluster = false\n"
