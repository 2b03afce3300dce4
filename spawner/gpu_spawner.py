"""The JupyterHub Spawner: a lease first, then one container for it, and never two."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any, ClassVar, TypeVar

from dockerspawner import DockerSpawner
from sqlalchemy.orm import object_session
from traitlets import Integer, default

from hub import leasing
from hub.errors import AllotmentError, EngineRefused, EngineUnknown
from hub.leasing import Ask
from hub.policy.leases import EndReason, Lease
from hub.policy.outcomes import Denial
from hub.policy.reasons import TIME, YOU, Reason
from hub.policy.requests import SpawnRequest
from spawner.answering import wait_until_answering
from spawner.container import PORT, Start, build, name_of
from spawner.crew import Crew
from spawner.mounts import build_mounts
from spawner.obstacles import find_obstacles
from spawner.options import BadRequest, from_form, parse
from spawner.progress import Progress
from spawner.refusal import SpawnRefused, refuse
from spawner.stopwatch import Stopwatch

T = TypeVar("T")


class GpuSpawner(DockerSpawner):
    """Starts a person's server on the GPU slots it has a lease for.

    Admission and the start gate stand in the pre-spawn hook, which no timeout covers; the
    container is made in `start`. Whatever was begun when a start is cancelled is awaited and
    undone by whichever of `stop` and the post-stop hook comes first.
    """

    crew: ClassVar[Crew]

    lease_id = Integer(None, allow_none=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.steps, self.watch = Progress(), Stopwatch()
        self._underway: set[asyncio.Future[Any]] = set()
        self._refused = False
        self._asked_to_stop = False

    @default("options_from_form")
    def _options_from_form_default(self) -> Any:
        return from_form

    def get_state(self) -> dict[str, Any]:
        """Keep the lease's number, by which container and address are found again."""
        state: dict[str, Any] = super().get_state()
        if self.lease_id is not None:
            state["lease_id"] = self.lease_id
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Find the lease's number again after a restart of the hub."""
        super().load_state(state)
        self.lease_id = state.get("lease_id")

    def clear_state(self) -> None:
        """Forget the lease; it is closed by now."""
        super().clear_state()
        self.lease_id = None

    def get_env(self) -> dict[str, str]:
        """Give the environment the server needs to find and trust the hub."""
        env: dict[str, str] = super().get_env()
        env.pop("JUPYTER_IMAGE_SPEC", None)
        return env

    async def run_pre_spawn_hook(self) -> None:
        """Decide, open the lease, and wait for one's turn at the gate."""
        options, self._refused, self._asked_to_stop = self.user_options, True, False
        self._forget_options()
        self.steps, self.watch = Progress(), Stopwatch()
        try:
            wish = parse(options)
        except BadRequest as error:
            numbers = {"key": error.key, "problem": error.problem}
            raise self._refuse(Reason("request", "malformed", numbers, YOU)) from None
        self.steps.tell(5, "ask", "Asking for a place")
        try:
            lease = await self._finish_even_if_cancelled(self._admit(wish))
        except AllotmentError as error:
            raise self._refuse(
                Reason("engine", "refused", {"problem": str(error)}, TIME)
            ) from error
        self.watch.lap("decide")
        self.steps.tell(15, "granted", "A place is yours", lease=lease.id)
        await self.crew.gate.enter(lease.id, self._tell_position)
        self.watch.lap("gate")

    async def start(self) -> str:
        """Make and start the container, and wait until the server in it answers."""
        lease_id = self.lease_id
        if lease_id is None:
            raise RuntimeError("start() without a lease")
        try:
            url = await self._start(lease_id)
        except EngineUnknown as error:
            self.log.warning("engine not answering: %s", error)
            raise self._refuse(Reason("engine", "not-answering", {}, TIME)) from error
        except EngineRefused as error:
            numbers = {"problem": str(error)}
            raise self._refuse(Reason("start-failed", "engine", numbers)) from error
        finally:
            self.crew.gate.leave(lease_id)
        self.steps.tell(90, "answer", "Your notebook answers")
        self.steps.finish()
        self.log.info("lease %s of %s: %s", lease_id, self._log_name, self.watch)
        return url

    async def stop(self, now: bool = False) -> None:
        """End the server; its slots are free afterwards, unless engine or agent is silent."""
        self._asked_to_stop = True
        await self._close(EndReason.RELEASE, grace_s=0 if now else 10)

    async def run_post_stop_hook(self) -> None:
        """Close what the last start left, however it ended; does nothing twice."""
        super().run_post_stop_hook()
        if not self._refused or self._underway:
            reason = EndReason.RELEASE if self._asked_to_stop else EndReason.FAULT
            await self._close(reason)

    async def poll(self) -> int | None:
        """Say None while the container runs or nothing is known, else its exit status."""
        lease = await self._find_lease()
        if lease is None or self._refused:
            return 0
        try:
            container = await self.crew.run(self.crew.closer.find_container, lease)
        except EngineUnknown as error:
            self.log.warning(
                "%s: engine not answering, taken as running: %s", self._log_name, error
            )
            return None
        if container is None:
            return 0
        if container.running:
            return None
        if container.exit_code == 0:
            self._asked_to_stop = True
        return container.exit_code

    async def get_url(self) -> str:
        """Ask the engine where this lease's server is; what was stored may be another's by now."""
        address = await self._find_address()
        if address:
            return f"http://{address}:{PORT}"
        return str(self.server.url) if self.server else ""

    async def proves_target(self, host: str) -> bool:
        """Say whether an address is that of this lease's own running container, as of now."""
        return bool(host) and host == await self._find_address()

    async def find_obstacles(self) -> tuple[Reason, ...]:
        """Name what forbids any start of this person's just now, whatever the quotas say."""
        return await self.crew.run(self._obstacles, SpawnRequest())

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what happens to this start."""
        async for event in self.steps.listen():
            yield event

    async def _admit(self, wish: SpawnRequest) -> Lease:
        crew = self.crew
        ask = Ask(self.user.name, self.name, wish)
        ask = Ask(ask.user, ask.server, wish, await crew.run(self._obstacles, wish))
        outcome = await crew.run(leasing.request, crew.house, ask, crew.now())
        if isinstance(outcome, Denial):
            self.steps.finish()
            raise SpawnRefused(outcome, crew.house.zone)
        self.lease_id, self._refused = outcome.id, False
        return outcome

    def _obstacles(self, wish: SpawnRequest) -> tuple[Reason, ...]:
        crew = self.crew
        person = leasing.find_person(crew.house, self.user.name)
        image = self._image_for(wish.gpus > 0)
        return find_obstacles(crew.house, crew.engine, person, image, crew.now())

    def _image_for(self, gpu: bool) -> str:
        """Take the CUDA image for a share of a real GPU, the CPU image for everything else."""
        images = self.crew.house.station.images
        return images.cuda if gpu and not self._simulated else images.cpu

    @property
    def _simulated(self) -> bool:
        return self.crew.house.settings.gpus.simulate > 0

    async def _start(self, lease_id: int) -> str:
        crew = self.crew
        self.steps.tell(30, "create", "Making your container")
        lease = await crew.run(leasing.load_lease, crew.house, lease_id)
        container = await self._finish_even_if_cancelled(crew.run(self._create, lease))
        self.watch.lap("create")
        self.steps.tell(50, "boot", "Your notebook is starting")
        await self._finish_even_if_cancelled(crew.run(crew.engine.start, container))
        self.watch.lap("start")
        address = await wait_until_answering(crew, container, self._api_path())
        if isinstance(address, Reason):
            raise self._refuse(address)
        self.watch.lap("answer")
        await self._finish_even_if_cancelled(
            crew.run(leasing.activate, crew.house, lease_id, crew.now())
        )
        return f"http://{address}:{PORT}"

    def _create(self, lease: Lease) -> str:
        crew = self.crew
        house = crew.house
        person = leasing.find_person(house, lease.user)
        if person is None:
            raise EngineRefused(f"{lease.user} has no account any more")
        start = Start(
            station_id=house.station.id,
            lease=lease,
            uid=person.uid,
            image=self._image_for(bool(lease.slots)),
            walls=crew.walls,
            simulated=self._simulated,
            mounts=build_mounts(house, person),
            environment=self.get_env(),
        )
        return crew.engine.create(name_of(house.station.id, lease), build(start))

    def _api_path(self) -> str:
        return f"{self.server.base_url.rstrip('/')}/api"

    async def _find_lease(self) -> Lease | None:
        crew = self.crew
        lease = await crew.run(leasing.find_open, crew.house, self.user.name, self.name)
        if lease is not None and self.lease_id is None and not self._refused:
            self.lease_id = lease.id
        return lease

    async def _find_address(self) -> str:
        lease = await self._find_lease()
        if lease is None:
            return ""
        try:
            container = await self.crew.run(self.crew.closer.find_container, lease)
        except EngineUnknown:
            return ""
        if container is None or not container.running:
            return ""
        return container.addresses.get(self.crew.walls.network, "")

    async def _close(self, reason: EndReason, grace_s: int = 10) -> None:
        if self._underway:
            await asyncio.gather(*self._underway, return_exceptions=True)
        lease_id = self.lease_id
        if lease_id is None:
            lease = await self._find_lease()
            lease_id = None if lease is None else lease.id
        if lease_id is None:
            return
        self.crew.gate.leave(lease_id)
        self.steps.finish()
        if not await self.crew.run(self.crew.closer.close, lease_id, reason, grace_s):
            self.log.warning("lease %s stays closing; the steward goes on with it", lease_id)

    async def _finish_even_if_cancelled(self, work: Awaitable[T]) -> T:
        future = asyncio.ensure_future(work)
        self._underway.add(future)
        future.add_done_callback(self._underway.discard)
        return await asyncio.shield(future)

    def _tell_position(self, position: int) -> None:
        self.steps.tell(20, "gate", f"Number {position} to start", position=position)

    def _refuse(self, reason: Reason) -> SpawnRefused:
        self.steps.finish()
        return refuse(reason, self.crew.house.zone)

    def _forget_options(self) -> None:
        """Never let a start be repeated by the next empty one."""
        self.user_options = dict[str, Any]()
        self.orm_spawner.user_options = {}
        session = object_session(self.orm_spawner)
        if session is not None:
            session.commit()
