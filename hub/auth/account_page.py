"""The account page: change one's password, by XSRF-protected form, counted like a log-in."""

from typing import Any

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.utils import new_token, url_path_join
from tornado import web

from hub.auth.log_ins import Attempt, TooManyFailures
from hub.errors import BadValue
from hub.policy.people import Person


class AccountHandler(BaseHandler):
    """Show the form, and change the password of whoever is logged in."""

    @web.authenticated
    async def get(self) -> None:
        """Show the form."""
        person = await self.authenticator.load_person(self.current_user.name)
        done = self.get_query_argument("done", "") == "1"
        await self._show(person, done=done)

    @web.authenticated
    async def post(self) -> None:
        """Change the password, end every other log-in, and go on to the start page."""
        user = self.current_user
        person = await self.authenticator.load_person(user.name)
        problem = await self._change(person)
        if problem is not None:
            status, text = problem
            self.set_status(status)
            await self._show(person, error=text)
            return
        self._end_other_log_ins(user)
        if person.must_change_password:
            self.redirect(url_path_join(self.hub.base_url, "spawn"))
        else:
            self.redirect(url_path_join(self.hub.base_url, "account") + "?done=1")

    async def _change(self, person: Person) -> tuple[int, str] | None:
        """Change it; gives a status and one line when it can't be changed."""
        current, new, repeated = (
            self.get_body_argument(name, "", strip=False) for name in ("current", "new", "repeat")
        )
        if new != repeated:
            return 400, "The two new passwords are not the same."
        if new == current:
            return 400, "The new password is the current one; choose another."
        attempt = Attempt(person.name, str(self.request.remote_ip), current)
        try:
            if await self.authenticator.log_ins.check(attempt) is None:
                return 403, "The current password is wrong."
            await self.authenticator.log_ins.change(person, new)
        except TooManyFailures as refusal:
            self.set_header("Retry-After", str(refusal.retry_after_s))
            return 429, str(refusal)
        except BadValue as error:
            return 400, f"{str(error)[0].upper()}{str(error)[1:]}."
        return None

    def _end_other_log_ins(self, user: Any) -> None:
        """Give this browser a new log-in cookie, and so make every older one worthless."""
        user.orm_user.cookie_id = new_token()
        self.db.commit()
        self.set_hub_cookie(user)
        self.set_login_cookie(user)

    async def _show(self, person: Person, error: str = "", done: bool = False) -> None:
        html = await self.render_template(
            "account.html", must_change=person.must_change_password, error=error, done=done
        )
        self.finish(html)
