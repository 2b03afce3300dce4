"""Traces in CSV files: what can be read, and every fault with its line."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from hub.simulation.csv_trace import MOST_FAULTS, TraceError, load_trace, parse_trace
from hub.simulation.generator import BEGIN

HEADING = "name,gpus,slots,submit,duration,user,group,priority"


def parse(*lines: str, heading: str = HEADING) -> str:
    """Parse a trace that is at fault, and give what is said about it."""
    with pytest.raises(TraceError) as error:
        parse_trace("\n".join([heading, *lines]), "t.csv")
    return str(error.value)


def test_a_line_is_a_job() -> None:
    (job,) = parse_trace(f"{HEADING}\ntrain,1,4,3600,2h,ann,field-lab,7\n")
    assert (job.name, job.gpus, job.user, job.account) == ("train", 1, "ann", "group:field-lab")
    assert job.submit == BEGIN + timedelta(hours=1)
    assert (job.asked, job.ran, job.priority) == (timedelta(hours=2), timedelta(hours=2), 7)


def test_columns_may_come_in_any_order_and_some_may_be_missing() -> None:
    (job,) = parse_trace("user,duration,submit,gpus,name\nann,90m,2026-01-05T08:00+08:00,0.5,x\n")
    assert (job.account, job.priority, job.gpus) == ("site", 5, Fraction(1, 2))
    assert (job.submit, job.ran) == (datetime(2026, 1, 5, tzinfo=UTC), timedelta(minutes=90))


@pytest.mark.parametrize(
    ("gpus", "slots", "share"),
    [
        ("1", "", "1"),
        ("1", "4", "1"),
        ("1", "1", "1/4"),
        ("0", "2", "1/2"),
        ("0.25", "1", "1/4"),
        ("0.75", "", "3/4"),
        ("2", "4", "2"),
        ("2", "8", "2"),
    ],
)
def test_gpus_and_slots_make_a_share(gpus: str, slots: str, share: str) -> None:
    (job,) = parse_trace(f"{HEADING}\nx,{gpus},{slots},0,60,ann,,\n")
    assert job.gpus == Fraction(share)


def test_more_time_may_be_asked_for_than_is_used() -> None:
    (job,) = parse_trace(f"{HEADING},asked\nx,1,4,0,1h,ann,,,4h\n")
    assert (job.ran, job.asked) == (timedelta(hours=1), timedelta(hours=4))


def test_jobs_are_put_in_the_order_of_their_submission() -> None:
    jobs = parse_trace(f"{HEADING}\nb,1,,60,60,ann,,\na,1,,0,60,ann,,\n")
    assert [job.name for job in jobs] == ["a", "b"]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("x,1,4,0,60,ann,lab", "7 values below 8 headings"),
        ("x,nan,4,0,60,ann,,", "gpus 'nan'"),
        ("x,-1,4,0,60,ann,,", "gpus '-1'"),
        ("x,1e3,4,0,60,ann,,", "gpus '1e3'"),
        ("x,0,,0,60,ann,,", "neither quarters of one GPU nor whole GPUs"),
        ("x,1.5,,0,60,ann,,", "neither quarters of one GPU nor whole GPUs"),
        ("x,0.3,,0,60,ann,,", "neither quarters of one GPU nor whole GPUs"),
        ("x,5000,,0,60,ann,,", "neither quarters of one GPU nor whole GPUs"),
        ("x,0.5,3,0,60,ann,,", "do not agree"),
        ("x,1,9,0,60,ann,,", "do not agree"),
        ("x,1,4,yesterday,60,ann,,", "submit 'yesterday'"),
        ("x,1,4,-5,60,ann,,", "submit '-5'"),
        ("x,1,4,9999-12-31T23:00,60,ann,,", "out of range"),
        ("x,1,4,0001-01-01T00:00+14:00,60,ann,,", "out of range"),
        ("x,1,4,0,0,ann,,", "duration '0' is not above 0"),
        ("x,1,4,0,-60,ann,,", "duration '-60'"),
        ("x,1,4,0,400d,ann,,", "at most 366 days"),
        ("x,1,4,0,soon,ann,,", "duration 'soon'"),
        ("x,1,4,0,60,,,", "user ''"),
        ("x,1,4,0,60,ann,,10", "priority '10' is not 0 to 9"),
        ("x,1,4,0,60,ann,,high", "priority 'high'"),
        (f"x,1,4,0,60,{'a' * 81},,", "1 to 80 characters"),
    ],
)
def test_a_fault_is_told_with_its_line(line: str, word: str) -> None:
    found = parse("ok,1,4,0,60,ann,,", line)
    assert found.startswith("t.csv line 3: ")
    assert word in found


def test_several_faults_are_told_together_and_not_more_than_ten() -> None:
    found = parse(*["x,1,4,0,0,ann,,"] * 50)
    assert found.count("line") == MOST_FAULTS


def test_time_asked_for_is_not_shorter_than_time_used() -> None:
    assert "shorter" in parse("x,1,4,0,2h,ann,,,1h", heading=f"{HEADING},asked")


@pytest.mark.parametrize(
    ("heading", "word"),
    [
        ("name,gpus", "without submit, duration, user"),
        (f"{HEADING},colour", "unknown 'colour'"),
        (f"{HEADING},user", "repeats a name"),
    ],
)
def test_a_heading_that_is_wrong_is_told(heading: str, word: str) -> None:
    assert word in parse("x,1,4,0,60,ann,,", heading=heading)


@pytest.mark.parametrize("text", ["", HEADING, f"{HEADING}\n\n\n"])
def test_a_trace_without_a_job_is_refused(text: str) -> None:
    with pytest.raises(TraceError, match="there is no job in it"):
        parse_trace(text)


def test_a_quote_that_never_closes_is_refused_with_its_line() -> None:
    assert "t.csv line 2" in parse('"x,1,4,0,60,ann,,')


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TraceError, match=r"t\.csv: can't be read"):
        load_trace(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="can't be read"):
        load_trace(tmp_path / "none.csv")


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"\ufeff{HEADING}\r\nx,1,4,0,60,ann,,\r\n", encoding="utf-8")
    assert [job.name for job in load_trace(path)] == ["x"]
