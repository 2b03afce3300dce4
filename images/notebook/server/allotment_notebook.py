"""The notebook's word with the hub about its own lease: time left, more time, and being opened.

A server extension. It uses the server's own token, which the hub lets read and extend this one
lease and nothing else, and which is never sent to a browser. Without a hub it does nothing.
"""

import json
import os
import time
from dataclasses import dataclass

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.ioloop import IOLoop

TIMEOUT_S = 10
AGAIN_AFTER_S = 20
LARGEST_BODY = 200
GIVEN_UP = (400, 403, 404, 405)
"""Answers to `opened` that will not change by asking again."""


@dataclass(frozen=True)
class Hub:
    """Where this server's lease is, what opens it, and whose it is."""

    lease_url: str
    token: str
    owner: str

    async def call(self, method, path="", body=None, language=""):
        """Ask the hub; gives its status and its JSON text. A hub that is silent answers 503."""
        headers = {
            "Authorization": f"token {self.token}",
            "Content-Type": "application/json",
            "Accept-Language": language,
        }
        try:
            answer = await AsyncHTTPClient().fetch(
                self.lease_url + path,
                method=method,
                headers=headers,
                body=body,
                raise_error=False,
                request_timeout=TIMEOUT_S,
                follow_redirects=False,
            )
        except (HTTPClientError, OSError):
            return 503, error_text("hub-unreachable", "The hub does not answer.")
        status = 503 if answer.code == 599 else answer.code
        return status, answer.body.decode("utf-8", "replace") if answer.body else ""


def find_hub():
    """Read from the environment which lease is ours; None without a hub."""
    names = ("JUPYTERHUB_API_URL", "JUPYTERHUB_API_TOKEN", "JUPYTERHUB_USER", "ALLOTMENT_LEASE")
    # Inside the image there is no hub.settings.
    api, token, owner, lease = (os.environ.get(name, "") for name in names)  # noqa: TID251
    if not (api and token and owner and lease.isdecimal()):
        return None
    return Hub(f"{api.rstrip('/')}/allotment/leases/{lease}", token, owner)


def error_text(code, message):
    """Write an error as the hub's API does."""
    return json.dumps({"error": {"code": code, "message": message, "reasons": []}})


class LeaseHandler(APIHandler):
    """This server's lease, for its owner only."""

    def initialize(self, hub):
        """Take what to ask."""
        self.hub = hub

    def prepare_owner(self):
        """Refuse everybody but the owner, whoever else may open this server."""
        if self.current_user.username != self.hub.owner:
            raise web.HTTPError(403)

    @web.authenticated
    async def get(self):
        """Pass the lease on."""
        self.prepare_owner()
        self.pass_on(*await self.hub.call("GET", language=self.language))

    def pass_on(self, status, text):
        """Give the browser what the hub said, and nothing of its headers."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(text or "{}")

    @property
    def language(self):
        """The language in which the hub is to give its reasons."""
        return self.request.headers.get("Accept-Language", "")[:100]


class ExtendHandler(LeaseHandler):
    """More time."""

    @web.authenticated
    async def post(self):
        """Pass the wish on as it came; the hub checks it."""
        self.prepare_owner()
        if len(self.request.body) > LARGEST_BODY:
            raise web.HTTPError(413)
        body = self.request.body
        self.pass_on(*await self.hub.call("POST", "/extend", body, self.language))


class Visit:
    """Tells the hub once that the owner opened this server."""

    def __init__(self, hub, log):
        self.hub = hub
        self.log = log
        self.told = False
        self.again_at = 0.0

    def notice(self, handler):
        """Look at one finished request; the first with the owner's log-in is reported."""
        if self.told or time.monotonic() < self.again_at:
            return
        user = getattr(handler, "current_user", None)
        if getattr(user, "username", None) == self.hub.owner and not self.is_own(handler):
            self.again_at = time.monotonic() + AGAIN_AFTER_S
            IOLoop.current().add_callback(self.report)

    def is_own(self, handler):
        """Say whether a request came with this server's own token: a program of it, nobody."""
        return self.hub.token in handler.request.headers.get("Authorization", "").split()

    async def report(self):
        """Say so, and stop once the hub has taken it or never will."""
        status, text = await self.hub.call("POST", "/opened", b"{}")
        self.told = status < 300 or status in GIVEN_UP
        if status >= 300:
            self.log.warning(
                "the hub was not told that this server was opened: %s %s", status, text
            )


def _jupyter_server_extension_points():
    return [{"module": "allotment_notebook"}]


def _load_jupyter_server_extension(app):
    hub = find_hub()
    if hub is None:
        return
    base = app.web_app.settings["base_url"]
    given = {"hub": hub}
    app.web_app.add_handlers(
        ".*$",
        [
            (url_path_join(base, "allotment/lease"), LeaseHandler, given),
            (url_path_join(base, "allotment/lease/extend"), ExtendHandler, given),
        ],
    )
    # JupyterHub's own extension sets the log function anew; this runs once all are loaded.
    IOLoop.current().add_callback(watch, app.web_app.settings, Visit(hub, app.log))


def watch(settings, visit):
    """Look at every request when it is over, as the log does."""
    log_before = settings["log_function"]

    def log_and_notice(handler):
        log_before(handler)
        visit.notice(handler)

    settings["log_function"] = log_and_notice
