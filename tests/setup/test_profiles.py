"""From a profile of allotment.toml to the entry of the start menu."""

from fractions import Fraction

from hub.house import build_terms
from hub.settings import parse

TOML = """
[profiles.slices]
title = "A slice"
kinds = ["1g.10gb", "2g.20gb"]
gpus = [0, 1]
cpus = 4
"""


def test_a_profile_lists_its_kinds_in_order() -> None:
    profile = build_terms(parse(TOML)).profiles["slices"]
    assert profile.kinds == ("1g.10gb", "2g.20gb")
    assert (profile.cpus, profile.shares) == (Fraction(4), (Fraction(0), Fraction(1)))


def test_a_profile_without_kinds_takes_any_whole_gpu() -> None:
    assert build_terms(parse("")).profiles["notebook"].kinds == ()
