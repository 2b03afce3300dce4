"""How PostgreSQL comes onto a machine that has none: two packages, and no server in between."""

import os
from pathlib import Path

import pytest

from admin.setup import needs
from admin.setup.programs import Runner

NEVER_INSTALLED = "#!/bin/sh\nexit 1\n"
KNOWN = "#!/bin/sh\necho '  Candidate: 15'\n"
INSTALLS = """#!/bin/sh
echo "$@" | grep -o 'install .*' >> {tmp}/done
case "$@" in
  *postgresql-common) echo '#create_main_cluster = true' > {tmp}/createcluster.conf;;
  *) cp {tmp}/createcluster.conf {tmp}/then; mkdir -p {tmp}/15/bin; touch {tmp}/15/bin/initdb;;
esac
"""


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the machine: apt and dpkg as they answer where nothing is."""
    programs = tmp_path / "programs"
    programs.mkdir()
    fakes = {"dpkg-query": NEVER_INSTALLED, "apt-cache": KNOWN, "apt-get": INSTALLS}
    for name, script in fakes.items():
        (programs / name).write_text(script.replace("{tmp}", str(tmp_path)))
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(needs, "CREATE_CLUSTER", tmp_path / "createcluster.conf")
    return tmp_path


def test_debians_server_is_forbidden_before_its_package_comes(bare_machine: Path) -> None:
    found = needs.ensure_postgresql(Runner(bare_machine / "log"), bare_machine)
    assert found == bare_machine / "15" / "bin"
    assert (bare_machine / "done").read_text().splitlines() == [
        "install --no-install-recommends postgresql-common",
        "install --no-install-recommends postgresql",
    ]
    assert "create_main_cluster = false" in (bare_machine / "then").read_text()


def test_programs_that_are_there_are_used_and_nothing_is_installed(bare_machine: Path) -> None:
    for version in ("9", "15", "13"):
        (bare_machine / version / "bin").mkdir(parents=True)
        (bare_machine / version / "bin" / "initdb").touch()
    found = needs.ensure_postgresql(Runner(bare_machine / "log"), bare_machine)
    assert found.parent.name == "15"
    assert not (bare_machine / "done").exists()
