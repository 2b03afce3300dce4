"""Hubs as the steward meets them when it starts servers, named for how they fail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hub import leasing
from hub.engine.facts import Listed
from hub.errors import HubUnreachable
from hub.house import House
from hub.hubapi import HubServer, StartAnswer
from hub.leasing import Ask
from hub.policy.leases import Lease
from hub.steward.office import Office
from spawner.options import parse
from tests.leasing.conftest import NOON, AgentThatSees, EngineOfOneContainer, make_closer


@dataclass
class HubThatStarts:
    """A hub whose spawner asks for a lease when it is told to start a server."""

    house: House
    now: datetime = NOON
    asked: list[tuple[str, str]] = field(default_factory=list)
    stopped: list[tuple[str, str]] = field(default_factory=list)
    servers: list[HubServer] = field(default_factory=list)

    def start_server(self, user: str, server: str, options: Mapping[str, object]) -> StartAnswer:
        """Start one, as JupyterHub does."""
        self.asked.append((user, server))
        lease = leasing.request(self.house, Ask(user, server, parse(options)), self.now)
        return StartAnswer(begun=isinstance(lease, Lease))

    def stop_server(self, user: str, server: str) -> bool:
        """Stop one."""
        self.stopped.append((user, server))
        return True

    def load_servers(self) -> list[HubServer]:
        """List what runs."""
        return self.servers

    def find_server(self, user: str, server: str) -> HubServer | None:
        """Find one."""
        return next((s for s in self.servers if (s.user, s.name) == (user, server)), None)


class HubThatRefuses(HubThatStarts):
    """A hub that says no to every start."""

    def start_server(self, user: str, server: str, options: Mapping[str, object]) -> StartAnswer:
        """Say no."""
        self.asked.append((user, server))
        return StartAnswer(begun=False, refused=True, message="400: walls: not confirmed")


class HubThatIsBusy(HubThatStarts):
    """A hub that has no time for a start just now."""

    def start_server(self, user: str, server: str, options: Mapping[str, object]) -> StartAnswer:
        """Say not now."""
        self.asked.append((user, server))
        return StartAnswer(begun=False, message="429: too many")


class HubThatIsSilent(HubThatStarts):
    """A hub that does not answer."""

    def start_server(self, user: str, server: str, options: Mapping[str, object]) -> StartAnswer:
        """Answer nothing."""
        self.asked.append((user, server))
        raise HubUnreachable


class HubThatDiesInTheMiddle(HubThatStarts):
    """A hub that is killed after its spawner had the lease, before it answers."""

    def start_server(self, user: str, server: str, options: Mapping[str, object]) -> StartAnswer:
        """Have the lease, then answer nothing."""
        super().start_server(user, server, options)
        raise HubUnreachable


@dataclass
class EngineThatLists(EngineOfOneContainer):
    """An engine that also lists the container of its lease; of lease 0 there is none."""

    def list_labelled(self, labels: dict[str, str]) -> list[Listed]:
        """List it."""
        labels = {"allotment.lease": str(self.lease_id)}
        return [Listed("c0", "name", "running", labels)] if self.lease_id else []


def office_with(hub: HubThatStarts, runs: int = 0) -> Office:
    """Put an office together whose engine runs the server of that lease, or nothing."""
    engine = EngineThatLists(runs, there=bool(runs))
    closer = make_closer(hub.house, engine)
    return Office(hub.house, engine, AgentThatSees(), hub, closer)  # type: ignore[arg-type]
