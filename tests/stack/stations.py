"""A station of the tests' own, brought up by the command people use."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.stack.client import Browser, Member

ROOT = Path(__file__).parents[2]
UP_S = 2400
COMMAND_S = 120
PASSWORD = "a long enough one"


class CommandFailed(AssertionError):
    """A command of the station ended with another status than 0."""


@dataclass
class TestStation:
    """One station: its commands, and people of it who are logged in."""

    __test__ = False

    home: Path
    facts: dict[str, Any] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    browsers: list[Browser] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where people come to."""
        return str(self.facts["url"])

    @property
    def ca_file(self) -> Path:
        """The station's CA."""
        return Path(self.facts["ca_file"])

    @property
    def id(self) -> str:
        """The station's id."""
        station = json.loads((self.home / "state" / "station.json").read_text())
        return str(station["id"])

    def up(self, *options: str) -> dict[str, Any]:
        """Bring the station up, or see that it is."""
        self.facts = self.command("up", *options, seconds=UP_S)
        return self.facts

    def command(self, *words: str, stdin: str = "", seconds: int = COMMAND_S) -> Any:
        """Run ./allotment with --json and give what it printed; raises CommandFailed."""
        done = self.try_command(*words, stdin=stdin, seconds=seconds)
        if done.returncode != 0:
            told = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
            raise CommandFailed(f"{' '.join(words)} ended with {done.returncode}:\n{told}")
        return json.loads(done.stdout)

    def try_command(
        self, *words: str, stdin: str = "", seconds: int = COMMAND_S
    ) -> subprocess.CompletedProcess[str]:
        """Run ./allotment with --json, however it ends."""
        return subprocess.run(
            [str(ROOT / "allotment"), *words, "--json"],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            env={**os.environ, "ALLOTMENT_HOME": str(self.home)},
        )

    def member(self, name: str, *options: str) -> Member:
        """Give somebody logged in; an account is made for who has none."""
        if name not in self.members:
            listed = {person["name"] for person in self.command("user", "list")["items"]}
            if name not in listed:
                words = ("user", "add", name, *options, "--password-stdin")
                self.command(*words, stdin=PASSWORD + "\n")
            self.members[name] = self.log_in(name, PASSWORD)
        return self.members[name]

    def browser(self) -> Browser:
        """Give a browser without cookies; it is closed with the station."""
        self.browsers.append(Browser(self.url, self.ca_file))
        return self.browsers[-1]

    def log_in(self, name: str, password: str) -> Member:
        """Log in by the form and make a token."""
        browser = self.browser()
        page = browser.log_in(name, password)
        assert page.status_code == 200, page.text[:500]
        return Member(name, browser, browser.make_token(name))

    def leases(self) -> list[dict[str, Any]]:
        """List the open leases."""
        items: list[dict[str, Any]] = self.command("lease", "list")["items"]
        return items

    def leased_slots(self) -> list[int]:
        """Count the leased slots of every GPU, fullest first."""
        gpus = self.command("status")["gpus"]
        return sorted((int(gpu["leased_slots"]) for gpu in gpus), reverse=True)

    def containers(self, *more: str) -> list[str]:
        """List the containers of people's servers, running or not."""
        filters = [f"label=allotment.station={self.id}", "label=allotment.lease", *more]
        words = ["docker", "ps", "-aq", "--no-trunc"]
        for one in filters:
            words += ["--filter", one]
        return docker_lines(words)

    def unit(self, name: str) -> str:
        """Give the container of one unit."""
        filters = (f"label=allotment.station={self.id}", f"label=allotment.unit={name}")
        words = ["docker", "ps", "-aq"]
        for one in filters:
            words += ["--filter", one]
        return docker_lines(words)[0]

    def kill(self, *units: str) -> None:
        """Kill the first process of these units with SIGKILL."""
        for unit in units:
            words = ["docker", "inspect", "-f", "{{.State.Pid}}", self.unit(unit)]
            for pid in map(int, docker_lines(words)):
                if pid:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

    def down(self) -> None:
        """Stop the station and delete what it kept."""
        for browser in self.browsers:
            browser.close()
        self.try_command("down", seconds=300)
        shutil.rmtree(self.home, ignore_errors=True)


def docker_lines(words: list[str]) -> list[str]:
    """Run a docker command and give its lines."""
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.split()


def free_port() -> int:
    """Find a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
