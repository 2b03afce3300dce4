"""Local accounts: JupyterHub's authenticator over our own table of people."""

from typing import Any

from jupyterhub.auth import Authenticator
from tornado import web
from traitlets import default

from hub import clock
from hub.auth.account_page import AccountHandler
from hub.auth.log_in_page import LogInHandler
from hub.auth.log_ins import Attempt, LogIns, TooManyFailures
from hub.auth.rights import build_roles, roles_of
from hub.auth.starting import HANDLERS as STARTS
from hub.errors import NotFound
from hub.house import House
from hub.policy.people import Person


class ComeBackLater(web.HTTPError):
    """HTTP 429 that says when; JupyterHub passes an error's headers through."""

    def __init__(self, refusal: TooManyFailures) -> None:
        super().__init__(429, str(refusal))
        self.headers = {"Retry-After": str(refusal.retry_after_s)}


class LocalAccounts(Authenticator):
    """Lets in the people of our table who are not disabled; `house` is set before the hub starts.

    Whoever passes `authenticate` is allowed: there is no list beside the table.
    """

    house: House

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.log_ins = LogIns(self.house, clock.now)

    @default("manage_roles")
    def _manage_roles(self) -> bool:
        return True

    @default("allow_all")
    def _allow_all(self) -> bool:
        return True

    def get_handlers(self, app: Any) -> list[tuple[str, type]]:
        """Add the page on which a password is changed, and starts that wait their turn."""
        return [("/login", LogInHandler), ("/account", AccountHandler), *STARTS]

    async def authenticate(self, handler: Any, data: Any) -> dict[str, Any] | None:
        """Check a name and a password; 429 with Retry-After after too many failures."""
        attempt = self._parse(handler, data)
        if attempt is None:
            return None
        person = await self.check(attempt)
        if person is None:
            return None
        if person.disabled:
            raise web.HTTPError(403, f"The account {person.name} is disabled.")
        handler.must_change_password = person.must_change_password
        roles = build_roles(person, handler.db)
        return {"name": person.name, "admin": False, "roles": roles}

    async def check(self, attempt: Attempt) -> Person | None:
        """Check a password; raises the HTTP answer for too many failures."""
        try:
            return await self.log_ins.check(attempt)
        except TooManyFailures as refusal:
            raise ComeBackLater(refusal) from None

    async def refresh_user(self, user: Any, handler: Any = None) -> bool | dict[str, Any]:
        """Look the person up again: cookies and tokens of whoever is disabled or gone end."""
        person = await self.log_ins.find(user.name)
        if person is None or person.disabled:
            return False
        if {role.name for role in user.orm_user.roles} == roles_of(person) and not user.admin:
            return True
        return {"name": person.name, "admin": False, "roles": build_roles(person, user.db)}

    async def load_person(self, name: str) -> Person:
        """Load a person by name; raises NotFound."""
        person = await self.log_ins.find(name)
        if person is None:
            raise NotFound
        return person

    def _parse(self, handler: Any, data: Any) -> Attempt | None:
        if not isinstance(data, dict):
            return None
        name, password = data.get("username"), data.get("password")
        if not isinstance(name, str) or not isinstance(password, str):
            return None
        return Attempt(self.normalize_username(name), str(handler.request.remote_ip), password)
