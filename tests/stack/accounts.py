"""The pages of one's own account, filled in as a person would."""

from tests.stack.client import XSRF
from tests.stack.stations import PASSWORD, TestStation


def change_one_time_password(station: TestStation, name: str, one_time: str) -> None:
    """Log in with a one-time password and change it on the page one is sent to."""
    browser = station.browser()
    page = browser.log_in(name, one_time)
    assert page.url.path == "/hub/account", page.url
    xsrf = XSRF.search(page.text)
    assert xsrf
    fields = {"_xsrf": xsrf[1], "current": one_time, "new": PASSWORD, "repeat": PASSWORD}
    changed = browser.http.post("/hub/account", data=fields)
    assert changed.status_code == 200, changed.text[:500]
    assert changed.url.path != "/hub/account", changed.text[:2000]
