"""`allotment statement` and `allotment usage correct`."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from hub import books, clock, leasing
from hub.clock import BootTime
from hub.house import House
from hub.policy.leases import EndReason, Lease
from tests.admin.conftest import Run, audit_actions

HOUR_MS = 3_600_000
KEYS = {
    "account",
    "month",
    "got_gpu_ms",
    "asked_gpu_ms",
    "wasted_gpu_ms",
    "lent_gpu_ms",
    "borrowed_gpu_ms",
    "corrections_gpu_ms",
    "overrun_gpu_ms",
    "tickets",
    "waited_ms",
    "mean_wait_ms",
    "audit_head",
}


@pytest.fixture
def settled(house: House, cast: None, open_lease: Callable[..., Lease]) -> Lease:
    """A lease of half a GPU that ann ended after two hours; they end now."""
    lease = open_lease("ann")
    boot, end = clock.boot(), clock.now() + timedelta(hours=2)
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, end)
    later = BootTime(boot.boot_id, boot.seconds + 7200)
    leasing.finish_closing(house, lease.id, end, later)
    return lease


def month_of(lease: Lease) -> str:
    """Name the month a lease was opened in."""
    return f"{lease.opened_at:%Y-%m}"


def test_a_statement_says_what_a_group_got_and_asked(run: Run, settled: Lease) -> None:
    found = run("statement", "--group", "field-lab", "--json").json
    assert set(found) == {"month", "audit_head", "items"}
    (item,) = found["items"]
    assert set(item) == KEYS
    assert (found["month"], item["account"]) == (month_of(settled), "group:field-lab")
    assert item["got_gpu_ms"] == pytest.approx(HOUR_MS, rel=0.001)
    assert item["asked_gpu_ms"] == 2 * HOUR_MS


def test_the_accounts_of_a_statement_add_up_to_the_ledger(
    run: Run, house: House, settled: Lease
) -> None:
    run("usage", "correct", "ann", "--gpu-hours", "-0.25", "--note", "a broken fan")
    items = run("statement", "--json").json["items"]
    assert [item["account"] for item in items] == ["group:field-lab", "group:visitors", "site"]
    with house.database.read() as db:
        ledger = db.exec_driver_sql("SELECT sum(gpu_ms) FROM ledger").scalar()
    kinds = ("got_gpu_ms", "corrections_gpu_ms", "overrun_gpu_ms")
    assert sum(item[kind] for item in items for kind in kinds) == ledger
    assert items[0]["corrections_gpu_ms"] == -HOUR_MS // 4


def test_another_month_is_empty(run: Run, settled: Lease) -> None:
    (item,) = run("statement", "--group", "field-lab", "--month", "2001-02", "--json").json["items"]
    assert not any(value for key, value in item.items() if key not in ("account", "month"))


def test_people_read_hours(run: Run, settled: Lease) -> None:
    told = run("statement").out
    assert "group:field-lab" in told
    assert "1.00" in told


def test_a_statement_of_a_group_that_is_not_there_is_refused(run: Run, cast: None) -> None:
    assert run("statement", "--group", "ghosts", "--json").code == "not-found"


@pytest.mark.parametrize("month", ["2026-13", "2026", "now", "2026-1", "0000-01", "9999-12"])
def test_what_is_no_month_is_wrong_usage(run: Run, month: str) -> None:
    assert run("statement", "--month", month).status == 2


def test_a_correction_is_a_new_row_with_who_and_why(run: Run, house: House, settled: Lease) -> None:
    words = ("usage", "correct", "ann", "--gpu-hours", "1.5", "--note", "forgot one")
    assert run(*words, "--json").json["gpu_ms"] == 1.5 * HOUR_MS
    with house.database.read() as db:
        query = "SELECT gpu_ms, actor, note FROM ledger WHERE kind = 'correction'"
        assert list(db.exec_driver_sql(query)) == [(5_400_000, "host", "forgot one")]
    assert audit_actions(house)[-1] == "usage correct"
    (item,) = run("usage", "--json").json["items"]
    assert item["gpu_ms"] == pytest.approx(2.5 * HOUR_MS, rel=0.001)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["ann", "--gpu-hours", "-9", "--note", "x"], "refused"),
        (["ann", "--gpu-hours", "0", "--note", "x"], "bad-value"),
        (["ann", "--gpu-hours", "1", "--note", " "], "bad-value"),
        (["ghost", "--gpu-hours", "1", "--note", "x"], "not-found"),
        (["ann", "--gpu-hours", "1", "--note", "x", "--group", "visitors"], "not-found"),
    ],
)
def test_a_correction_that_can_not_be_is_refused_and_writes_nothing(
    run: Run, house: House, settled: Lease, words: list[str], code: str
) -> None:
    before = run("usage", "--json").json
    assert run("usage", "correct", *words, "--json").code == code
    assert run("usage", "--json").json == before
    assert "usage correct" not in audit_actions(house)


@pytest.mark.parametrize("hours", ["many", "1.0001", "--1", "1e3"])
def test_what_is_no_number_of_hours_is_wrong_usage(run: Run, cast: None, hours: str) -> None:
    assert run("usage", "correct", "ann", "--gpu-hours", hours, "--note", "x").status == 2


def test_idle_time_that_was_seen_is_wasted(
    run: Run, house: House, cast: None, open_lease: Callable[..., Lease]
) -> None:
    lease = open_lease("ann", "1")
    boot, now = clock.boot(), clock.now()
    for minute, busy in ((1, now), (2, None)):
        at = now + timedelta(minutes=minute)
        with house.database.write() as db:
            db.exec_driver_sql("DELETE FROM lease_work")
            seen = "NULL" if busy is None else _micros(at)
            db.exec_driver_sql(
                f"INSERT INTO lease_work (lease_id, sampled_at, busy_at)"  # noqa: S608 - numbers
                f" VALUES ({lease.id}, {_micros(at)}, {seen})"
            )
        books.tick_all(house, at, BootTime(boot.boot_id, boot.seconds + 60 * minute))
    (item,) = run("statement", "--group", "field-lab", "--json").json["items"]
    assert item["wasted_gpu_ms"] == 60_000


def _micros(moment) -> int:  # type: ignore[no-untyped-def]
    return int(moment.timestamp() * 1_000_000)


def test_usage_by_course_is_an_empty_list_until_there_are_courses(run: Run, cast: None) -> None:
    assert run("usage", "--by", "course", "--json").json == {"items": []}


def test_a_date_beyond_all_calendars_is_no_error(run: Run, cast: None) -> None:
    assert run("usage", "--since", "9999-12-31", "--json").json == {"items": []}
