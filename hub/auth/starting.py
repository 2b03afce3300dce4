"""JupyterHub's two ways of starting a server, the page and the API: people wait their turn."""

from typing import Any, ClassVar

from jupyterhub.apihandlers.users import UserServerAPIHandler
from jupyterhub.handlers.pages import SpawnHandler
from jupyterhub.user import User

from hub.anteroom import Anteroom


class WaitsItsTurn:
    """Waits before the start is begun: both ways count a second from then, and tell no more after.

    A service waits for nobody: the steward starts whose turn has come.
    """

    anteroom: ClassVar[Anteroom] = Anteroom()
    """Whoever decides a start says by its person's name when it left."""

    async def prepare(self) -> None:
        """Find out who asks, then wait."""
        await super().prepare()  # type: ignore[misc]  # a handler's, which this is mixed into
        if self._person:
            await self.anteroom.enter(self._person)

    def on_finish(self) -> None:
        """Leave, also where nothing was started."""
        if self._person:
            self.anteroom.leave(self._person)
        super().on_finish()  # type: ignore[misc]  # a handler's, which this is mixed into

    @property
    def _person(self) -> str:
        handler: Any = self
        starts = handler.request.method == "POST"
        who = handler.current_user if starts else None
        return who.name if isinstance(who, User) else ""


class StartPage(WaitsItsTurn, SpawnHandler):
    """The start page's form."""


class StartByApi(WaitsItsTurn, UserServerAPIHandler):
    """`POST /hub/api/users/:name/server`, and by a server's name."""


HANDLERS: list[tuple[str, type]] = [
    ("/spawn", StartPage),
    ("/spawn/([^/]+)", StartPage),
    ("/spawn/([^/]+)/([^/]+)", StartPage),
    ("/api/users/([^/]+)/server", StartByApi),
    ("/api/users/([^/]+)/servers/([^/]*)", StartByApi),
]
"""In the places of JupyterHub's own."""
