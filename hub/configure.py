"""The configuration of JupyterHub: one function a concern, and `configure` as contents page."""

from pathlib import Path
from typing import Any

from hub.proxy_config import PUBLIC, ROUTES_FILE
from hub.settings import Settings
from hub.station import Station

STATION_ADMIN = "station-admin"
STATION_ADMIN_SCOPES = ["list:users", "read:servers", "servers"]
START_TIMEOUT_S = 180
HTTP_TIMEOUT_S = 60
NO_LIMIT = 0


def configure(c: Any, station: Station, settings: Settings) -> None:
    """Set everything the hub of a station needs."""
    update_addresses(c, station)
    update_files(c, station)
    update_survival(c)
    update_proxy(c, station)
    update_spawner(c, station)
    update_pace(c)
    update_log_in(c)
    update_rights(c, station)
    update_pages(c, settings)


def update_addresses(c: Any, station: Station) -> None:
    """Listen on loopback only: whoever reaches the hub's listener could forge an address.

    The public address is Traefik's to know: the hub's pages lead to each other by paths alone.
    """
    c.JupyterHub.bind_url = "https://localhost/"
    c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{station.hub_port}"
    c.JupyterHub.hub_connect_url = f"http://127.0.0.1:{station.hub_port}"
    c.Spawner.hub_connect_url = f"http://{station.gateway}:{station.hub_api_port}"


def update_files(c: Any, station: Station) -> None:
    """Keep the hub's own database and secrets in its own folder."""
    folder = station.state / "hub"
    c.JupyterHub.db_url = f"sqlite:///{folder / 'jupyterhub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(station.secret_file("hub", "cookie_secret"))
    c.JupyterHub.pid_file = ""


def update_survival(c: Any) -> None:
    """Leave everybody's server and route alone when the hub stops."""
    c.JupyterHub.cleanup_servers = False
    c.JupyterHub.cleanup_proxy = False
    c.JupyterHub.init_spawners_timeout = 1


def update_proxy(c: Any, station: Station) -> None:
    """Write routes for a Traefik that is a unit of its own."""
    c.JupyterHub.proxy_class = "spawner.traefik.StationProxy"
    c.StationProxy.should_start = False
    c.StationProxy.traefik_entrypoint = PUBLIC
    c.StationProxy.dynamic_config_file = str(station.rules / "served" / ROUTES_FILE)
    c.StationProxy.traefik_api_url = f"http://127.0.0.1:{station.traefik_api_port}"
    c.StationProxy.traefik_api_password = station.load_secret("hub", "proxy_api")


def update_spawner(c: Any, station: Station) -> None:
    """Start containers by lease; named servers are on, quotas are their limit."""
    c.JupyterHub.spawner_class = "spawner.gpu_spawner.GpuSpawner"
    c.JupyterHub.allow_named_servers = True
    c.JupyterHub.named_server_limit_per_user = NO_LIMIT
    c.Spawner.apply_user_options = take_no_options
    c.Spawner.start_timeout = START_TIMEOUT_S
    c.Spawner.http_timeout = HTTP_TIMEOUT_S
    c.Spawner.poll_interval = 10
    c.Spawner.default_url = "/lab"
    c.Spawner.consecutive_failure_limit = NO_LIMIT
    c.Spawner.env_keep = []
    c.Spawner.port = 8888
    c.DockerSpawner.network_name = station.network
    c.DockerSpawner.remove = False
    c.DockerSpawner.allowed_images = []


def take_no_options(_spawner: Any, _options: Any) -> None:
    """Set nothing from what people sent: it is parsed before, in the pre-spawn hook."""


def update_pace(c: Any) -> None:
    """Refuse nobody because others start: the start gate makes them wait, not JupyterHub."""
    c.JupyterHub.concurrent_spawn_limit = NO_LIMIT
    c.JupyterHub.active_server_limit = NO_LIMIT
    c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 1, "slow_stop_timeout": 10}
    c.JupyterHub.last_activity_interval = 300


def update_log_in(c: Any) -> None:
    """Log in by our own accounts, and look again at every account within seconds."""
    c.JupyterHub.authenticator_class = "hub.auth.accounts.LocalAccounts"
    c.Authenticator.allow_all = True
    c.Authenticator.manage_roles = True
    c.Authenticator.auth_refresh_age = 5
    c.Authenticator.auth_refresh_strict = True
    c.Authenticator.refresh_pre_spawn = True
    c.JupyterHub.cookie_max_age_days = 1
    c.JupyterHub.oauth_require_pkce = True


def update_rights(c: Any, station: Station) -> None:
    """Nobody holds JupyterHub's admin role; an administrator here may list and stop servers."""
    c.JupyterHub.admin_access = False
    c.JupyterHub.load_roles = [
        {"name": STATION_ADMIN, "scopes": STATION_ADMIN_SCOPES},
        {"name": "steward", "scopes": STATION_ADMIN_SCOPES, "services": ["steward"]},
    ]
    c.JupyterHub.services = [
        {"name": "steward", "api_token": station.load_secret("hub", "steward_token")}
    ]


def update_pages(c: Any, settings: Settings) -> None:
    """Show our own pages."""
    c.JupyterHub.template_paths = [str(Path(__file__).parent / "templates")]
    c.JupyterHub.template_vars = {"station_name": settings.station.name}
