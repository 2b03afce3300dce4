"""What an administrator may do in the hub, and nobody else."""

from collections.abc import Callable

from hub.house import House
from tests.auth.conftest import PASSWORD, Browser, ask_who


def load_me(house: House, browser: Browser, name: str) -> dict[str, object]:
    """Log in, and load what the hub says of whoever holds the token."""
    browser.log_in(name, PASSWORD)
    answer = ask_who(house, browser.make_token(name))
    answer.raise_for_status()
    return dict(answer.json())


def test_an_administrator_has_the_station_admin_role_and_not_jupyterhubs(
    hub_house: House, open_browser: Callable[..., Browser], add: Callable[..., str]
) -> None:
    add("rhea", admin=True)
    me = load_me(hub_house, open_browser(), "rhea")
    assert me["admin"] is False
    assert set(me["roles"]) == {"user", "station-admin"}
    scopes = set(me["scopes"])
    assert {"list:users", "read:servers", "servers"} <= scopes
    unfiltered = {scope for scope in scopes if "!" not in scope}
    assert not [s for s in unfiltered if s.startswith(("admin:", "access:", "tokens", "users"))]


def test_everybody_else_has_the_user_role_alone(
    hub_house: House, open_browser: Callable[..., Browser], add: Callable[..., str]
) -> None:
    add("sue")
    me = load_me(hub_house, open_browser(), "sue")
    assert (me["admin"], me["roles"]) == (False, ["user"])
