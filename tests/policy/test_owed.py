"""What somebody waits for and is owed is given to nobody else, now or as soon as it comes free."""

from dataclasses import replace

from hub.policy.floor import Floor
from hub.policy.owed import claims_on, with_claims
from hub.policy.queueing import next_turn, shadow_of
from hub.policy.tickets import Ticket
from tests.policy.floors import HALF, QUARTER, WHOLE, at, floor_of, held, waits

OWNER = "group:owner"


def nothing(_: Ticket) -> tuple[()]:
    """Nobody's own stands in the way."""
    return ()


def claimed(floor: Floor) -> list[tuple[int, list[tuple[str, tuple[int, ...]]]]]:
    """Name who claims which slots."""
    return [
        (c.wish.person_id, [(part.gpu_uuid, part.slots) for part in c.slots])
        for c in claims_on(floor)
    ]


def test_an_owner_claims_slots_that_are_free() -> None:
    floor = floor_of(1, held(1, 0), queue=(waits(1, HALF, account=OWNER),), guarantees={OWNER: 200})
    assert claimed(floor) == [(1, [("GPU-1", (1, 2))])]


def test_nothing_is_claimed_beyond_what_is_owed_and_not_held() -> None:
    line = (waits(1, QUARTER, account=OWNER), waits(2, QUARTER, account=OWNER))
    floor = floor_of(1, held(1, 0, account=OWNER), queue=line, guarantees={OWNER: 200})
    assert [person for person, _ in claimed(floor)] == [1]
    assert claimed(replace(floor, guarantees={})) == []


def test_an_owner_claims_what_goes_within_a_notice_where_nothing_is_free() -> None:
    leaving, staying = held(1, 0, 1, hours=0.25, loan=True), held(1, 2, 3, hours=3, loan=True)
    line = (waits(1, HALF, account=OWNER), waits(2, HALF, account=OWNER))
    floor = floor_of(1, leaving, staying, queue=line, guarantees={OWNER: 400})
    assert claimed(floor) == [(1, [("GPU-1", (0, 1))])]


def test_two_owners_never_claim_the_same_slot() -> None:
    leaving = held(1, 0, 1, hours=0.25, loan=True)
    line = (waits(1, HALF, account=OWNER), waits(2, HALF, account=OWNER))
    floor = floor_of(1, leaving, queue=line, guarantees={OWNER: 400})
    assert claimed(floor) == [(1, [("GPU-1", (2, 3))]), (2, [("GPU-1", (0, 1))])]


def test_who_is_hindered_or_wants_to_start_later_claims_nothing() -> None:
    for more in ({"hindered": True}, {"not_before": at(1)}):
        line = (waits(1, HALF, account=OWNER, **more),)
        assert claimed(floor_of(1, queue=line, guarantees={OWNER: 400})) == []


def test_a_loan_is_placed_beside_what_is_claimed_or_not_at_all() -> None:
    owner = waits(2, HALF, account=OWNER, asked=-1)
    borrower = waits(1, HALF, account="group:borrower", asked=-2)
    mine = held(1, 0, 1, account=OWNER)
    full = floor_of(1, mine, queue=(borrower, owner), guarantees={OWNER: 400})
    found = next_turn(full, nothing)
    assert found is not None
    assert found.ticket.id == 2
    roomy = floor_of(1, queue=(borrower, owner), guarantees={OWNER: 400})
    found = next_turn(roomy, nothing)
    assert found is not None
    assert (found.ticket.id, found.grant.loan) == (1, True)
    assert found.grant.placement.slots[0].slots == (2, 3)


def test_the_shadow_of_the_first_falls_beside_what_an_owner_claims() -> None:
    first = waits(1, WHOLE, hours=5, account="group:else", preemptible=False, asked=-2)
    owner = waits(2, QUARTER, hours=5, account=OWNER, asked=-1)
    floor = floor_of(
        2, held(1, 0, hours=1), held(2, 0, hours=2), queue=(first, owner), guarantees={OWNER: 100}
    )
    shadow = shadow_of(floor, nothing)
    assert shadow is not None
    assert (shadow.at, shadow.slots[0].gpu_uuid) == (at(2), "GPU-2")
    found = next_turn(floor, nothing)
    assert found is not None
    assert (found.ticket.id, found.grant.placement.slots[0].gpu_uuid) == (2, "GPU-1")


def test_with_claims_a_slot_is_held_until_the_later_of_its_lease_and_its_claim() -> None:
    leaving = held(1, 0, 1, 2, 3, hours=0.25, loan=True)
    line = (waits(1, HALF, hours=4, account=OWNER),)
    floor = floor_of(1, leaving, queue=line, guarantees={OWNER: 400})
    after = with_claims(floor, claims_on(floor))
    assert [s.until for s in after.taken] == [at(4), at(4), at(0.25), at(0.25)]
    assert len({(s.gpu_uuid, s.slot) for s in after.taken}) == len(after.taken)


def test_without_guarantees_nothing_is_claimed() -> None:
    floor = floor_of(1, queue=(waits(1, WHOLE),))
    assert claimed(floor) == []
    assert with_claims(floor, []) == floor
