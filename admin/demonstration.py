"""The demonstration: synthetic leaves for everyone, and the cast of the tests.

What is there already stays as it is, passwords too.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from admin.closing import PATIENCE_S, wait_for_closing
from admin.leaves import CITATION, LICENCE, make_leaves
from hub import dataset_intake, datasets, groups, people
from hub.dataset_copy import Report, no_report
from hub.dataset_intake import NewDataset
from hub.errors import NotFound, Refused
from hub.house import House
from hub.names import ROOT
from hub.policy.people import EVERYONE, Person
from hub.store.datasets import Dataset

DATASET = ("leaves-synthetic", "1")
SEED = 7
PER_CLASS = 100
CAST = {"ann": "field-lab", "bob": "field-lab", "charlie": "visitors"}
NAMED = 3


@dataclass(frozen=True)
class Member:
    """One of the cast; `one_time_password` only where they got a new one."""

    person: Person
    one_time_password: str | None = None


def check_alone(house: House, yes: bool) -> None:
    """Refuse where people work who are neither root nor the cast, unless `yes`."""
    others = [p.name for p in people.load_people(house) if p.name not in (ROOT, *CAST)]
    if others and not yes:
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        raise Refused(
            f"{len(others)} other account(s) are here ({', '.join(others[:NAMED])}{more}), and the "
            f"demonstration is about accounts named {', '.join(CAST)}; add --yes if you mean it"
        )


def find_leaves(house: House) -> Dataset | None:
    """Give the demonstration's dataset; None when it is not registered."""
    try:
        return datasets.load_dataset(house, *DATASET)
    except NotFound:
        return None


def ensure_leaves(
    house: House,
    actor: str,
    now: datetime,
    report: Report = no_report,
    per_class: int = PER_CLASS,
) -> Dataset:
    """Draw the leaves and take them in, unless they are there."""
    found = find_leaves(house)
    if found is not None:
        return found
    with _drawing_place(house) as folder:
        report("drawing", 0, 0)
        make_leaves(folder, seed=SEED, per_class=per_class)
        (folder / "LICENSE").write_text(f"{LICENCE}\n", encoding="utf-8")
        (folder / "CITATION").write_text(f"{CITATION}\n", encoding="utf-8")
        new = NewDataset(*DATASET, source=folder, readers=(EVERYONE,))
        return dataset_intake.add(house, new, actor, now, report)[0]


def ensure_cast(house: House, actor: str, now: datetime) -> list[Member]:
    """Add who is missing and let in again who is disabled; both get a one-time password."""
    known = {group.name for group in groups.load_groups(house)}
    for group in dict.fromkeys(CAST.values()):
        if group not in known:
            groups.add_group(house, group, actor, now)
    return [_ensure_member(house, name, actor, now) for name in CAST]


def remove(house: House, actor: str, now: datetime, patience_s: float = PATIENCE_S) -> list[str]:
    """Disable the cast, wait for their servers to end, and remove the dataset.

    Gives the names. Raises Refused while others' servers may have the dataset mounted, and then
    nothing was changed.
    """
    leaves = find_leaves(house)
    if leaves is not None:
        _check_no_others_hold(house, leaves)
    cast = [person.name for person in people.load_people(house) if person.name in CAST]
    ending = [lease for name in cast for lease in people.disable(house, name, actor, now)]
    left = wait_for_closing(house, [lease.id for lease in ending], patience_s)
    if left:
        named = ", ".join(f"{lease.id} of {lease.user}" for lease in left[:NAMED])
        raise Refused(
            f"{', '.join(cast)} are disabled, but {len(left)} of their servers still stop (lease "
            f"{named}); run ./allotment demo --remove again to remove the dataset"
        )
    if leaves is not None:
        datasets.remove(house, *DATASET, actor, now)
    return cast


@contextmanager
def _drawing_place(house: House) -> Iterator[Path]:
    """Give a folder below incoming/ that is gone afterwards."""
    place = house.station.home / "incoming" / ".leaves-synthetic"
    shutil.rmtree(place, ignore_errors=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _ensure_member(house: House, name: str, actor: str, now: datetime) -> Member:
    known = {person.name: person for person in people.load_people(house)}
    if name not in known:
        added = people.add_person(house, name, groups=[CAST[name]], actor=actor, now=now)
        return Member(*added)
    one_time = None
    if known[name].disabled:
        one_time = people.reset_password(house, name, actor, now)
        people.enable(house, name, actor, now)
    return Member(groups.add_member(house, CAST[name], name, actor, now), one_time)


def _check_no_others_hold(house: House, leaves: Dataset) -> None:
    held = [h for h in datasets.load_holders(house, leaves) if h.user not in CAST]
    if held:
        named = ", ".join(f"{lease.id} of {lease.user}" for lease in held[:NAMED])
        raise Refused(
            f"{leaves.name} may be mounted in {len(held)} server(s) of others (lease {named}); "
            "stop them first"
        )
