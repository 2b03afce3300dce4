"""Reservations: claims on future windows, checked against everything promised before they stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from hub.calendar_files import Entry, as_title
from hub.calendars import MOST_WINDOWS, as_kept, check_series, windows_between
from hub.errors import NotFound, Refused
from hub.house import House
from hub.policy.claims import (
    Claimed,
    Unclaimed,
    as_occurrences,
    depends_on,
    while_leases_run,
)
from hub.policy.claims import claim as claim_of
from hub.policy.floor import Floor
from hub.policy.overriding import Shortened
from hub.policy.reasons import YOU, Reason
from hub.policy.reservations import Reservation, Series
from hub.policy.reserving import Window, Wish
from hub.store import reservations as rows
from hub.store.audit import write
from hub.store.floor import load_floor
from hub.store.notices import NewNotice, add_notice
from hub.store.people import check_group
from hub.store.reservations import HORIZON, NewReservation
from hub.store.shortening import shorten_lease
from hub.units import from_parts, share_text
from hub.unkept import tell_unkept

SLACK = timedelta(hours=1)
"""How far behind their horizon windows may fall before more are made."""

FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
"""To when the windows of a reservation are made that has no more of them."""


TRIES = 5


@dataclass(frozen=True)
class By:
    """Who does something, and when."""

    actor: str
    now: datetime


@dataclass(frozen=True)
class Claim:
    """A reservation as it is asked for."""

    account: str
    parts: int
    series: Series
    title: str = ""


@dataclass(frozen=True)
class Made:
    """The reservations that stand now, and the leases that gave way to them."""

    reservations: tuple[Reservation, ...]
    shortened: tuple[Shortened, ...] = ()


@dataclass(frozen=True)
class Listed:
    """A reservation with its windows that are not over."""

    reservation: Reservation
    coming: tuple[Window, ...]


def from_entries(
    account: str, entries: Sequence[Entry] | Reason, parts: int | None, title: str = ""
) -> list[Claim] | Reason:
    """Turn a file's events into claims; `parts` and `title`, when given, go before its own."""
    if isinstance(entries, Reason):
        return entries
    claims = [
        Claim(account, own, entry.series, title or entry.title)
        for entry in entries
        if (own := entry.parts if parts is None else parts) is not None
    ]
    return claims if len(claims) == len(entries) else Reason("reservation", "no-amount", {}, YOU)


def add(
    house: House, claims: Sequence[Claim], override: bool, actor: str, now: datetime
) -> Made | Unclaimed:
    """Make reservations, all of them or none; raises NotFound for an account that is not there.

    With `override`, which is an administrator's, leases in the way are shortened, with notice.
    """
    wishes = _check(house, claims, now)
    if isinstance(wishes, Reason):
        return Unclaimed((wishes,))
    asked = list(zip(claims, wishes, strict=True))
    for _ in range(TRIES):
        standing, floor = _load(house, claims, now)
        decided = claim_of(floor, wishes, override, house.zone)
        if isinstance(decided, Unclaimed):
            return decided
        with house.database.write() as db:
            fresh = load_floor(db, house.terms, now)
            known = [each.id for each in rows.load_reservations(db)]
            if known != standing or depends_on(fresh) != depends_on(floor):
                continue
            fresh = replace(fresh, occurrences=floor.occurrences)
            decided = claim_of(*while_leases_run(fresh, wishes), override, house.zone)
            if isinstance(decided, Unclaimed):
                return decided
            return _apply(db, asked, decided, house.zone, By(actor, now))
    raise Refused("reservations and quotas are changed all the time just now; try again")


def remove(house: House, number: int, actor: str, now: datetime) -> Reservation:
    """Take a reservation back; what runs on it goes on. Raises NotFound."""
    with house.database.write() as db:
        removed = rows.remove_reservation(db, number, now)
        detail = {"reservation": number, "account": removed.account}
        write(db, actor, "reservation remove", detail, now)
        return removed


def load_listed(house: House, now: datetime, account: str | None = None) -> list[Listed]:
    """Load every reservation, or an account's, with its coming windows; raises NotFound."""
    with house.database.read() as db:
        if account is not None:
            check_account(db, account)
        found = rows.load_reservations(db, account)
    return as_listed(found, now)


def as_listed(found: Sequence[Reservation], now: datetime) -> list[Listed]:
    """Give reservations with their coming windows."""
    return [Listed(each, _coming(each, now)) for each in found]


