"""`allotment quota set --guarantee`: what it is refused for, and from when it holds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from hub import clock, shapes
from hub.house import House
from hub.policy.leases import Lease
from hub.store.gpus import replace_node
from tests.admin.conftest import GPU, Run


def test_guarantees_beyond_all_gpus_are_refused_with_the_numbers(run: Run, cast: None) -> None:
    assert run("quota", "set", "group:field-lab", "--guarantee", "0.75").status == 0
    answer = run("quota", "set", "group:visitors", "--guarantee", "0.5", "--json")
    assert answer.code == "refused"
    said = answer.json["error"]["message"]
    assert "1.25" in said
    assert "group:field-lab 0.75, group:visitors 0.5" in said
    assert run("quota", "show", "group:visitors", "--json").json["set"] == {}


def test_a_guarantee_may_be_lowered_though_gpus_were_lost(
    run: Run, cast: None, house: House
) -> None:
    for group in ("field-lab", "visitors"):
        run("quota", "set", f"group:{group}", "--guarantee", "0.5")
    with house.database.write() as db:
        replace_node(db, "local", [replace(GPU, slots=4, weight=25)], clock.now())
    answer = run("quota", "set", "group:field-lab", "--guarantee", "0.25", "--json")
    assert answer.json["set"] == {"guarantee": 0.25}


def test_a_raised_guarantee_holds_now_where_nothing_is_in_its_way(run: Run, cast: None) -> None:
    answer = run("quota", "set", "group:field-lab", "--guarantee", "0.5", "--json")
    holds = datetime.fromisoformat(answer.json["guarantee_holds_from"])
    assert abs(holds - clock.now()) < timedelta(minutes=1)
    again = run("quota", "set", "group:field-lab", "--guarantee", "0.25", "--json")
    assert "guarantee_holds_from" not in again.json


def test_a_raised_guarantee_holds_when_the_leases_in_its_way_have_ended(
    run: Run, cast: None, open_lease: Callable[..., Lease], house: House
) -> None:
    lease = open_lease("charlie", "0.75")
    assert lease.expires_at is not None
    answer = run("quota", "set", "group:field-lab", "--guarantee", "0.5", "--json")
    assert answer.json["guarantee_holds_from"] == shapes.moment(lease.expires_at, house.zone)
    assert (
        "the guarantee holds from"
        in run("quota", "set", "group:field-lab", "--guarantee", "0.75").out
    )


def test_after_gpus_are_lost_a_guarantee_counts_in_proportion(
    run: Run, cast: None, house: House
) -> None:
    other = replace(GPU, uuid="GPU-b")
    with house.database.write() as db:
        replace_node(db, "local", [GPU, other], clock.now())
    run("quota", "set", "group:field-lab", "--guarantee", "1.25")
    with house.database.write() as db:
        replace_node(db, "local", [GPU, replace(other, health="fault")], clock.now())
    shown = run("quota", "show", "group:field-lab", "--json").json
    assert shown["set"]["guarantee"] == 1.25
    assert shown["effective"]["guarantee"] == {"value": 0.5, "from": "group:field-lab"}
