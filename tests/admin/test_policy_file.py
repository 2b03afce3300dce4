"""A policy in a file: what it changes, and every fault with its line."""

from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from admin.policy_file import PolicyFileError, load_policy_file, parse_policy
from hub.house import build_rules
from hub.policy.ceilings import GPU_HOURS_EACH, GPUS, GUARANTEE, ISOLATION, LEASE_HOURS, Quota
from hub.settings import LeasesSection

NOW = LeasesSection(minimum_run_s=900)

GOOD = """
[quotas.site]
gpus = 2
lease-hours = 12.5
gpu-hours-each = "40/week"

[quotas."group:field-lab"]
guarantee = 4
isolation = "hard"
gpus = "none"

[rules]
reclaim_notice_s = 300
"""


def test_quotas_are_named_as_the_options_are() -> None:
    assert parse_policy(GOOD, NOW).quotas == {
        ("site", GPUS): Quota(Fraction(2)),
        ("site", LEASE_HOURS): Quota(Fraction("12.5")),
        ("site", GPU_HOURS_EACH): Quota(Fraction(40), "week"),
        ("group:field-lab", GUARANTEE): Quota(Fraction(4)),
        ("group:field-lab", ISOLATION): Quota(Fraction(2)),
        ("group:field-lab", GPUS): None,
    }


def test_rules_it_leaves_out_stay_as_they_are() -> None:
    rules = build_rules(parse_policy(GOOD, NOW).leases)
    assert (rules.reclaim_notice, rules.minimum_run) == (
        timedelta(minutes=5),
        timedelta(minutes=15),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "there is nothing in it"),
        ("[quotas.site\n", "p.toml: "),
        ("[quota.site]\ngpus = 1\n", "p.toml line 1: quota.site: unknown"),
        ("[quotas.site]\n\ngpu = 1\n", "p.toml line 3: quotas.site.gpu: unknown"),
        ("[quotas.site]\ngpus = -1\n", "p.toml line 2: quotas.site.gpus"),
        ("[quotas.site]\ngpus = true\n", "should be a number or a text"),
        ("[quotas.site]\ngpus = nan\n", "p.toml line 2: quotas.site.gpus"),
        ("[quotas.site]\ngpu-hours = 40\n", "windows are day, week, month, year"),
        ("[quotas.everywhere]\ngpus = 1\n", "none of site"),
        ("[quotas.site]\nguarantee = 1\n", "a guarantee is an account's"),
        ("quotas = 3\n", "should be a table"),
        ("[quotas]\nsite = 3\n", "should be a table of quotas"),
        ("[rules]\nnotice = 3\n", "p.toml line 2: rules.notice: unknown"),
        ("[rules]\nminimum_run_s = -1\n", "p.toml line 2: rules.minimum_run_s"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(PolicyFileError) as error:
        parse_policy(text, NOW, "p.toml")
    assert told in str(error.value)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(PolicyFileError) as error:
        parse_policy("[quotas.site]\na = 1\nb = 2\n[rules]\nc = 3\n", NOW)
    assert str(error.value).count("unknown") == 3


def test_a_file_that_cant_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError, match="can't be read"):
        load_policy_file(tmp_path / "none.toml", NOW)
    (tmp_path / "p.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyFileError, match="can't be read"):
        load_policy_file(tmp_path / "p.toml", NOW)
