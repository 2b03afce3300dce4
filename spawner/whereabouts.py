"""Where one server's lease and container are just now, asked anew each time."""

from dataclasses import dataclass

from hub import leasing
from hub.engine.facts import Container
from hub.errors import AllotmentError
from hub.policy.leases import Lease
from spawner.crew import Crew


class WhereaboutsUnknown(AllotmentError):
    """Database or engine did not answer, and that is never taken for "not running"."""


@dataclass(frozen=True)
class Whereabouts:
    """The whereabouts of one server; every question may raise WhereaboutsUnknown."""

    crew: Crew
    user: str
    server: str

    async def lease(self) -> Lease | None:
        """Find the server's open lease."""
        try:
            return await self.crew.run(leasing.find_open, self.crew.house, self.user, self.server)
        except Exception as error:
            raise WhereaboutsUnknown(f"database: {error}") from error

    async def container(self, lease: Lease) -> Container | None:
        """Find a lease's container; None only when the engine says that there is none."""
        try:
            return await self.crew.run(self.crew.closer.find_container, lease)
        except Exception as error:
            raise WhereaboutsUnknown(f"engine: {error}") from error

    async def address(self) -> str:
        """Find where the server's running container is on the users' network; "" if nowhere."""
        lease = await self.lease()
        container = None if lease is None else await self.container(lease)
        if container is None or not container.running:
            return ""
        return container.addresses.get(self.crew.walls.network, "")
