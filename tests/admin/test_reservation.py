"""`allotment reservation`."""

from datetime import timedelta
from pathlib import Path

import pytest
import typer
from icalendar import Calendar
from typer.testing import CliRunner

from admin.commands import reservation
from admin.main import NOUNS
from admin.opening import ACTOR
from hub import clock, leasing, reservations, shapes
from hub.house import House
from tests.admin.conftest import Answer, Run, audit_actions

DAY = (clock.now() + timedelta(days=10)).date().isoformat()
NEXT = (clock.now() + timedelta(days=17)).date().isoformat()
WINDOW = ("--from", f"{DAY}T08:00", "--until", f"{DAY}T10:00")


def _day(weeks: int) -> str:
    return (clock.now() + timedelta(days=10, weeks=weeks)).date().isoformat()


@pytest.fixture
def run(house: House, cast: None) -> Run:
    """Run one `reservation` command."""
    app = typer.Typer()
    app.add_typer(reservation.app, name="reservation")

    def run_one(*words: str) -> Answer:
        done = CliRunner().invoke(app, ["reservation", *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)

    return run_one


def test_the_command_line_knows_it() -> None:
    assert "reservation" in NOUNS


def test_a_reservation_is_made_as_it_is_listed(run: Run) -> None:
    rule = "FREQ=WEEKLY;COUNT=3"
    words = ("--gpus", "0.5", *WINDOW, "--rrule", rule, "--title", "Soil course")
    answer = run("add", "group:field-lab", *words, "--json")
    item = {
        "id": 1,
        "account": "group:field-lab",
        "gpus": 0.5,
        "since": f"{DAY}T08:00:00+00:00",
        "until": f"{DAY}T10:00:00+00:00",
        "rrule": rule,
        "title": "Soil course",
        "made_by": ACTOR,
        "next": f"{DAY}T08:00:00+00:00",
    }
    (made,) = answer.json["items"]
    assert [window["since"] for window in made.pop("coming")] == [
        f"{_day(weeks)}T08:00:00+00:00" for weeks in range(3)
    ]
    assert (answer.status, made, answer.json["shortened"]) == (0, item, [])


def test_the_command_lists_a_reservation_as_the_api_does(run: Run, house: House) -> None:
    words = ("--gpus", "0.5", *WINDOW, "--rrule", "FREQ=WEEKLY;COUNT=3", "--json")
    made = run("add", "group:field-lab", *words).json["items"]
    (listed,) = reservations.load_listed(house, clock.now())
    assert made == run("list", "--json").json["items"] == [shapes.reservation(listed, house.zone)]


def test_a_title_is_one_line_and_moves_no_cursor(run: Run) -> None:
    words = ("--gpus", "1", *WINDOW, "--title", "a\nb\x1b[2J\x9bc" + "d" * 300, "--json")
    (item,) = run("add", "group:field-lab", *words).json["items"]
    assert item["title"].startswith("a b [2J c")
    assert len(item["title"]) == 200


def test_for_people_the_list_is_a_table(run: Run) -> None:
    assert run("list").out == "no reservations\n"
    assert run("add", "group:field-lab", "--gpus", "1", *WINDOW).status == 0
    heading, row = run("list").out.splitlines()
    assert heading.split()[:3] == ["ID", "ACCOUNT", "GPUS"]
    assert row.split()[:3] == ["1", "group:field-lab", "1"]


def test_a_time_with_an_offset_is_that_moment(run: Run) -> None:
    words = ("--from", f"{DAY}T08:00+08:00", "--until", f"{DAY}T02:00Z")
    (item,) = run("add", "group:field-lab", "--gpus", "1", *words, "--json").json["items"]
    assert (item["since"], item["until"]) == (f"{DAY}T00:00:00+00:00", f"{DAY}T02:00:00+00:00")


def test_a_refusal_gives_reason_numbers_and_the_soonest_time(run: Run) -> None:
    run("add", "group:field-lab", "--gpus", "0.75", *WINDOW)
    answer = run("add", "group:visitors", "--gpus", "0.5", *WINDOW, "--json")
    assert answer.code == "reservation"
    (reason,) = answer.json["error"]["reasons"]
    assert (reason["code"], reason["rule"], reason["who"]) == (
        "reservation",
        "capacity",
        "administrator",
    )
    assert (reason["numbers"]["promised"], reason["numbers"]["healthy"]) == (1.25, 1)
    assert reason["soonest"] == f"{DAY}T10:00:00+00:00"
    assert len(run("list", "--json").json["items"]) == 1


def test_without_an_override_the_leases_in_the_way_are_named(
    run: Run, house: House, open_lease: object
) -> None:
    lease = open_lease("ann", "1")  # type: ignore[operator]
    soon = [(clock.now() + timedelta(hours=hours)).isoformat() for hours in (1, 2)]
    words = ("add", "group:visitors", "--gpus", "1", "--from", soon[0], "--until", soon[1])
    answer = run(*words)
    assert answer.status == 1
    assert f"With --override these are shortened, with notice: lease {lease.id} " in answer.err
    done = run(*words, "--override", "--json").json
    assert [gone["lease"] for gone in done["shortened"]] == [lease.id]
    expires_at = leasing.load_lease(house, lease.id).expires_at
    assert expires_at is not None
    assert done["shortened"][0]["expires_at"] == expires_at.isoformat(timespec="seconds")
    assert audit_actions(house)[-2:] == ["reservation add", "lease shorten"]


def test_a_removed_one_is_gone_and_is_removed_once(run: Run, house: House) -> None:
    run("add", "group:field-lab", "--gpus", "1", *WINDOW)
    assert run("remove", "1", "--json").json["id"] == 1
    assert run("list", "--json").json == {"items": []}
    assert run("remove", "1", "--json").code == "not-found"
    assert audit_actions(house)[-2:] == ["reservation add", "reservation remove"]


def test_an_export_is_read_back_by_another_account(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "field-lab.ics"
    run("add", "group:field-lab", "--gpus", "0.5", *WINDOW, "--rrule", "FREQ=WEEKLY;COUNT=3")
    run("add", "group:field-lab", "--gpus", "0.25", *WINDOW, "--title", "Leaves")
    exported = run("export", "group:field-lab").out
    assert run("export", "group:field-lab", "--json").json["account"] == "group:field-lab"
    assert len(Calendar.from_ical(exported).events) == 2
    file.write_text(exported, newline="")
    for number in (1, 2):
        run("remove", str(number))
    items = run("add", "group:visitors", "--ics", str(file), "--json").json["items"]
    assert [(item["gpus"], item["title"], item["rrule"]) for item in items] == [
        (0.5, "", "FREQ=WEEKLY;COUNT=3"),
        (0.25, "Leaves", None),
    ]


def test_of_a_calendar_that_does_not_fit_nothing_is_made(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "two.ics"
    run("add", "group:field-lab", "--gpus", "0.5", *WINDOW)
    run("add", "group:field-lab", "--gpus", "0.5", "--from", NEXT, "--until", f"{NEXT}T03:00")
    file.write_text(run("export", "group:field-lab").out, newline="")
    run("remove", "2")
    answer = run("add", "group:visitors", "--ics", str(file), "--gpus", "0.75", "--json")
    assert answer.code == "reservation"
    assert len(run("list", "--json").json["items"]) == 1


def test_a_calendar_that_does_not_say_how_many_gpus_needs_the_option(
    run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "plain.ics"
    day = DAY.replace("-", "")
    file.write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Soil\n"
        f"DTSTART:{day}T080000\nDTEND:{day}T090000\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    answer = run("add", "group:visitors", "--ics", str(file), "--json")
    assert answer.json["error"]["reasons"][0]["rule"] == "no-amount"
    (item,) = run("add", "group:visitors", "--ics", str(file), "--gpus", "1", "--json").json[
        "items"
    ]
    assert (item["gpus"], item["title"]) == (1, "Soil")


def test_a_calendar_of_50_mb_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "large.ics"
    with file.open("wb") as content:
        content.truncate(50_000_000)
    answer = run("add", "group:visitors", "--ics", str(file), "--gpus", "1", "--json")
    assert answer.json["error"]["reasons"][0]["numbers"]["bytes"] == 50_000_000


def test_a_calendar_that_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    for path in (tmp_path / "none.ics", tmp_path):
        answer = run("add", "group:visitors", "--ics", str(path), "--gpus", "1", "--json")
        assert answer.code == "machine"


@pytest.mark.parametrize("account", ["group:nowhere", "course:botany"])
def test_an_account_that_is_not_there_is_refused(run: Run, account: str) -> None:
    assert run("add", account, "--gpus", "1", *WINDOW, "--json").code == "not-found"
    assert run("export", account, "--json").code == "not-found"


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        (("--gpus", "0"), "gpus"),
        (("--gpus", "1.25"), "gpus"),
        (("--gpus", "0.001"), "gpus"),
        (("--until", f"{DAY}T08:00"), "ends-before"),
        (("--until", "2099-01-01"), "too-far"),
        (("--from", "2001-01-01", "--until", "2001-01-02"), "past"),
        (("--rrule", "FREQ=WEEKLY"), "rule"),
        (("--rrule", "FREQ=HOURLY;COUNT=3"), "rule"),
    ],
)
def test_what_can_not_be_reserved_is_refused_with_the_rule(
    run: Run, changed: tuple[str, ...], rule: str
) -> None:
    words = ("add", "group:field-lab", "--gpus", "1", *WINDOW, *changed)
    answer = run(*words, "--json")
    assert answer.code == "reservation"
    assert answer.json["error"]["reasons"][0]["rule"] == rule
    assert run(*words).err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["add"],
        ["add", "group:field-lab"],
        ["add", "group:field-lab", "--gpus", "1", "--from", DAY],
        ["add", "group:field-lab", *WINDOW],
        ["add", "field-lab", "--gpus", "1", *WINDOW],
        ["add", "site", "--gpus", "1", *WINDOW],
        ["add", "user:ann", "--gpus", "1", *WINDOW],
        ["add", "group:", "--gpus", "1", *WINDOW],
        ["add", "group:field-lab", "--gpus", "-1", *WINDOW],
        ["add", "group:field-lab", "--gpus", "nan", *WINDOW],
        ["add", "group:field-lab", "--gpus", "1", "--from", "tomorrow", "--until", DAY],
        ["add", "group:field-lab", "--gpus", "1", "--from", "0001-01-01T00:00+14:00", *WINDOW[2:]],
        ["add", "group:field-lab", "--gpus", "1", "--ics", "x.ics", *WINDOW],
        ["add", "group:field-lab", "--ics", "x.ics", "--rrule", "FREQ=DAILY;COUNT=2"],
        ["remove"],
        ["remove", "0"],
        ["remove", "one"],
        ["export"],
        ["export", "site"],
    ],
)
def test_wrong_usage_is_status_2(run: Run, words: list[str]) -> None:
    assert run(*words).status == 2
