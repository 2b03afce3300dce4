"""Sixty requests in the same moment for eight GPUs, and then one server after another ends."""

from concurrent.futures import ThreadPoolExecutor

from hub import leasing, waiting
from hub.house import House
from hub.leasing import Ask
from hub.policy.gpus import Gpu
from hub.policy.leases import Lease, State
from hub.policy.outcomes import Wait
from hub.policy.tickets import TicketState
from hub.steward.dispatch import dispatch
from hub.steward.offers import settle_offers, start_offered
from hub.store.gpus import replace_node
from tests.boots import boot_at
from tests.leasing.conftest import NOON
from tests.leasing.line import ROOT, WHOLE, add, end, open_leases, taken
from tests.steward.hubs import HubThatStarts, office_with

PEOPLE = 60
GPUS = 8


def test_what_fits_runs_and_the_rest_come_in_their_order_as_others_leave(house: House) -> None:
    names = [f"person{number:02}" for number in range(PEOPLE)]
    add(house, *names)
    gpus = [
        Gpu(f"GPU-sim-{n}", "Test GPU", "local", "Test GPU", 16384, 4, simulated=True)
        for n in range(GPUS)
    ]
    with house.database.write() as db:
        replace_node(db, "local", gpus, NOON)
        db.exec_driver_sql("DELETE FROM gpus WHERE uuid = 'GPU-real'")
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda n: leasing.request(house, Ask(n, "", WHOLE), NOON), names))
    granted = [outcome for outcome in told if isinstance(outcome, Lease)]
    waits = [outcome for outcome in told if isinstance(outcome, Wait)]
    assert (len(granted), len(waits)) == (GPUS, PEOPLE - GPUS)
    assert taken(house) == 4 * GPUS

    hub = HubThatStarts(house)
    dispatch(office_with(hub), NOON)
    line = waiting.load_visible(house, ROOT)
    assert [ticket.position for ticket in line] == list(range(1, PEOPLE - GPUS + 1))
    assert [ticket.id for ticket in line] == sorted(wait.ticket_id or 0 for wait in waits)

    for ticket in line:
        running = next(lease for lease in open_leases(house) if lease.state is not State.CLOSING)
        end(house, running)
        dispatch(office_with(hub), NOON)
        start_offered(office_with(hub), NOON)
        started = leasing.find_open(house, ticket.user, "")
        assert started is not None
        leasing.activate(house, started.id, NOON, boot_at(NOON))
        settle_offers(office_with(hub), NOON)
        assert waiting.load_ticket(house, ROOT, ticket.id).state is TicketState.SERVED
        assert taken(house) == 4 * GPUS
    assert hub.asked == [(ticket.user, "") for ticket in line]
    assert waiting.load_visible(house, ROOT) == []
