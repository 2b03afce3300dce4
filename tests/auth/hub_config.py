"""Configuration of the real JupyterHub that the log-in tests talk to, without proxy or servers."""

import os
from pathlib import Path

from jupyterhub.proxy import Proxy
from jupyterhub.spawner import SimpleLocalProcessSpawner
from traitlets.config import get_config

from hub.auth.accounts import LocalAccounts
from hub.configure import update_log_in, update_rights
from hub.house import open_house

HOME = Path(os.environ["ALLOTMENT_HOME"])


class NoProxy(Proxy):
    """A proxy that has no routes: the tests speak to the hub itself."""

    should_start = False

    async def add_route(self, routespec, target, data):
        """Do nothing."""

    async def delete_route(self, routespec):
        """Do nothing."""

    async def get_all_routes(self):
        """Have none."""
        return {}

    async def check_routes(self, user_dict, service_dict, routes=None):
        """Do nothing."""


house = open_house(HOME)
LocalAccounts.house = house
c = get_config()
update_log_in(c)
update_rights(c, house.station)
c.Authenticator.auth_refresh_age = 1
c.JupyterHub.authenticator_class = LocalAccounts
c.JupyterHub.bind_url = f"http://127.0.0.1:{house.station.hub_port}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{house.station.hub_port}"
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.spawner_class = SimpleLocalProcessSpawner
c.JupyterHub.db_url = f"sqlite:///{HOME / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(HOME / "cookie_secret")
c.JupyterHub.template_paths = [str(Path(__file__).with_name("templates"))]
c.JupyterHub.log_level = "INFO"
