"""The JupyterHub Spawner: a lease first, then one container for it, and never two."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any, ClassVar, TypeVar

from dockerspawner import DockerSpawner
from sqlalchemy.orm import object_session
from traitlets import Integer, default

from hub import clock, leasing
from hub.errors import AllotmentError, EngineRefused, EngineUnknown, StateChanged
from hub.leasing import Ask
from hub.policy.leases import EndReason, Lease, State
from hub.policy.outcomes import Denial, Wait
from hub.policy.reasons import TIME, YOU, Reason
from hub.policy.requests import SpawnRequest
from spawner.answering import wait_until_answering
from spawner.container import PORT
from spawner.crew import Crew
from spawner.making import image_for, make_container
from spawner.obstacles import find_obstacles
from spawner.options import BadRequest, from_form, parse
from spawner.progress import Progress
from spawner.refusal import SpawnRefused, refuse, tell_to_wait
from spawner.stopwatch import Stopwatch
from spawner.whereabouts import Whereabouts, WhereaboutsUnknown

T = TypeVar("T")


class GpuSpawner(DockerSpawner):
    """Starts a person's server on the GPU slots it has a lease for.

    Admission and the start gate stand in the pre-spawn hook, which no timeout covers; the
    container is made in `start`. Whatever was begun when a start is cancelled is awaited and
    undone by whichever of `stop` and the post-stop hook comes first.
    """

    crew: ClassVar[Crew]

    lease_id = Integer(None, allow_none=True)

    will_resume = False
    """No container is ever resumed: with its server, its token and OAuth client end."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.steps, self.watch = Progress(), Stopwatch()
        self._underway: set[asyncio.Future[Any]] = set()
        self._unfinished: set[int] = set()
        self._refused = False
        self._asked_to_stop = self._starts = False

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
        return {name: env[name] for name in env if name != "JUPYTER_IMAGE_SPEC"}

    async def run_pre_spawn_hook(self) -> None:
        """Decide, open the lease, and wait for one's turn at the gate."""
        options = self.user_options
        self._forget_options()
        if self._unfinished or self._underway:
            await self._close(EndReason.FAULT, grace_s=0)
        self._refused, self._asked_to_stop, self._starts = True, False, True
        self.steps, self.watch = Progress(), Stopwatch()
        try:
            lease = await self._decide(options)
        finally:
            self.crew.anteroom.leave(self.user.name)
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
        except StateChanged as error:
            raise self._refuse(Reason("start-failed", "ended", {"end_reason": ""})) from error
        finally:
            self.crew.gate.leave(lease_id)
        self._starts = False
        self.steps.tell(90, "answer", "Your notebook answers")
        self.steps.finish()
        self.log.info("lease %s of %s: %s", lease_id, self._log_name, self.watch)
        return url

    async def stop(self, now: bool = False) -> None:
        """End the server; its slots are free afterwards, unless engine or agent is silent."""
        self._asked_to_stop = True
        await self._close(self._end_reason(), grace_s=0 if now else 10)

    async def run_post_stop_hook(self) -> None:
        """Close what the last start left, however it ended; does nothing twice."""
        super().run_post_stop_hook()
        await self._close(self._end_reason())

    async def poll(self) -> int | None:
        """Say None while the container runs or nothing is known, else its exit status."""
        if self._refused:
            return 0
        try:
            lease = await self._whereabouts.lease()
            container = None if lease is None else await self._whereabouts.container(lease)
        except WhereaboutsUnknown as error:
            self.log.warning("%s is taken as running: %s", self._log_name, error)
            return None
        if container is None:
            return 0
        if container.running:
            return None
        if container.status == "exited" and container.exit_code == 0:
            self._asked_to_stop = True
        return container.exit_code

    async def get_url(self) -> str:
        """Ask the engine where this lease's server is; what was stored may be another's by now."""
        try:
            address = await self._whereabouts.address()
        except WhereaboutsUnknown:
            address = ""
        if address:
            return f"http://{address}:{PORT}"
        return str(self.server.url) if self.server else ""

    async def proves_target(self, host: str) -> bool:
        """Say whether an address is that of this lease's own running container, as of now."""
        try:
            return bool(host) and host == await self._whereabouts.address()
        except WhereaboutsUnknown as error:
            self.log.warning("%s: nothing proves %s: %s", self._log_name, host, error)
            return False

    async def find_obstacles(self) -> tuple[Reason, ...]:
        """Name what forbids any start of this person's just now, whatever the quotas say."""
        return await self.crew.run(self._obstacles, SpawnRequest())

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what happens to this start."""
        async for event in self.steps.listen():
            yield event

    async def _decide(self, options: Any) -> Lease:
        try:
            wish = parse(options)
        except BadRequest as error:
            numbers = {"key": error.key, "problem": error.problem}
            raise self._refuse(Reason("request", "malformed", numbers, YOU)) from None
        self.steps.tell(5, "ask", "Asking for a place")
        try:
            return await self._finish_even_if_cancelled(self._admit(wish))
        except AllotmentError as error:
            reason = Reason("engine", "refused", {"problem": str(error)}, TIME)
            raise self._refuse(reason) from error

    async def _admit(self, wish: SpawnRequest) -> Lease:
        crew = self.crew
        ask = Ask(self.user.name, self.name, wish)
        ask = Ask(ask.user, ask.server, wish, await crew.run(self._obstacles, wish))
        outcome = await crew.run(lambda: leasing.request(crew.house, ask, crew.agreed_now()))
        if not isinstance(outcome, Lease):
            self.steps.finish()
            raise self._told(outcome)
        self._unfinished.add(outcome.id)
        self.lease_id, self._refused = outcome.id, False
        return outcome

    def _obstacles(self, wish: SpawnRequest) -> tuple[Reason, ...]:
        crew = self.crew
        person = leasing.find_person(crew.house, self.user.name)
        image = image_for(crew, wish.gpus > 0)
        return find_obstacles(crew.house, crew.engine, person, image, crew.now())

    async def _start(self, lease_id: int) -> str:
        crew = self.crew
        self.steps.tell(30, "create", "Making your container")
        lease = await self._load_held(lease_id)
        making = crew.run(make_container, crew, lease, self.get_env())
        container = await self._finish_even_if_cancelled(making)
        await self._load_held(lease_id)
        self.watch.lap("create")
        self.steps.tell(50, "boot", "Your notebook is starting")
        await self._finish_even_if_cancelled(crew.run(crew.engine.start, container))
        self.watch.lap("start")
        address = await wait_until_answering(crew, container, self._api_path())
        if isinstance(address, Reason):
            raise self._refuse(address)
        self.watch.lap("answer")
        await self._finish_even_if_cancelled(
            crew.run(
                lambda: leasing.activate(crew.house, lease_id, crew.agreed_now(), clock.boot())
            )
        )
        return f"http://{address}:{PORT}"

    async def _load_held(self, lease_id: int) -> Lease:
        """Load the lease of a start; refused when it was ended meanwhile.

        Asked after the container was made and before it starts: whoever ends a lease marks it
        first and lists its containers then, so one of the two sees the other.
        """
        lease = await self.crew.run(leasing.load_lease, self.crew.house, lease_id)
        if lease.state is not State.HELD:
            numbers = {"end_reason": str(lease.end_reason or "")}
            raise self._refuse(Reason("start-failed", "ended", numbers))
        return lease

    def _api_path(self) -> str:
        return f"{self.server.base_url.rstrip('/')}/api"

    @property
    def _whereabouts(self) -> Whereabouts:
        return Whereabouts(self.crew, self.user.name, self.name)

    def _end_reason(self) -> EndReason:
        """Say what ends this server: somebody who stopped it, also while it started, or a fault.

        The hub itself stops what fails to start, and is still in that start then; the start that
        somebody stops is cancelled first.
        """
        if self._spawn_future is not None and not self._spawn_future.done():
            return EndReason.FAULT
        return EndReason.RELEASE if self._asked_to_stop or self._starts else EndReason.FAULT

    async def _close(self, reason: EndReason, grace_s: int = 10) -> None:
        """Close every lease that starts of this server opened and that is not closed yet."""
        if self._underway:
            await asyncio.gather(*self._underway, return_exceptions=True)
        if not self._refused and self.lease_id is not None:
            self._unfinished.add(self.lease_id)
        elif not self._refused and not self._unfinished:
            lease = await self._whereabouts.lease()
            self._unfinished |= set() if lease is None else {lease.id}
        for lease_id in sorted(self._unfinished):
            self.crew.gate.leave(lease_id)
            self.steps.finish()
            closed = await self.crew.run(self.crew.closer.close, lease_id, reason, grace_s)
            self._unfinished.discard(lease_id)
            if not closed:
                self.log.warning("lease %s stays closing: the steward goes on with it", lease_id)

    async def _finish_even_if_cancelled(self, work: Awaitable[T]) -> T:
        future = asyncio.ensure_future(work)
        self._underway.add(future)
        future.add_done_callback(self._underway.discard)
        return await asyncio.shield(future)

    def _tell_position(self, position: int) -> None:
        self.steps.tell(20, "gate", f"Number {position} to start", position=position)

    def _told(self, outcome: Denial | Wait) -> SpawnRefused:
        crew = self.crew
        if isinstance(outcome, Denial):
            return SpawnRefused(outcome, crew.house.zone)
        tickets_url = f"{self.hub.base_url}api/allotment/tickets"
        return tell_to_wait(outcome, tickets_url, crew.now(), crew.house.zone)

    def _refuse(self, reason: Reason) -> SpawnRefused:
        self.steps.finish()
        return refuse(reason, self.crew.house.zone)

    def _forget_options(self) -> None:
        """Never let a start be repeated by the next empty one."""
        self.orm_spawner.user_options = {}
        session = object_session(self.orm_spawner)
        if session is not None:
            session.commit()
