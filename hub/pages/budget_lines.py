"""What is left of every budget that a start on an account counts against, before one asks."""

from dataclasses import dataclass
from datetime import date

from hub.pages.texts import Texts
from hub.policy.budgets import Budget, Use, budgets_of, hours_number, use_of
from hub.policy.people import SITE
from hub.policy.snapshot import Snapshot
from hub.policy.windows import day_of, first_day, renews_at
from hub.units import share_text


@dataclass(frozen=True)
class BudgetNow:
    """A budget with the window that is on now, and the day it is counted anew."""

    budget: Budget
    use: Use
    renews: date


def find_budgets(snapshot: Snapshot, account: str) -> tuple[BudgetNow, ...]:
    """List the budgets of one person on one account as they stand."""
    today = day_of(snapshot.now, snapshot.zone)
    found = budgets_of(snapshot.ceilings, snapshot.person.name, account)
    return tuple(
        BudgetNow(b, use_of(b, snapshot.sums, today), _renews(b, today, snapshot)) for b in found
    )


def say_budget(now: BudgetNow, t: Texts) -> str:
    """Say whose budget it is, what is left, used and held of it, and when it renews."""
    budget, use = now.budget, now.use
    return t(
        "start.budget",
        whose=_whose(budget, t),
        left=hours_number(use.remaining_ms),
        ceiling=share_text(budget.ceiling.value),
        window=t(f"start.window_{budget.window}"),
        settled=hours_number(use.settled_ms),
        held=hours_number(use.held_ms),
        renews=now.renews.isoformat(),
    )


def _renews(budget: Budget, today: date, snapshot: Snapshot) -> date:
    first = first_day(budget.window, today)
    return renews_at(budget.window, first, snapshot.zone).astimezone(snapshot.zone).date()


def _whose(budget: Budget, t: Texts) -> str:
    if budget.rule == "gpu-hours-each":
        return t("start.budget_each")
    if budget.scope == SITE:
        return t("start.budget_site")
    return t("start.budget_group", group=budget.scope.partition(":")[2])