def ensure_occurrences(house: House, now: datetime) -> int:
    """Make the windows of the coming 60 days that are not there yet; gives how many were new.

    Of those that can't be kept, because leases were granted or GPUs lost meanwhile, whoever
    answers for them is told.
    """
    with house.database.read() as db:
        unmade = rows.load_unmade(db, now + HORIZON - SLACK)
        known = {(window.reservation_id, window.since) for window in rows.load_occurrences(db, now)}
    new = 0
    for reservation in unmade:
        windows = windows_between(reservation.series, now, FOR_EVER)
        with house.database.write() as db:
            new += _make(db, reservation.id, windows, now)
    if new:
        tell_unkept(house, known, now)
    return new


def check_account(db: Connection, account: str) -> None:
    """Raise NotFound unless there is an account of that name that can reserve."""
    kind, _, name = account.partition(":")
    if kind == "course":
        raise NotFound(f"{name}: there is no course of that name")
    if kind != "group":
        raise NotFound(f"{account}: reservations are for group:NAME")
    check_group(db, name)


def _check(house: House, claims: Sequence[Claim], now: datetime) -> list[Wish] | Reason:
    wishes: list[Wish] = []
    for claim in claims:
        windows = check_series(claim.series, now, house.zone)
        if isinstance(windows, Reason):
            return windows
        wishes.append(Wish(claim.account, claim.parts, windows))
        if sum(len(wish.windows) for wish in wishes) > MOST_WINDOWS:
            return Reason("reservation", "too-many", {"most": MOST_WINDOWS}, YOU)
    return wishes


def _load(house: House, claims: Sequence[Claim], now: datetime) -> tuple[list[int], Floor]:
    """Load the station with every reservation to its end, which takes long with very many."""
    with house.database.read() as db:
        for account in dict.fromkeys(claim.account for claim in claims):
            check_account(db, account)
        floor = load_floor(db, house.terms, now)
        standing = rows.load_reservations(db)
    others = (
        window
        for each in standing
        for window in as_occurrences(each.id, Wish(each.account, each.parts, _coming(each, now)))
    )
    return [each.id for each in standing], replace(floor, occurrences=tuple(others))


def _coming(reservation: Reservation, now: datetime) -> tuple[Window, ...]:
    return tuple(windows_between(reservation.series, now, FOR_EVER))


def _apply(
    db: Connection, asked: list[tuple[Claim, Wish]], decided: Claimed, zone: ZoneInfo, by: By
) -> Made:
    made = tuple(_store(db, claim, wish, by) for claim, wish in asked)
    for lease in decided.shortened:
        if shorten_lease(db, lease.lease_id, lease.cut, by.now, zone):
            _tell(db, lease, made[0], by)
    return Made(made, decided.shortened)


def _store(db: Connection, claim: Claim, wish: Wish, by: By) -> Reservation:
    series, title = as_kept(claim.series), as_title(claim.title)
    new = NewReservation(claim.account, claim.parts, series, title, by.actor)
    made = rows.add_reservation(db, new, by.now)
    _make(db, made.id, wish.windows, by.now)
    detail = {
        "reservation": made.id,
        "account": claim.account,
        "gpus": share_text(from_parts(claim.parts)),
        "since": series.since.isoformat(),
        "until": series.until.isoformat(),
        "zone": series.zone,
        "rrule": series.rrule,
        "title": title,
    }
    write(db, by.actor, "reservation add", detail, by.now)
    return made


def _make(db: Connection, number: int, windows: Sequence[Window], now: datetime) -> int:
    """Store the windows that begin within the horizon; when those are all, for ever."""
    until = now + HORIZON
    near = [window for window in windows if window.since < until]
    made_until = until if len(near) < len(windows) else FOR_EVER
    return rows.make_occurrences(db, number, near, made_until)


def _tell(db: Connection, lease: Shortened, reservation: Reservation, by: By) -> None:
    detail = {"lease": lease.lease_id, "reservation": reservation.id, "until": lease.cut}
    told = {**detail, "account": reservation.account, "until": lease.cut.isoformat()}
    subject = f"lease:{lease.lease_id}"
    add_notice(db, NewNotice(lease.person_id, subject, "shortened", lease.cut, told), by.now)
    write(db, by.actor, "lease shorten", detail, by.now)
