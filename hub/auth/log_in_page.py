"""The hub's stock log-in page, which sends whoever has a one-time password to change it."""

from typing import Any

from jupyterhub.handlers.login import LoginHandler
from jupyterhub.utils import url_path_join


class LogInHandler(LoginHandler):
    """Log in; with a one-time password the way leads to the account page, whatever `next` says."""

    must_change_password = False
    """Set by the authenticator once the password was right."""

    async def get(self) -> None:
        """Show the form, or send on whoever is logged in already."""
        if self.current_user:
            person = await self.authenticator.load_person(self.current_user.name)
            self.must_change_password = person.must_change_password
        await super().get()

    def get_next_url(self, user: Any = None, default: Any = None) -> str:
        """Say where to go after the log-in."""
        if self.must_change_password:
            return str(url_path_join(self.hub.base_url, "account"))
        return str(super().get_next_url(user, default))
