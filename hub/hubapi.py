"""The Hub API, as a service of ours speaks it; the only importer of the HTTP client."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from hub.errors import HubUnreachable

TIMEOUT_S = 20


@dataclass(frozen=True)
class HubServer:
    """One server as the hub sees it; `pending` is None, "spawn" or "stop"."""

    user: str
    name: str
    ready: bool
    pending: str | None


@dataclass(frozen=True)
class StartAnswer:
    """What the hub answered to a start; neither begun nor refused is: not just now."""

    begun: bool
    refused: bool = False
    message: str = ""


class HubApi:
    """Calls with a service's own token; every method may raise HubUnreachable."""

    def __init__(self, port: int, token: str) -> None:
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}/hub/api",
            headers={"Authorization": f"token {token}"},
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    def load_servers(self) -> list[HubServer]:
        """List every server that runs, starts or stops."""
        found: list[HubServer] = []
        offset = 0
        while True:
            query: dict[str, str | int] = {"state": "active", "offset": offset, "limit": 200}
            users = self._get("/users", query)
            for user in users:
                for name, server in (user.get("servers") or {}).items():
                    found.append(
                        HubServer(user["name"], name, server["ready"], server["pending"] or None)
                    )
            if len(users) < 200:
                return found
            offset += len(users)

    def find_server(self, user: str, server: str) -> HubServer | None:
        """Ask about one server; None when it neither runs nor starts nor stops."""
        answer = self._send("GET", f"/users/{quote(user)}")
        if answer.status_code == 404:
            return None
        found = (self._json(answer).get("servers") or {}).get(server)
        if found is None or not (found["ready"] or found["pending"]):
            return None
        return HubServer(user, server, found["ready"], found["pending"] or None)

    def start_server(self, user: str, server: str, options: Mapping[str, object]) -> StartAnswer:
        """Ask the hub to start a server; asked again while it starts, that has begun.

        A server of that name that still runs or stops, and a hub that is busy, are no refusal.
        """
        answer = self._send("POST", _path_of(user, server), body=options)
        if answer.status_code in (201, 202):
            return StartAnswer(begun=True)
        told = f"{answer.status_code}: {answer.text[:300]}"
        decided = "Allotment-Reason" in answer.headers
        if answer.status_code in (409, 429) or (answer.status_code == 400 and not decided):
            return StartAnswer(begun=False, message=told)
        if answer.status_code in (502, 503, 504):
            raise HubUnreachable(f"the hub answered {told}")
        return StartAnswer(begun=False, refused=True, message=told)

    def stop_server(self, user: str, server: str) -> bool:
        """Ask the hub to stop a server; False when it knows of none that runs."""
        answer = self._send("DELETE", _path_of(user, server))
        if answer.status_code in (202, 204):
            return True
        if answer.status_code in (400, 404):
            return False
        raise HubUnreachable(f"the hub answered {answer.status_code}: {answer.text[:200]}")

    def _get(self, path: str, query: dict[str, str | int]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._json(self._send("GET", path, query))
        return found

    def _send(
        self,
        method: str,
        path: str,
        query: dict[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> httpx.Response:
        try:
            return self._client.request(method, path, params=query, json=body)
        except httpx.HTTPError as error:
            raise HubUnreachable(f"the hub did not answer: {error}") from error

    def _json(self, answer: httpx.Response) -> Any:
        try:
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise HubUnreachable(f"the hub did not answer: {error}") from error


def _path_of(user: str, server: str) -> str:
    return f"/users/{quote(user)}/server" + (f"s/{quote(server)}" if server else "")
