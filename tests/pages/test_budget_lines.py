"""Budgets on the start page: what is left before one asks, and why not when it is too little."""

from fractions import Fraction
from pathlib import Path

import pytest

from hub import clock
from hub.house import House
from hub.pages.budget_lines import say_budget
from hub.pages.menu import Menu, load_menu
from hub.pages.texts import Texts
from hub.policy.ceilings import Quota, Window
from hub.policy.outcomes import Denial
from hub.policy.wording import say
from hub.store.ceilings import set_ceiling
from tests.pages.small_hub import make_small_house


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A station of its own, in which bob runs half a GPU for 4 h on field-lab."""
    return make_small_house(tmp_path)


def _set(house: House, scope: str, kind: str, value: int, window: Window) -> None:
    with house.database.write() as db:
        set_ceiling(db, scope, kind, Quota(Fraction(value), window))


def _menu(house: House, user: str) -> Menu:
    return load_menu(house, user, "another", (), clock.now())


def _lines(house: House, user: str, language: str = "en") -> list[str]:
    account = _menu(house, user).accounts[0]
    return [say_budget(b, Texts(language)) for b in account.budgets]  # type: ignore[arg-type]


def test_a_budget_says_what_is_left_used_and_held_and_when_it_renews(house: House) -> None:
    _set(house, "group:field-lab", "gpu_hours", 40, "year")
    (line,) = _lines(house, "ann")
    assert line.startswith("budget of field-lab: 38 of 40 GPU-hours left this year; 0 used, 2 held")
    assert line.endswith("-01-01")


def test_ones_own_the_groups_and_the_stations_budget_each_have_a_line(house: House) -> None:
    _set(house, "site", "gpu_hours_each", 10, "year")
    _set(house, "group:field-lab", "gpu_hours", 40, "year")
    _set(house, "site", "gpu_hours", 100, "year")
    whose = [line.split(":")[0] for line in _lines(house, "ann")]
    assert whose == ["your budget", "budget of field-lab", "budget of the station"]
    assert _lines(house, "ann", "zh")[0].startswith("您的预算：本年剩余 10 / 10 GPU 小时")


def test_what_a_budget_does_not_hold_is_denied_with_its_numbers(house: House) -> None:
    _set(house, "group:field-lab", "gpu_hours", 3, "year")
    half = next(c for c in _menu(house, "ann").accounts[0].profiles[0].choices if c.share == 0.5)
    assert isinstance(half.outcome, Denial)
    (sentence,) = [say(reason, "en", house.zone) for reason in half.outcome.reasons]
    assert "The budget of group:field-lab is 3 GPU-hours a year: 0 are used" in sentence
    assert "servers hold 2" in sentence
    assert "It renews on" in sentence


def test_without_a_budget_there_is_no_line(house: House) -> None:
    assert _lines(house, "ann") == []
