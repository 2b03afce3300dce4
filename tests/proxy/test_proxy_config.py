"""What Traefik is told at its start, compared whole."""

import os
import stat
from pathlib import Path

from hub.proxy_config import (
    ProxyFacts,
    build_static,
    build_station_rules,
    hash_api_password,
    write_proxy_files,
)


def facts(rules: Path = Path("/srv/allotment/state/rules")) -> ProxyFacts:
    """Give the facts of some station."""
    return ProxyFacts(
        https_port=443,
        gateway="172.30.0.1",
        users_subnet="172.30.0.0/22",
        hub_api_port=20001,
        hub_port=20002,
        api_port=20003,
        certificate=Path("/srv/allotment/tls/station.pem"),
        key=Path("/srv/allotment/tls/station.key"),
        rules=rules,
        api_password_hash="{SHA}x",
    )


def test_the_whole_static_configuration() -> None:
    untrusted = {"insecure": False, "trustedIPs": []}
    assert build_static(facts()) == {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "log": {"level": "WARN", "format": "json"},
        "accessLog": {
            "format": "json",
            "fields": {
                "headers": {"defaultMode": "drop"},
                "queryParameters": {"defaultMode": "drop"},
            },
        },
        "api": {"insecure": False, "dashboard": False},
        "ping": {"entryPoint": "api"},
        "entryPoints": {
            "public": {
                "address": ":443",
                "forwardedHeaders": untrusted,
                "http": {
                    "tls": {"options": "default"},
                    "aliasHeadersStrategy": "delete",
                    "encodedCharacters": {
                        "allowEncodedSlash": True,
                        "allowEncodedSemicolon": True,
                        "allowEncodedPercent": True,
                        "allowEncodedQuestionMark": True,
                        "allowEncodedHash": True,
                    },
                    "middlewares": ["drop-forwarded@file"],
                },
                "transport": {
                    "respondingTimeouts": {
                        "readTimeout": "1h",
                        "writeTimeout": "0s",
                        "idleTimeout": "3m",
                    }
                },
            },
            "hub-api": {
                "address": "172.30.0.1:20001",
                "forwardedHeaders": untrusted,
                "http": {
                    "aliasHeadersStrategy": "delete",
                    "encodedCharacters": {"allowEncodedPercent": False, "allowEncodedSlash": False},
                    "middlewares": ["drop-forwarded@file"],
                },
            },
            "api": {"address": "127.0.0.1:20003", "http": {"aliasHeadersStrategy": "delete"}},
        },
        "providers": {
            "providersThrottleDuration": "0s",
            "file": {"directory": "/srv/allotment/state/rules/served", "watch": True},
        },
        "serversTransport": {"forwardingTimeouts": {"dialTimeout": "5s"}},
    }


def test_the_fixed_routers() -> None:
    routers = build_station_rules(facts())["http"]["routers"]
    assert {name: (r["entryPoints"], r["service"]) for name, r in routers.items()} == {
        "api": (["api"], "api@internal"),
        "from-a-server": (["public"], "noop@internal"),
        "hub-api": (["hub-api"], "hub"),
        "log-in": (["public"], "hub"),
    }
    api = "(Path(`/hub/api`) || PathPrefix(`/hub/api/`))"
    assert routers["hub-api"]["rule"] == f"{api} && ClientIP(`172.30.0.0/22`)"
    assert routers["from-a-server"]["rule"] == "ClientIP(`172.30.0.0/22`)"
    assert routers["from-a-server"]["priority"] > routers["log-in"]["priority"]


def test_the_certificate_is_the_stations_own() -> None:
    assert build_station_rules(facts())["tls"] == {
        "options": {"default": {"minVersion": "VersionTLS12"}},
        "stores": {
            "default": {
                "defaultCertificate": {
                    "certFile": "/srv/allotment/tls/station.pem",
                    "keyFile": "/srv/allotment/tls/station.key",
                }
            }
        },
    }


def test_the_api_password_is_hashed_as_traefik_reads_it() -> None:
    assert hash_api_password("password") == "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    assert write_proxy_files(facts(tmp_path / "rules"), os.getgid()) is True
    before = {path: path.stat().st_ino for path in (tmp_path / "rules").rglob("*")}
    assert write_proxy_files(facts(tmp_path / "rules"), os.getgid()) is False
    assert {path: path.stat().st_ino for path in (tmp_path / "rules").rglob("*")} == before


def test_the_hub_may_add_files_and_replace_none_of_these(tmp_path: Path) -> None:
    write_proxy_files(facts(tmp_path / "rules"), os.getgid())
    for folder in (tmp_path / "rules", tmp_path / "rules" / "served"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o3770
    for name in ("traefik.yml", "served/station.yml"):
        assert stat.S_IMODE((tmp_path / "rules" / name).stat().st_mode) == 0o640
