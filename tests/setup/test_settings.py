from pathlib import Path

import pytest

from hub.settings import Settings, SettingsError, load, load_applied, load_home, parse


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n[gpus]\nsimulat = 2\n", "line 3: gpus.simulat: unknown key (did you mean simulate?)"),
        ("[gpu]\nsimulate = 2\n", "line 1: gpu: unknown key (did you mean gpus?)"),
        ("zzz = 1\n", "line 1: zzz: unknown key"),
        ("[gpus]\nsimulate = '2'\n", "line 2: gpus.simulate: should be a valid integer, not '2'"),
        ("[gpus]\nsimulate = -1\n", "line 2: gpus.simulate: should be greater than or equal to 0"),
        ("[gpus]\nsimulate = true\n", "line 2: gpus.simulate: should be a valid integer"),
        ("[gpus]\nslots = 3\n", "line 2: gpus.slots: should be 1, 2 or 4, not 3"),
        ("[gpus.models.'A 100']\nslots = 3\n", "line 2: gpus.models.A 100.slots: should be 1, 2"),
        ("gpus.simulate = 65\n", "line 1: gpus.simulate: should be less than or equal to 64"),
        ("[proxy]\n\nhttps_port = 65536\n", "line 3: proxy.https_port: should be less than"),
        ("[proxy]\nhost = 'a b'\n", "line 2: proxy.host: not a host name or address, not 'a b'"),
        ("[proxy]\nkey = '/k'\n", "line 1: proxy: certificate and key are set together"),
        ("[station]\ntimezone = 'Mars'\n", "line 2: station.timezone: not an IANA time zone"),
        ("[servers]\ncpus = nan\n", "line 2: servers.cpus: should be a finite number"),
        ("[servers]\nmemory_gib = inf\n", "line 2: servers.memory_gib: should be a finite"),
        ("[profiles.big]\ngpus = [0.3]\n", "line 2: profiles.big.gpus.0: a share is 0.25, 0.5"),
        ("[profiles.'Big One']\n", "Big One: a profile is named by a-z, 0-9 and -"),
        ("[storage]\ndataset_roots = ['x']\n", "storage.dataset_roots.0: not an absolute path"),
        ("[network]\nopen = ['10.0.0.0/8']\n", "network.open.0: not a network, port and protocol"),
        ("[database]\nurl = 'mysql://x'\n", "database.url: not a postgresql:// address"),
        ("[database]\nurl = 'postgresql://a:b#c@h/d'\n", "database.url: its host and port"),
        ("[database]\nurl = 'postgresql://a:b@h:x/d'\n", "database.url: its host and port"),
        ("gpus = 3\n", "line 1: gpus: should be a table, [gpus]"),
        ("[gpus\n", "line 1: Expected ']'"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_file_line_and_key(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    assert str(caught.value).startswith("allotment.toml")
    assert said in str(caught.value)


def test_every_wrong_setting_is_named_not_only_the_first() -> None:
    with pytest.raises(SettingsError) as caught:
        parse("[gpus]\nslots = 3\n[users]\nuid_base = 5\n")
    assert "gpus.slots" in str(caught.value)
    assert "users.uid_base" in str(caught.value)


def test_a_file_that_is_not_there_means_every_default(tmp_path: Path) -> None:
    assert load(tmp_path / "allotment.toml") == Settings()


def test_the_notebook_profile_is_always_there() -> None:
    assert list(parse("[profiles.big]\ncpus = 8.0\n").profiles) == ["notebook", "big"]


def test_the_notebook_profile_can_be_set_otherwise() -> None:
    assert parse("[profiles.notebook]\ngpus = [0]\n").profiles["notebook"].gpus == (0,)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "allotment.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="can't be read"):
        load(tmp_path / "allotment.toml")


def test_units_read_the_applied_copy_and_not_the_file_people_edit(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "applied.toml").write_text("[gpus]\nsimulate = 2\n")
    (tmp_path / "allotment.toml").write_text("nonsense")
    assert load_applied(tmp_path).gpus.simulate == 2


def test_the_home_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ALLOTMENT_HOME", str(tmp_path))
    assert load_home() == tmp_path


def test_without_a_variable_the_home_is_in_srv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLOTMENT_HOME", raising=False)
    assert load_home() == Path("/srv/allotment")


def test_the_address_of_a_database_is_not_printed_with_the_settings() -> None:
    assert "secret" not in repr(parse("[database]\nurl = 'postgresql://a:secret@b/c'\n"))
