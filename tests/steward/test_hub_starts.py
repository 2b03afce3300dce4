"""What the hub answers to a start over HTTP, and what the steward takes it for."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from hub.errors import HubUnreachable
from hub.hubapi import HubApi

OPTIONS = {"gpus": 0.5, "if_busy": "wait"}


class HubThatAnswers(HTTPServer):
    """A hub that answers every request with one status, and remembers what was asked."""

    def __init__(self, status: int, reason: str | None) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.status, self.reason = status, reason
        self.asked: list[tuple[str, str, object]] = []


class Answering(BaseHTTPRequestHandler):
    """One request."""

    server: HubThatAnswers

    def do_POST(self) -> None:
        """Remember and answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        token = self.headers["Authorization"]
        self.server.asked.append((self.path, token, json.loads(body)))
        self.send_response(self.server.status)
        if self.server.reason is not None:
            self.send_header("Allotment-Reason", self.server.reason)
        self.end_headers()
        self.wfile.write(b"told why")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(request: pytest.FixtureRequest) -> Iterator[HubThatAnswers]:
    """A hub that answers what the test's parameter says."""
    with HubThatAnswers(*request.param) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def api(hub: HubThatAnswers) -> HubApi:
    """Speak to it."""
    return HubApi(hub.server_port, "secret")


@pytest.mark.parametrize("hub", [(201, None), (202, None)], indirect=True)
@pytest.mark.parametrize(("server", "path"), [("", "server"), ("two", "servers/two")])
def test_a_start_is_asked_for_with_its_options(hub: HubThatAnswers, server: str, path: str) -> None:
    assert api(hub).start_server("ann", server, OPTIONS).begun
    assert hub.asked == [(f"/hub/api/users/ann/{path}", "token secret", OPTIONS)]


@pytest.mark.parametrize(
    "hub",
    [(400, "walls"), (400, "gpu-quota"), (403, None), (404, None), (500, None)],
    indirect=True,
)
def test_a_start_that_will_not_be_is_refused_with_why(hub: HubThatAnswers) -> None:
    answer = api(hub).start_server("ann", "", OPTIONS)
    assert (answer.begun, answer.refused) == (False, True)
    assert "told why" in answer.message


@pytest.mark.parametrize(
    "hub", [(400, None), (409, None), (429, None), (429, "waiting")], indirect=True
)
def test_a_server_still_stopping_and_a_busy_hub_are_no_refusal(hub: HubThatAnswers) -> None:
    answer = api(hub).start_server("ann", "", OPTIONS)
    assert (answer.begun, answer.refused) == (False, False)


@pytest.mark.parametrize("hub", [(502, None), (503, None)], indirect=True)
def test_a_hub_that_is_not_there_yet_is_unknown(hub: HubThatAnswers) -> None:
    with pytest.raises(HubUnreachable):
        api(hub).start_server("ann", "", OPTIONS)


def test_a_hub_that_does_not_listen_is_unknown() -> None:
    with pytest.raises(HubUnreachable):
        HubApi(1, "secret").start_server("ann", "", OPTIONS)
