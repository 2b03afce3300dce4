"""What the proxy reads: its own configuration and the station's standing rules."""

from collections.abc import Mapping
from hashlib import sha256

from admin.setup.tls import TlsFiles
from hub.proxy_config import STATIC_FILE, ProxyFacts, hash_api_password, write_proxy_files
from hub.station import Station


def ensure_proxy_files(station: Station, files: TlsFiles) -> Mapping[str, str]:
    """Write the proxy's files; gives hashes of what it reads only once, at its start."""
    facts = ProxyFacts(
        https_port=station.https_port,
        gateway=station.gateway,
        users_subnet=station.subnet,
        hub_api_port=station.hub_api_port,
        hub_port=station.hub_port,
        api_port=station.traefik_api_port,
        certificate=files.certificate,
        key=files.key,
        rules=station.rules,
        api_password_hash=hash_api_password(station.load_secret("proxy", "proxy_api")),
    )
    write_proxy_files(facts, station.gid)
    read_once = (station.rules / STATIC_FILE, files.certificate)
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in read_once}
