"""What Traefik is told before any person's route: entrypoints, TLS, limits, and who is turned away.

Pure builders and one writer; routes to people's servers are the hub's and stand in another file.
"""

import base64
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PUBLIC = "public"
"""The entrypoint people come to; every route the hub writes stands on it and on no other."""
HUB_API = "hub-api"
"""The entrypoint on the users' gateway, for notebooks alone."""
API = "api"
API_USER = "hub"
STATIC_FILE = "traefik.yml"
STATION_FILE = "station.yml"
ROUTES_FILE = "routes.yml"
FOREMOST = 1_000_000_000
LIMITED = (
    "PathPrefix(`/hub/login`)",
    "PathPrefix(`/hub/oauth_login`)",
    "PathPrefix(`/hub/oauth_callback`)",
    "PathPrefix(`/hub/token`)",
    "PathPrefix(`/hub/account`)",
    "PathPrefix(`/hub/api/oauth2/token`)",
    "PathRegexp(`^/hub/api/users/[^/]+/tokens`)",
)
UNTRUSTED_HEADERS = ("Forwarded", "X-Scheme")
"""Read by the hub, and not among those Traefik itself strips or overwrites."""
ENCODED_IN_NOTEBOOK_PATHS = ("Slash", "Semicolon", "Percent", "QuestionMark", "Hash")


@dataclass(frozen=True)
class ProxyFacts:
    """What one station's Traefik must know. `rules` is the folder of all its files."""

    https_port: int
    gateway: str
    users_subnet: str
    hub_api_port: int
    hub_port: int
    api_port: int
    certificate: Path
    key: Path
    rules: Path
    api_password_hash: str

    @property
    def served(self) -> Path:
        """The folder Traefik watches; temporary files lie beside it, never in it."""
        return self.rules / "served"


def hash_api_password(password: str) -> str:
    """Hash the API's password in the one form that is cheap to check.

    Every poll is checked anew, and bcrypt makes that 0.1 s and more. A plain SHA-1 is enough only
    because the secret is 32 random bytes, which nobody guesses.
    """
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    return "{SHA}" + base64.b64encode(digest).decode()


def build_static(facts: ProxyFacts) -> dict[str, Any]:
    """Build what Traefik reads once, at its start."""
    return {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "WARN", "format": "json"},
        "accessLog": {"format": "json", "fields": _logged_fields()},
        "api": {"insecure": False, "dashboard": False},
        "ping": {"entryPoint": API},
        "entryPoints": {
            PUBLIC: _public_entrypoint(facts),
            HUB_API: _hub_api_entrypoint(facts),
            API: {
                "address": f"127.0.0.1:{facts.api_port}",
                "http": {"aliasHeadersStrategy": "delete"},
            },
        },
        "providers": {
            "providersThrottleDuration": "0s",
            "file": {"directory": str(facts.served), "watch": True},
        },
        "serversTransport": {"forwardingTimeouts": {"dialTimeout": "5s"}},
    }


def _logged_fields() -> dict[str, Any]:
    """Build what a log line leaves out: headers and queries carry cookies, tokens and codes."""
    return {"headers": {"defaultMode": "drop"}, "queryParameters": {"defaultMode": "drop"}}


def _public_entrypoint(facts: ProxyFacts) -> dict[str, Any]:
    """Build the TLS entrypoint; an upload may take an hour, a websocket has no limit."""
    return {
        "address": f":{facts.https_port}",
        "forwardedHeaders": {"insecure": False, "trustedIPs": []},
        "http": {
            "tls": {"options": "default"},
            "aliasHeadersStrategy": "delete",
            "encodedCharacters": {f"allowEncoded{x}": True for x in ENCODED_IN_NOTEBOOK_PATHS},
            "middlewares": ["drop-forwarded@file"],
        },
        "transport": {
            "respondingTimeouts": {"readTimeout": "1h", "writeTimeout": "0s", "idleTimeout": "3m"},
        },
    }


