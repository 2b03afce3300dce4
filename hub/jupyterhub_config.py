"""What JupyterHub reads at its start; a leaf script that nobody imports."""

import asyncio

import structlog
from jupyterhub.handlers import BaseHandler
from traitlets.config import get_config

from hub import clock
from hub.api.base import Means
from hub.api.handlers import make_handlers as make_api_handlers
from hub.auth.accounts import LocalAccounts
from hub.auth.starting import WaitsItsTurn
from hub.collector import settle
from hub.configure import configure
from hub.house import open_house
from hub.loop_watch import LoopWatch
from hub.pages.handlers import make_handlers
from hub.pages.language import install, language_of
from hub.pages.start import options_form
from hub.settings import load_home
from spawner.crew import make_crew
from spawner.gpu_spawner import GpuSpawner
from spawner.options import parse

house = open_house(load_home())
c = get_config()
configure(c, house.station, house.settings)
c.Spawner.options_form = options_form
c.JupyterHub.extra_handlers = [
    *make_handlers(),
    *make_api_handlers(Means(house, parse, language_of)),
]
LocalAccounts.house = house
GpuSpawner.crew = make_crew(house, clock.now)
WaitsItsTurn.anteroom = GpuSpawner.crew.anteroom
install(BaseHandler, house)


WORTH_TELLING_MS = 500
"""Of other people's code; a busy machine alone makes the loop late by a tenth of a second."""


def tell_of_stillness(ms: int, ours: bool, where: str) -> None:
    """Log that nobody was answered for a moment, always when it was in our code."""
    if ours or ms >= WORTH_TELLING_MS:
        structlog.get_logger().warning("event loop stood still", ms=ms, ours=ours, where=where)


LoopWatch(tell_of_stillness).start()

STARTED_S = 5
"""By then the hub has loaded what it keeps."""

asyncio.get_running_loop().call_later(STARTED_S, settle)
