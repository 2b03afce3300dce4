"""Starts wait their turn at every address at which JupyterHub starts servers."""

from jupyterhub import apihandlers, handlers
from jupyterhub.apihandlers.users import UserServerAPIHandler
from jupyterhub.handlers.pages import SpawnHandler

from hub.auth.starting import HANDLERS


def test_every_address_that_starts_a_server_is_taken_over() -> None:
    theirs = [*handlers.default_handlers, *apihandlers.default_handlers]
    starting = {row[0]: row[1] for row in theirs if row[1] in (SpawnHandler, UserServerAPIHandler)}
    ours = dict(HANDLERS)
    assert set(starting) == set(ours)
    assert all(issubclass(ours[address], starting[address]) for address in ours)
