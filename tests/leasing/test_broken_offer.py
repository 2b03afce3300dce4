"""An offer of a GPU that broke meanwhile."""

from dataclasses import replace

from hub import dispatching, leasing, offers
from hub.house import House
from hub.leasing import Ask
from hub.policy.outcomes import Denial
from hub.policy.tickets import TicketState
from hub.store.gpus import replace_node
from tests.leasing.conftest import GPU, NOON
from tests.leasing.line import WHOLE, end, load, run, wait


def test_nobody_is_started_on_an_offered_gpu_that_broke(house: House) -> None:
    held = run(house, "ann")
    ticket = wait(house, "bob")
    end(house, held)
    turn = dispatching.offer_next(house, NOON)
    assert turn is not None
    assert turn.lease_id is not None
    with house.database.write() as db:
        replace_node(db, "local", [replace(GPU, health="fault", fault="Xid 79")], NOON)
    told = leasing.request(house, Ask("bob", "", WHOLE), NOON)
    assert isinstance(told, Denial)
    assert [(reason.code, reason.rule) for reason in told.reasons] == [("gpu-fault", "offered")]
    offers.give_back(house, turn.lease_id, NOON)
    assert load(house, ticket).state is TicketState.WAITING
    assert load(house, ticket).asked_at == ticket.asked_at
