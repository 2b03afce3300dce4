"""Quotas as rows."""

from fractions import Fraction

import pytest

from hub.policy.ceilings import Quota
from hub.store import ceilings, people
from hub.store.database import Database
from tests.store.conftest import NOON, add


def test_a_value_comes_back_exactly(database: Database) -> None:
    with database.write() as db:
        ceilings.set_ceiling(db, "site", "gpus", Quota(Fraction("0.125")))
        assert ceilings.load_scope(db, "site") == {"gpus": Quota(Fraction(1, 8))}


def test_a_finer_value_than_a_thousandth_is_not_rounded(database: Database) -> None:
    with pytest.raises(ValueError, match="three decimals"), database.write() as db:
        ceilings.set_ceiling(db, "site", "gpus", Quota(Fraction(1, 3)))


def test_there_is_one_value_for_a_scope_and_kind(database: Database) -> None:
    with database.write() as db:
        for value in (1, 2, 2):
            ceilings.set_ceiling(db, "site", "gpus", Quota(Fraction(value)))
        assert ceilings.load_scope(db, "site") == {"gpus": Quota(Fraction(2))}
        ceilings.set_ceiling(db, "site", "gpus", None)
        ceilings.set_ceiling(db, "site", "gpus", None)
        assert ceilings.anything_set(db) is False


def test_only_what_could_apply_to_a_person_is_loaded(database: Database) -> None:
    with database.write() as db:
        add(db, "ann")
        for group in ("mine", "other"):
            people.add_group(db, group, NOON)
        people.add_member(db, "mine", people.load_person(db, "ann"), NOON)
        for scope in ("site", "group:mine", "group:other", "user:ann", "user:bob"):
            ceilings.set_ceiling(db, scope, "gpus", Quota(Fraction(1)))
        found = ceilings.load_for(db, people.load_person(db, "ann"))
    assert {scope for scope, _ in found} == {"site", "group:mine", "user:ann"}


def test_what_accounts_have_is_loaded_by_account(database: Database) -> None:
    with database.write() as db:
        ceilings.set_ceiling(db, "group:a", "guarantee", Quota(Fraction(3, 2)))
        ceilings.set_ceiling(db, "group:b", "guarantee", Quota(Fraction(0)))
        ceilings.set_ceiling(db, "group:b", "priority", Quota(Fraction(9)))
        ceilings.set_ceiling(db, "site", "isolation", Quota(Fraction(0)))
        ceilings.set_ceiling(db, "group:b", "isolation", Quota(Fraction(2)))
        assert ceilings.load_claims(db).guarantees == {"group:a": 600}
        assert ceilings.load_claims(db).priorities == {"group:b": 9}
        assert ceilings.load_claims(db).demands == {"site": "soft", "group:b": "hard"}