def _hub_api_entrypoint(facts: ProxyFacts) -> dict[str, Any]:
    return {
        "address": f"{facts.gateway}:{facts.hub_api_port}",
        "forwardedHeaders": {"insecure": False, "trustedIPs": []},
        "http": {
            "aliasHeadersStrategy": "delete",
            "encodedCharacters": {"allowEncodedPercent": False, "allowEncodedSlash": False},
            "middlewares": ["drop-forwarded@file"],
        },
    }


def build_station_rules(facts: ProxyFacts) -> dict[str, Any]:
    """Build the rules that never change while the station stands, people's routes aside."""
    return {
        "http": {
            "routers": _routers(facts),
            "services": {
                "hub": {
                    "loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{facts.hub_port}"}]}
                }
            },
            "middlewares": {
                "api-login": {
                    "basicAuth": {
                        "users": [f"{API_USER}:{facts.api_password_hash}"],
                        "removeHeader": True,
                    }
                },
                "drop-forwarded": {
                    "headers": {"customRequestHeaders": dict.fromkeys(UNTRUSTED_HEADERS, "")}
                },
                "nobody": {"ipAllowList": {"sourceRange": ["255.255.255.255/32"]}},
                "stop-floods": {"rateLimit": {"average": 300, "burst": 600, "period": "1s"}},
            },
        },
        "tls": {
            "options": {"default": {"minVersion": "VersionTLS12"}},
            "stores": {
                "default": {
                    "defaultCertificate": {
                        "certFile": str(facts.certificate),
                        "keyFile": str(facts.key),
                    }
                }
            },
        },
    }


def _routers(facts: ProxyFacts) -> dict[str, Any]:
    """Build the fixed routers; `from-a-server` judges the TCP peer and stands before all others."""
    from_a_server = f"ClientIP(`{facts.users_subnet}`)"
    return {
        "api": {
            "rule": "PathPrefix(`/api`)",
            "entryPoints": [API],
            "middlewares": ["api-login"],
            "service": "api@internal",
        },
        "from-a-server": {
            "rule": from_a_server,
            "entryPoints": [PUBLIC],
            "priority": FOREMOST,
            "middlewares": ["nobody"],
            "service": "noop@internal",
        },
        "hub-api": {
            "rule": f"(Path(`/hub/api`) || PathPrefix(`/hub/api/`)) && {from_a_server}",
            "entryPoints": [HUB_API],
            "service": "hub",
        },
        "log-in": {
            "rule": " || ".join(LIMITED),
            "entryPoints": [PUBLIC],
            "priority": FOREMOST - 1,
            "middlewares": ["stop-floods"],
            "service": "hub",
        },
    }


def write_proxy_files(facts: ProxyFacts, gid: int) -> bool:
    """Write both files, readable by `gid`, and say whether Traefik must be started anew.

    The folders are sticky: the hub may write its routes into them, and change nothing else.
    Run as root, before the proxy starts; repeated it changes nothing. The rules name the
    certificate by its digest: a new one changes the file, and Traefik reads both without a stop.
    """
    for folder in (facts.rules, facts.served):
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, -1, gid)
        folder.chmod(0o3770)
    rules = build_station_rules(facts) | {"allotment": {"certificate": _digest(facts.certificate)}}
    _replace(facts.rules, facts.served / STATION_FILE, rules, gid)
    return _replace(facts.rules, facts.rules / STATIC_FILE, build_static(facts), gid)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _replace(scratch: Path, path: Path, content: dict[str, Any], gid: int) -> bool:
    """Replace a file in one step, unless it already says the same."""
    text = json.dumps(content, indent=1) + "\n"
    if path.is_file() and path.read_text() == text:
        return False
    temporary = scratch / f".{path.name}.new"
    temporary.write_text(text)
    os.chown(temporary, -1, gid)
    temporary.chmod(0o640)
    temporary.replace(path)
    return True
