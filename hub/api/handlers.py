"""Every address of the JSON API; `JupyterHub.extra_handlers` takes them."""

from hub.api.base import AllotmentHandler, Means, NowhereHandler
from hub.api.groups import MemberHandler, MembersHandler
from hub.api.leases import ExtendHandler, LeaseHandler, OpenedHandler
from hub.api.requests import GrantHandler, RefuseHandler, RequestsHandler
from hub.api.sums import ReservationsHandler, UsageHandler
from hub.api.tickets import MoveHandler, TakeHandler, TicketHandler, TicketsHandler

ROOT = r"/api/allotment"
NUMBER = r"([0-9]{1,19})"
NAME = r"([A-Za-z0-9._@+-]{1,64})"


def make_handlers(means: Means) -> list[tuple[str, type]]:
    """Give what goes into `JupyterHub.extra_handlers`, once, with what they work with."""
    AllotmentHandler.means = means
    return [
        (rf"{ROOT}/leases/{NUMBER}", LeaseHandler),
        (rf"{ROOT}/leases/{NUMBER}/extend", ExtendHandler),
        (rf"{ROOT}/leases/{NUMBER}/opened", OpenedHandler),
        (rf"{ROOT}/tickets", TicketsHandler),
        (rf"{ROOT}/tickets/{NUMBER}", TicketHandler),
        (rf"{ROOT}/tickets/{NUMBER}/take", TakeHandler),
        (rf"{ROOT}/tickets/{NUMBER}/move", MoveHandler),
        (rf"{ROOT}/requests", RequestsHandler),
        (rf"{ROOT}/requests/{NUMBER}/grant", GrantHandler),
        (rf"{ROOT}/requests/{NUMBER}/refuse", RefuseHandler),
        (rf"{ROOT}/groups/{NAME}/members", MembersHandler),
        (rf"{ROOT}/groups/{NAME}/members/{NAME}", MemberHandler),
        (rf"{ROOT}/reservations", ReservationsHandler),
        (rf"{ROOT}/usage", UsageHandler),
        (rf"{ROOT}(?:/.*)?", NowhereHandler),
    ]
