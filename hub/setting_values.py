"""What single settings may say; each check gives the value back or raises ValueError with why."""

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")


def check_zone(name: str) -> str:
    """Take an IANA time zone."""
    if name not in available_timezones():
        raise ValueError("not an IANA time zone, such as Asia/Urumqi")
    return name


def check_host(host: str) -> str:
    """Take a host name or an address; empty is fine."""
    if not host or HOST_NAME.fullmatch(host):
        return host
    try:
        return str(ip_address(host))
    except ValueError:
        raise ValueError("not a host name or address") from None


def check_path(text: str) -> str:
    """Take an absolute path; empty is fine."""
    if text and not Path(text).is_absolute():
        raise ValueError("not an absolute path")
    return text


def check_database(url: str) -> str:
    """Take the address of a PostgreSQL database; empty is fine."""
    if url and not url.startswith(("postgresql+psycopg://", "postgresql://")):
        raise ValueError("not a postgresql:// address (leave it empty for SQLite)")
    try:
        urlsplit(url).port  # noqa: B018 - it is parsed when it is asked for
    except ValueError:
        raise ValueError(
            "its host and port can't be read: in a password write @ as %40, / as %2F, # as %23"
        ) from None
    return url


def check_share(share: float) -> float:
    """Take a share that GPUs can be dealt out in."""
    if share != int(share) and share * 4 not in (1, 2, 3):
        raise ValueError("a share is 0.25, 0.5, 0.75 or a whole number of GPUs")
    return share


def check_listed(value: object) -> object:
    """Turn a list of TOML into the tuple that frozen settings hold."""
    return tuple(value) if isinstance(value, list) else value


def check_opening(text: str) -> str:
    """Take a network, port and protocol."""
    where, _, what = text.rpartition(":")
    port, _, protocol = what.partition("/")
    try:
        ip_network(where)
        known = 1 <= int(port) <= 65535 and protocol in ("tcp", "udp")
    except ValueError:
        known = False
    if not known:
        raise ValueError("not a network, port and protocol such as 10.1.2.0/24:5432/tcp")
    return text
