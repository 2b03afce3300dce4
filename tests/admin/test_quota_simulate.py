"""`allotment quota simulate`: what was recorded, or a trace, under another policy."""

from collections.abc import Callable
from pathlib import Path

from hub import clock, leasing
from hub.house import House
from hub.policy.leases import EndReason, Lease
from tests.admin.conftest import Run

TRACE = """name,gpus,slots,submit,duration,user,group,priority
a,1,4,0,4h,ann,field-lab,5
b,1,4,3600,1h,bob,field-lab,5
"""
RULES = ["fifo", "priority", "easy", "oracle", "present", "other"]
FIGURES = {
    "rule",
    "jobs",
    "started",
    "refusals",
    "never_started",
    "interrupted",
    "utilisation",
    "mean_wait_h",
    "p95_wait_h",
    "worst_wait_h",
    "fairness",
    "fragmentation",
    "mean_to_fifo",
    "worst_to_fifo",
    "mean_to_oracle",
}


def write(folder: Path, policy: str, trace: str = TRACE) -> tuple[str, str]:
    """Write a policy and a trace."""
    (folder / "p.toml").write_text(policy)
    (folder / "t.csv").write_text(trace)
    return str(folder / "p.toml"), str(folder / "t.csv")


def test_a_trace_is_played_under_both_policies_and_the_four(
    run: Run, cast: None, tmp_path: Path
) -> None:
    policy, trace = write(tmp_path, "[quotas.site]\ngpus = 0.5\n")
    found = run("quota", "simulate", "--policy", policy, "--trace", trace, "--json").json
    assert (found["jobs"], found["gpus"]) == (2, 1)
    assert [row["rule"] for row in found["rules"]] == RULES
    assert all(set(row) == FIGURES for row in found["rules"])
    present, other = found["rules"][4:]
    assert (present["refusals"], present["worst_wait_h"]) == (0, 3)
    assert (other["refusals"], other["started"]) == (2, 0)


def test_none_takes_a_present_value_away(run: Run, cast: None, tmp_path: Path) -> None:
    policy, trace = write(tmp_path, '[quotas.site]\ngpus = "none"\n')
    found = run("quota", "simulate", "--policy", policy, "--trace", trace, "--json").json
    assert [row["refusals"] for row in found["rules"][4:]] == [0, 2]


def test_people_see_a_table(run: Run, cast: None, tmp_path: Path) -> None:
    policy, trace = write(tmp_path, "[rules]\nminimum_run_s = 60\n")
    lines = run("quota", "simulate", "--policy", policy, "--trace", trace).out.splitlines()
    assert lines[0].startswith("2 requests from 2026-01-05T00:00:00+00:00")
    assert [line.split()[0] for line in lines[2:]] == RULES


def test_what_was_recorded_is_replayed(
    run: Run, house: House, cast: None, tmp_path: Path, open_lease: Callable[..., Lease]
) -> None:
    lease = open_lease("ann")
    leasing.begin_closing(house, lease.id, EndReason.RELEASE, clock.now())
    leasing.finish_closing(house, lease.id, clock.now(), clock.boot())
    policy, _ = write(tmp_path, "[quotas.site]\ngpus = 0.25\n")
    found = run("quota", "simulate", "--policy", policy, "--since", "1d", "--json").json
    assert found["jobs"] == 1
    assert [row["refusals"] for row in found["rules"]] == [0, 0, 0, 0, 0, 1]


def test_nothing_is_changed_by_it(run: Run, cast: None, tmp_path: Path) -> None:
    before = run("quota", "show", "site", "--json").json
    policy, trace = write(tmp_path, "[quotas.site]\ngpus = 0.5\n")
    run("quota", "simulate", "--policy", policy, "--trace", trace)
    assert run("quota", "show", "site", "--json").json == before


def test_when_nobody_asked_it_is_refused(run: Run, cast: None, tmp_path: Path) -> None:
    policy, _ = write(tmp_path, "[quotas.site]\ngpus = 1\n")
    answer = run("quota", "simulate", "--policy", policy, "--since", "1d", "--json")
    assert answer.code == "refused"


def test_a_policy_or_trace_at_fault_is_refused_with_its_line(
    run: Run, cast: None, tmp_path: Path
) -> None:
    policy, trace = write(tmp_path, "[quotas.site]\nspeed = 1\n")
    answer = run("quota", "simulate", "--policy", policy, "--trace", trace)
    assert answer.status == 1
    assert "p.toml line 2" in answer.err
    policy, trace = write(tmp_path, "[quotas.site]\ngpus = 1\n", TRACE.replace("1h", "soon"))
    answer = run("quota", "simulate", "--policy", policy, "--trace", trace, "--json")
    assert answer.code == "trace-error"
    assert "t.csv line 3" in answer.json["error"]["message"]


def test_neither_a_day_nor_a_trace_is_wrong_usage(run: Run, cast: None, tmp_path: Path) -> None:
    policy, _ = write(tmp_path, "[quotas.site]\ngpus = 1\n")
    assert run("quota", "simulate", "--policy", policy).status == 2
    assert run("quota", "simulate", "--since", "1d").status == 2
