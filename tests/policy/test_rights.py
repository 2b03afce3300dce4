"""Who may what: administrator, manager of a group, member, stranger."""

import pytest

from hub.policy.rights import (
    HOST,
    Actor,
    may_ask,
    may_cancel,
    may_decide,
    may_see,
    may_see_sums,
    may_set_members,
    may_set_quotas,
    may_switch,
)

LAB = "group:field-lab"
ANN = Actor("ann", person_id=1, member_of=frozenset({LAB}))
BOB = Actor("bob", person_id=2, member_of=frozenset({LAB}))
TESS = Actor("tess", person_id=3, member_of=frozenset({LAB}), manages=frozenset({LAB}))
CHARLIE = Actor("charlie", person_id=4, member_of=frozenset({"group:visitors"}))
ROOT = Actor("root", admin=True, person_id=5)


@pytest.mark.parametrize("rule", [may_see, may_ask, may_cancel])
def test_ones_own_is_for_oneself_the_manager_and_administrators(rule) -> None:  # type: ignore[no-untyped-def]
    allowed = [who.name for who in (ANN, BOB, TESS, CHARLIE, ROOT, HOST) if rule(who, 1, LAB)]
    assert allowed == ["ann", "tess", "root", "host"]


def test_a_manager_decides_for_the_accounts_they_manage_only() -> None:
    assert may_decide(TESS, LAB) == "manager"
    assert may_decide(TESS, "group:visitors") is None
    assert may_decide(TESS, "site") is None


def test_nobody_decides_their_own_request_without_a_right_to() -> None:
    assert may_decide(ANN, LAB) is None
    assert may_decide(ROOT, LAB) == may_decide(HOST, "site") == "administrator"


def test_a_manager_sets_members_and_never_quotas() -> None:
    assert may_set_members(TESS, "field-lab")
    assert not may_set_members(TESS, "visitors")
    assert not may_set_members(ANN, "field-lab")
    assert [may_set_quotas(who) for who in (TESS, ROOT)] == [False, True]


def test_members_see_their_groups_sums() -> None:
    assert [may_see_sums(who, LAB) for who in (ANN, TESS, ROOT, CHARLIE)] == [
        True,
        True,
        True,
        False,
    ]


def test_a_switch_is_its_owners() -> None:
    assert [may_switch(who, 1) for who in (ANN, TESS, ROOT)] == [True, False, True]
