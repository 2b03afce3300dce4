"""Who may pass over which reason against more time: one row each, for manager and administrator."""

import pytest

from hub import asks
from hub.errors import Refused
from hub.house import House
from hub.policy.extension import decidable, left_for
from hub.policy.outcomes import Denial
from hub.policy.reasons import Reason
from hub.policy.rights import HOST, Actor
from hub.store.asks import Request
from tests.leasing.field_lab import LAB, LATE, actor, allow, asked, field_lab, start

__all__ = ["field_lab"]

ANN, SITE = "user:ann", "site"
TOTAL, EACH, TOGETHER = "lease_hours_total", "gpu_hours_each", "gpu_hours"
BIG = 100

Set = tuple[str, str, float]

TABLE: list[tuple[str, list[Set], list[str]]] = [
    ("one's own time", [(ANN, TOTAL, 4)], []),
    ("one's own time, the group's larger", [(ANN, TOTAL, 4), (LAB, TOTAL, BIG)], []),
    ("one's own time, the group's too", [(ANN, TOTAL, 4), (LAB, TOTAL, 4)], [LAB]),
    ("one's own time, the site's too", [(ANN, TOTAL, 4), (SITE, TOTAL, 4)], [SITE]),
    ("the group's time", [(LAB, TOTAL, 4)], [LAB]),
    ("the site's time", [(SITE, TOTAL, 4)], [SITE]),
    ("one's own budget", [(ANN, EACH, 2)], []),
    ("one's own budget, the site's larger", [(ANN, EACH, 2), (SITE, EACH, BIG)], []),
    ("one's own budget, the group's too", [(ANN, EACH, 2), (LAB, EACH, 2)], []),
    ("one's own budget, the site's too", [(ANN, EACH, 2), (SITE, EACH, 2)], [SITE]),
    ("one's own beside a larger of the group",
     [(ANN, EACH, 2), (LAB, EACH, BIG), (SITE, EACH, 2)], [SITE]),
    ("a member's of the group", [(LAB, EACH, 2)], []),
    ("a member's of the group, the site's too", [(LAB, EACH, 2), (SITE, EACH, 2)], [SITE]),
    ("everybody's of the site", [(SITE, EACH, 2)], [SITE]),
    ("what the group has together", [(LAB, TOGETHER, 2)], [LAB]),
    ("what the site has together", [(SITE, TOGETHER, 2)], [SITE]),
    ("one's own, and what the group has together", [(ANN, EACH, 2), (LAB, TOGETHER, 2)], [LAB]),
    ("one's own time and budget", [(ANN, TOTAL, 4), (ANN, EACH, 2)], []),
]  # fmt: skip
"""What is set, each at its very limit, and from where what is left for a manager is."""


@pytest.mark.usefixtures("field_lab")
@pytest.mark.parametrize(("said", "quotas", "left"), TABLE, ids=[row[0] for row in TABLE])
def test_a_manager_passes_what_is_set_for_one_or_each_of_the_group_and_nothing_of_the_site(
    house: House, said: str, quotas: list[Set], left: list[str]
) -> None:
    for scope, kind, value in quotas:
        allow(house, scope, kind, value, None if kind == TOTAL else "week")
    request = asked(house, start(house))
    decided = asks.grant(house, request.id, actor(house, "tess"), "", LATE)
    if not left:
        assert isinstance(decided, Request)
        return
    assert isinstance(decided, Denial)
    assert [reason.numbers["from"] for reason in decided.reasons] == left
    assert isinstance(asks.grant(house, request.id, HOST, "", LATE), Request)


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("extension", "not-running"),
        ("loan", "notice"),
        ("reservation", "extension"),
        ("reservation", "ahead"),
        ("guarantee", "extension"),
    ],
)
def test_what_is_promised_to_others_is_passed_over_by_nobody(code: str, rule: str) -> None:
    reasons = (Reason(code, rule),)
    assert left_for(reasons, "manager") == left_for(reasons, "administrator") == reasons
    assert not decidable(reasons)


@pytest.mark.usefixtures("field_lab")
@pytest.mark.parametrize(
    ("who", "decides"),
    [("root", True), ("tess", True), ("ann", False), ("bob", False), ("charlie", False)],
)
def test_only_who_manages_the_account_or_the_station_decides(
    house: House, who: str, decides: bool
) -> None:
    allow(house, ANN, TOTAL, 4)
    request = asked(house, start(house))
    other = Actor("mia", person_id=90, manages=frozenset({"group:visitors"}))
    deciders = {"root": HOST, "charlie": other}
    decider = deciders.get(who) or actor(house, who)
    try:
        assert isinstance(asks.grant(house, request.id, decider, "", LATE), Request)
    except Refused:
        assert not decides
    else:
        assert decides
