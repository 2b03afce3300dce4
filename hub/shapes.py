"""Records as they stand in every JSON answer; times are in the station's zone with their offset."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hub.calendars import first_window
from hub.policy.leases import Lease
from hub.policy.reasons import Reason
from hub.policy.tickets import Ticket
from hub.policy.wording import say
from hub.reservations import Listed
from hub.store.asks import Request
from hub.store.notices import Notice
from hub.store.people import Group
from hub.store.usage import UsageRecord
from hub.units import from_parts, hours_of, share_number

Json = dict[str, Any]


def items(found: Iterable[Json]) -> Json:
    """Give a list as the one object that every list is."""
    return {"items": list(found)}


def moment(time: datetime | None, zone: ZoneInfo) -> str | None:
    """Print a time in the station's zone with its offset, to the second."""
    return None if time is None else time.astimezone(zone).isoformat(timespec="seconds")


def reason(found: Reason, zone: ZoneInfo) -> Json:
    """Give one reason."""
    return {
        "code": found.code,
        "rule": found.rule,
        "numbers": dict(found.numbers),
        "who": found.who,
        "soonest": moment(found.soonest, zone),
    }


def error(code: str, message: str, reasons: Iterable[Reason], zone: ZoneInfo) -> Json:
    """Give a refusal."""
    told = [reason(found, zone) for found in reasons]
    return {"error": {"code": code, "message": message, "reasons": told}}


def lease(found: Lease, zone: ZoneInfo) -> Json:
    """Give a lease as `lease list` does; `slots` counts the slots it takes of each GPU."""
    return {
        "id": found.id,
        "user": found.user,
        "server": found.server,
        "account": found.account,
        "node": found.node,
        "gpus": [{"uuid": part.gpu_uuid, "slots": len(part.slots)} for part in found.slots],
        "opened_at": moment(found.opened_at, zone),
        "expires_at": moment(found.expires_at, zone),
        "guaranteed_until": moment(found.guaranteed_until, zone),
        "state": str(found.state),
        "loan": found.loan,
        "end_reason": str(found.end_reason) if found.end_reason else None,
    }


def lease_now(found: Lease, zone: ZoneInfo, now: datetime) -> Json:
    """Give a lease with its time left; `ends_at` is the earlier of expiry and a loan's return."""
    ends_at = min((t for t in (found.expires_at, found.reclaim_at) if t), default=None)
    left = None if ends_at is None else max(int((ends_at - now).total_seconds()), 0)
    return {
        **lease(found, zone),
        "reclaim_at": moment(found.reclaim_at, zone),
        "ends_at": moment(ends_at, zone),
        "seconds_left": left,
        "keep_going": found.keep_going,
    }


def offer(found: Ticket, held: Lease, zone: ZoneInfo) -> Json:
    """Give the offer that is held for a ticket."""
    return {
        "ticket": found.id,
        "gpus": share_number(found.gpus),
        "until": moment(held.offer_until, zone),
    }


def notice(found: Notice, language: str, zone: ZoneInfo) -> Json:
    """Give what somebody was told of a lease, with the reasons as sentences."""
    return {
        "id": found.id,
        "kind": found.kind,
        "at": moment(found.at, zone),
        "until": moment(found.until, zone),
        "by": found.detail.get("by"),
        "note": found.detail.get("note"),
        "why": [say(reason, language, zone) for reason in found.why],
    }


def ticket(found: Ticket, zone: ZoneInfo) -> Json:
    """Give a ticket as `queue list` does, with what its owner may still set."""
    return {
        "id": found.id,
        "user": found.user,
        "server": found.server,
        "gpus": share_number(found.gpus),
        "hours": share_number(hours_of(found.duration)),
        "account": found.account,
        "position": found.position,
        "earliest": moment(found.earliest, zone),
        "latest": moment(found.latest, zone),
        "reason": None if found.reason is None else reason(found.reason, zone),
        "state": str(found.state),
        "auto_start": found.auto_start,
        "not_before": moment(found.not_before, zone),
        "lease": found.lease_id,
    }


def members(found: Group) -> Iterable[Json]:
    """Give everybody in a group, by name."""
    return ({"name": name, "manager": name in found.managers} for name in found.members)


def request(found: Request, zone: ZoneInfo) -> Json:
    """Give what somebody asked of whoever may decide."""
    return {
        "id": found.id,
        "kind": found.kind,
        "user": found.user,
        "account": found.account,
        "lease": found.lease_id,
        "hours": share_number(hours_of(found.more)),
        "state": found.state,
        "asked_at": moment(found.asked_at, zone),
        "decided_at": moment(found.decided_at, zone),
        "decided_by": found.decided_by,
        "note": found.note,
    }


def usage(found: UsageRecord) -> Json:
    """Give what one person or account used and holds."""
    return {
        "key": found.key,
        "gpu_ms": found.gpu_ms,
        "held_gpu_ms": found.held_gpu_ms,
        "leases": found.leases,
    }


def reservation(found: Listed, zone: ZoneInfo) -> Json:
    """Give a reservation: its first window, when the next begins, and all that are not over."""
    made = found.reservation
    first = first_window(made.series)
    return {
        "id": made.id,
        "account": made.account,
        "gpus": share_number(from_parts(made.parts)),
        "since": moment(first.since, zone),
        "until": moment(first.until, zone),
        "rrule": made.series.rrule,
        "title": made.title,
        "made_by": made.made_by,
        "next": moment(found.coming[0].since, zone) if found.coming else None,
        "coming": [
            {"since": moment(window.since, zone), "until": moment(window.until, zone)}
            for window in found.coming
        ],
    }
