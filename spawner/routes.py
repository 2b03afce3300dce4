"""Routes to people's servers as Traefik reads them: builders, one reader, one atomic writer."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jupyterhub_traefik_proxy.traefik_utils import generate_alias, generate_rule

from hub.errors import AllotmentError, BadValue

MARK = "written"
"""The service nothing is routed to, whose address says which file Traefik has loaded."""
_UNFIT = re.compile(r"[`\x00-\x1f\x7f]")


class RouteRefused(AllotmentError):
    """That route is not written: nothing proves that the container is this server's."""


class RouteNotServed(AllotmentError):
    """The proxy did not take that route."""


@dataclass(frozen=True)
class Route:
    """One prefix of the public address and where its requests go."""

    routespec: str
    target: str
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def router(self) -> str:
        """Traefik's name of the rule."""
        return str(generate_alias(self.routespec, "router"))

    @property
    def service(self) -> str:
        """Traefik's name of the target."""
        return str(generate_alias(self.routespec, "service"))

    def as_hub_sees_it(self) -> dict[str, Any]:
        """Give the record JupyterHub asks for."""
        return {"routespec": self.routespec, "target": self.target, "data": self.data}


def parse_route(routespec: str, target: str, data: dict[str, Any]) -> Route:
    """Check a route before it becomes part of a rule.

    Raises BadValue for a name that would end the quotes of a rule, and for a target that is no URL.
    """
    if not routespec.endswith("/"):
        routespec += "/"
    if _UNFIT.search(unquote(routespec)):
        raise BadValue(f"{routespec!r}: not a path that can be routed")
    parts = urlsplit(target)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadValue(f"{target!r}: not the address of a server")
    return Route(routespec, target, dict(data))


def build_rule(routespec: str) -> str:
    """Build the rule for one prefix, with and without its last slash."""
    return str(generate_rule(routespec))


def build_mark(run: str, generation: int) -> str:
    """Build the address that names one written file."""
    return f"http://127.0.0.1:9/{run}/{generation}"


def parse_mark(url: str, run: str) -> int:
    """Read which file of this run a mark names; 0 for a file of another run."""
    prefix, _, number = url.rpartition("/")
    mine = prefix == build_mark(run, 0).rpartition("/")[0]
    return int(number) if mine and number.isdecimal() else 0


def build_document(routes: Iterable[Route], entrypoint: str, mark: str) -> dict[str, Any]:
    """Build Traefik's whole routes file; what JupyterHub wants kept stands beside the rules."""
    table = list(routes)
    http: dict[str, Any] = {"services": {MARK: _service(mark)}}
    http["services"] |= {route.service: _service(route.target) for route in table}
    if table:
        http["routers"] = {route.router: _router(route, entrypoint) for route in table}
    kept = {route.router: route.as_hub_sees_it() for route in table}
    return {"http": http, "jupyterhub": {"routes": kept}}


def _service(url: str) -> dict[str, Any]:
    return {"loadBalancer": {"servers": [{"url": url}], "passHostHeader": True}}


def _router(route: Route, entrypoint: str) -> dict[str, Any]:
    rule = build_rule(route.routespec)
    return {"rule": rule, "service": route.service, "entryPoints": [entrypoint]}


def load_routes(path: Path) -> dict[str, Route]:
    """Read the routes of an earlier run; no file is no routes.

    Raises BadValue when the file is not one of ours.
    """
    try:
        kept = json.loads(path.read_text())["jupyterhub"]["routes"].values()
        found = [parse_route(r["routespec"], r["target"], r["data"]) for r in kept]
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadValue(f"{path}: not a file of routes ({error})") from error
    return {route.routespec: route for route in found}


def write_document(path: Path, document: dict[str, Any]) -> None:
    """Replace the routes file in one step; Traefik never sees half of it, nor a temporary file.

    The temporary file lies beside the watched folder: the same mount, so a rename is enough.
    """
    temporary = path.parent.parent / f".{path.name}.new"
    temporary.write_text(json.dumps(document, separators=(",", ":")))
    temporary.chmod(0o640)
    temporary.replace(path)


def find_fault(route: Route, seen: dict[str, Any]) -> str | None:
    """Say why a route is not served by what Traefik's raw data shows, None when it is."""
    router = seen.get("routers", {}).get(f"{route.router}@file")
    if router is None:
        return "its rule is not there"
    if router.get("status") != "enabled":
        return "; ".join(router.get("error", ["its rule is off"]))
    service = seen.get("services", {}).get(f"{route.service}@file", {})
    servers = service.get("loadBalancer", {}).get("servers", [])
    if [server.get("url") for server in servers] != [route.target]:
        return "its target is not there"
    return None
