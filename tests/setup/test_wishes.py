from pathlib import Path

import pytest

from admin.setup import wishes
from admin.setup.wishes import Wishes
from hub.settings import SettingsError, load

COMMENTED = """\
# ours
[gpus]
slots = 2  # two halves
"""


def write(home: Path, text: str) -> None:
    (home / "allotment.toml").write_text(text)


def test_an_option_is_kept_in_the_file(tmp_path: Path) -> None:
    wishes.keep(tmp_path, wishes.check(tmp_path, Wishes(simulate_gpus=2, https_port=8443)))
    settings = load(tmp_path / "allotment.toml")
    assert (settings.gpus.simulate, settings.proxy.https_port) == (2, 8443)


def test_comments_and_other_settings_survive_an_option(tmp_path: Path) -> None:
    write(tmp_path, COMMENTED)
    wishes.keep(tmp_path, wishes.check(tmp_path, Wishes(simulate_gpus=2)))
    assert (tmp_path / "allotment.toml").read_text() == COMMENTED + "simulate = 2\n"


def test_an_option_left_out_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, COMMENTED)
    assert wishes.check(tmp_path, Wishes()).text == COMMENTED


def test_zero_simulated_gpus_is_a_wish_and_not_an_option_left_out(tmp_path: Path) -> None:
    write(tmp_path, "[gpus]\nsimulate = 2\n")
    assert wishes.check(tmp_path, Wishes(simulate_gpus=0)).settings.gpus.simulate == 0


def test_a_wrong_option_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gpus\.simulate"):
        wishes.check(tmp_path, Wishes(simulate_gpus=65))
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_file_is_refused_before_an_option_is_looked_at(tmp_path: Path) -> None:
    write(tmp_path, "[gpus]\nsimulat = 1\n")
    with pytest.raises(SettingsError, match="line 2"):
        wishes.check(tmp_path, Wishes(simulate_gpus=1))
