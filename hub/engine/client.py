"""Calls to one Docker Engine, a client for each thread; an answer is yes, gone or unknown."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import docker
import requests
from docker.errors import APIError, DockerException, NotFound

from hub.engine.facts import Container, Listed, parse_container, parse_listed
from hub.errors import EngineRefused, EngineUnknown

TIMEOUT_S = 30

T = TypeVar("T")


class Engine:
    """One node's engine. Every method may raise EngineUnknown; safe to share between threads."""

    def __init__(self, socket: Path, timeout_s: int = TIMEOUT_S) -> None:
        self._url = f"unix://{socket}"
        self._timeout_s = timeout_s
        self._local = threading.local()
        self._version = "auto"
        """What the first client agreed on: engines older than ours and newer ones both refuse
        versions they do not speak."""

    def create(self, name: str, spec: Mapping[str, Any]) -> str:
        """Make a container from a whole create spec and give its id; raises EngineRefused."""
        answer = self._ask(lambda c: c.create_container_from_config(dict(spec), name))
        return str(answer["Id"])

    def start(self, container: str) -> None:
        """Start a container; raises EngineRefused with the engine's words."""
        try:
            self._client().start(container)
        except APIError as error:
            raise EngineRefused(_words(error)) from error
        except (DockerException, requests.RequestException) as error:
            raise EngineUnknown(str(error)) from error

    def find(self, container: str) -> Container | None:
        """Inspect a container by name or id; None only when the engine says there is none."""
        try:
            return parse_container(self._ask(lambda c: c.inspect_container(container)))
        except _Gone:
            return None

    def find_labelled(self, labels: Mapping[str, str]) -> list[Container]:
        """Inspect every container, running or not, that carries all these labels."""
        found = (self.find(listed.id) for listed in self.list_labelled(labels))
        return [container for container in found if container is not None]

    def list_labelled(self, labels: Mapping[str, str]) -> list[Listed]:
        """List every container, running or not, that carries all these labels."""
        wanted = [f"{key}={value}" for key, value in labels.items()]
        listed = self._ask(lambda c: c.containers(all=True, filters={"label": wanted}))
        return [parse_listed(item) for item in listed]

    def stop(self, container: str, grace_s: int) -> None:
        """Ask a container to end, and end it after `grace_s`; one that is gone is fine."""
        try:
            self._ask(lambda c: c.stop(container, timeout=grace_s), extra_s=grace_s)
        except _Gone:
            return

    def remove(self, container: str) -> None:
        """Remove a container that does not run; one that is gone, or just going, is fine."""
        try:
            self._ask(lambda c: c.remove_container(container, v=True))
        except _Gone:
            return
        except EngineRefused as error:
            if "already in progress" not in str(error):
                raise

    def last_words(self, container: str, lines: int = 15) -> str:
        """Give the end of a container's log; "" when it is gone."""
        try:
            text: bytes = self._ask(lambda c: c.logs(container, tail=lines))
        except _Gone:
            return ""
        return text.decode(errors="replace").strip()

    def has_image(self, image: str) -> bool:
        """Say whether an image is on this node; nothing is ever pulled."""
        try:
            self._ask(lambda c: c.inspect_image(image))
        except _Gone:
            return False
        return True

    def memory_mib(self, container: str) -> int:
        """Read how much memory a container uses now, without what the kernel could take back."""
        try:
            stats = self._ask(lambda c: c.stats(container, stream=False, one_shot=True))
        except _Gone:
            return 0
        memory = stats.get("memory_stats") or {}
        detail = memory.get("stats") or {}
        cache = detail.get("total_inactive_file", detail.get("inactive_file", 0))
        return int(max(memory.get("usage", 0) - cache, 0) // (1024 * 1024))

    def _ask(self, call: Callable[[docker.APIClient], T], extra_s: int = 0) -> T:
        client = self._client()
        client.timeout = self._timeout_s + extra_s
        try:
            return call(client)
        except NotFound as error:
            raise _Gone(_words(error)) from error
        except APIError as error:
            if error.response is not None and error.response.status_code < 500:
                raise EngineRefused(_words(error)) from error
            raise EngineUnknown(_words(error)) from error
        except (DockerException, requests.RequestException) as error:
            raise EngineUnknown(str(error)) from error

    def _client(self) -> docker.APIClient:
        client = getattr(self._local, "client", None)
        if client is None:
            try:
                client = docker.APIClient(
                    base_url=self._url, version=self._version, timeout=self._timeout_s
                )
            except DockerException as error:
                raise EngineUnknown(str(error)) from error
            client.trust_env = False
            self._version = client.api_version
            self._local.client = client
        return client


class _Gone(EngineRefused):
    """The engine says that there is no such thing."""


def _words(error: APIError) -> str:
    return str(error.explanation or error)
