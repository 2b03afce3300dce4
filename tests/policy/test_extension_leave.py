"""Which obstacles of an extension a manager, or an administrator, may pass over."""

import pytest

from hub.policy.extension import (
    decidable,
    left_for,
)
from hub.policy.reasons import Reason

LAB = "group:field-lab"
OWN_BUDGET = Reason("budget", "gpu-hours-each", {"from": "user:ann"})
LAB_EACH = Reason("budget", "gpu-hours-each", {"from": LAB})
SITE_EACH = Reason("budget", "gpu-hours-each", {"from": "site"})
LAB_BUDGET = Reason("budget", "gpu-hours", {"from": LAB})
OWN_HOURS = Reason("hours-quota", "lease-hours-total", {"from": "user:ann"})
LAB_HOURS = Reason("hours-quota", "lease-hours-total", {"from": LAB})
RESERVED = Reason("reservation", "extension")
GUARANTEED = Reason("guarantee", "extension")
WAITS = Reason("waiting", "extension")
NOTICE = Reason("loan", "notice")
OVER = Reason("extension", "not-running")


def test_a_manager_stays_within_the_ceilings_of_the_group_and_the_site() -> None:
    every = (OWN_BUDGET, LAB_EACH, SITE_EACH, LAB_BUDGET, OWN_HOURS, LAB_HOURS, WAITS, RESERVED)
    assert left_for(every, "manager") == (SITE_EACH, LAB_BUDGET, LAB_HOURS, WAITS, RESERVED)


@pytest.mark.parametrize("hard", [RESERVED, GUARANTEED, NOTICE, OVER])
def test_not_even_an_administrator_passes_over_what_others_were_promised(hard: Reason) -> None:
    assert left_for((LAB_BUDGET, hard), "administrator") == (hard,)
    assert not decidable((LAB_BUDGET, hard))


@pytest.mark.parametrize("soft", [OWN_BUDGET, LAB_BUDGET, SITE_EACH, LAB_HOURS, WAITS])
def test_an_administrator_passes_over_ceilings_budgets_and_who_waits(soft: Reason) -> None:
    assert left_for((soft,), "administrator") == ()
    assert decidable((soft,))
