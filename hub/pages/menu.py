"""The start menu of one person's server, on each of their accounts; decisions are policy's."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from hub.house import House
from hub.leasing import effective_ceilings
from hub.pages.budget_lines import BudgetNow, find_budgets
from hub.policy.admission import choices, nobody_hindered, wanted_duration
from hub.policy.board import Board
from hub.policy.ceilings import Ceiling
from hub.policy.estimates import estimate
from hub.policy.forecast import NONE, Experience
from hub.policy.gpus import Gpu
from hub.policy.outcomes import Outcome, Wait
from hub.policy.people import SITE
from hub.policy.placement import candidates
from hub.policy.profiles import Profile
from hub.policy.reasons import Reason
from hub.policy.requests import SpawnRequest
from hub.policy.snapshot import Snapshot
from hub.policy.walk import Judge
from hub.store.people import load_person
from hub.store.snapshot import load_snapshot, make_judge


@dataclass(frozen=True)
class Choice:
    """One share of one profile with its decision, and how many such shares are free now."""

    share: Fraction
    outcome: Outcome
    gpu: Gpu | None
    """The GPU it would come from, or one it could come from; None for a CPU server."""
    free: int


@dataclass(frozen=True)
class ProfileMenu:
    """A profile and every share it offers, smallest first."""

    profile: Profile
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class AccountMenu:
    """Everything that may be started on one account; `group` is None where it is the site."""

    group: str | None
    profiles: tuple[ProfileMenu, ...]
    ceilings: dict[str, Ceiling]
    duration: timedelta
    longest: timedelta
    budgets: tuple[BudgetNow, ...] = ()


@dataclass(frozen=True)
class Menu:
    """The whole start page of one server; the first account is the person's own choice."""

    accounts: tuple[AccountMenu, ...]
    held_gpus: Fraction
    held_servers: int
    gpus: tuple[Gpu, ...]
    free_slots: int
    slots: int
    waits: bool = False
    """Whether this server has a place in the waiting list already."""


def load_menu(
    house: House, user: str, server: str, obstacles: tuple[Reason, ...], now: datetime
) -> Menu:
    """Decide every choice for one person; raises NotFound. Blocks: call it in a thread."""
    with house.database.read() as db:
        person = load_person(db, user)
        snapshot = load_snapshot(db, person, server, house.terms, obstacles, now)
        experience = house.recollection.of(db, snapshot.floor)
        return build_menu(snapshot, make_judge(db, snapshot.floor, house.terms), experience)


def build_menu(
    snapshot: Snapshot, judge: Judge = nobody_hindered, experience: Experience = NONE
) -> Menu:
    """Decide every choice over one snapshot."""
    person, board = snapshot.person, snapshot.floor.board
    groups: list[str | None] = [*person.groups]
    groups.sort(key=lambda group: group != person.primary_group)
    healthy = [gpu for gpu in snapshot.gpus if gpu.health == "ok"]
    return Menu(
        accounts=tuple(_account(snapshot, judge, experience, group) for group in groups or [None]),
        held_gpus=sum((lease.weighed for lease in snapshot.own), Fraction(0)),
        held_servers=len(snapshot.own),
        gpus=snapshot.gpus,
        free_slots=sum(len(board.free_of(gpu)) for gpu in healthy),
        slots=sum(gpu.slots for gpu in healthy),
        waits=snapshot.ticket is not None,
    )


def _account(
    snapshot: Snapshot, judge: Judge, experience: Experience, group: str | None
) -> AccountMenu:
    account = snapshot.person.account_for(group) or SITE
    ceilings = effective_ceilings(snapshot, account)
    hours = ceilings.get("lease_hours")
    longest = timedelta(hours=float(hours.value)) if hours else timedelta()
    return AccountMenu(
        group=group,
        profiles=tuple(
            ProfileMenu(profile, tuple(_choices(snapshot, judge, experience, profile, group)))
            for profile in snapshot.profiles.values()
        ),
        ceilings=ceilings,
        duration=min(snapshot.default_duration, longest),
        longest=longest,
        budgets=find_budgets(snapshot, account),
    )


def _choices(
    snapshot: Snapshot, judge: Judge, experience: Experience, profile: Profile, group: str | None
) -> Iterator[Choice]:
    account = snapshot.person.account_for(group) or SITE
    wish = SpawnRequest(profile=profile.name, group=group, if_busy="wait")
    wish = replace(wish, duration=wanted_duration(wish, snapshot, account))
    for share, decided in choices(snapshot, profile, lambda share: replace(wish, gpus=share)):
        outcome = decided
        if isinstance(decided, Wait):
            asked = replace(wish, gpus=share)
            outcome = estimate(decided, snapshot, judge, asked, account, experience)
        gpu = _gpu_for(snapshot.gpus, profile, share, outcome)
        yield Choice(share, outcome, gpu, count_free(snapshot.floor.board, profile, share))


def _gpu_for(
    gpus: tuple[Gpu, ...], profile: Profile, share: Fraction, outcome: Outcome
) -> Gpu | None:
    placement = getattr(outcome, "placement", None)
    placed = {taken.gpu_uuid for taken in placement.slots} if placement else set()
    could = [gpu for gpu in candidates(gpus, profile) if share > 1 or gpu.slots_for(share)]
    if not share:
        return None
    return next((gpu for gpu in could if gpu.uuid in placed), could[0] if could else None)


def count_free(board: Board, profile: Profile, share: Fraction) -> int:
    """Count how many such shares could be dealt now; for several GPUs, how many such sets."""
    pool = candidates(list(board.gpus.values()), profile)
    if not share:
        return 0
    if share > 1:
        whole = sum(1 for gpu in pool if len(board.free_of(gpu)) == gpu.slots)
        return int(whole // share)
    return sum(len(board.free_of(gpu)) // (gpu.slots_for(share) or gpu.slots + 1) for gpu in pool)
