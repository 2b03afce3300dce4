"""The two addresses our pages need besides JupyterHub's: the language switch, and our look."""

from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.static import CacheControlStaticFilesHandler

from hub.pages.language import COOKIE
from hub.pages.looks import FOLDER

KEEP_DAYS = 365


class LanguageHandler(BaseHandler):
    """Remember a language in this browser and go back to where one was."""

    def get(self, language: str) -> None:
        """Set the cookie; an address elsewhere is not followed."""
        self._set_cookie(
            COOKIE,
            language,
            encrypted=False,
            path=self.hub.base_url,
            expires_days=KEEP_DAYS,
            samesite="Lax",
        )
        self.set_header("Cache-Control", "no-store")
        back = self._validate_next_url(self.get_query_argument("next", ""))
        self.redirect(back or f"{self.hub.base_url}home")


def make_handlers() -> list[tuple[Any, ...]]:
    """Give what goes into `JupyterHub.extra_handlers`."""
    return [
        (r"/language/(en|zh)", LanguageHandler),
        (r"/look/(.*)", CacheControlStaticFilesHandler, {"path": str(FOLDER)}),
    ]
