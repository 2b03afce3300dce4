"""Say why a floor has no room for a wish."""

from fractions import Fraction

from hub.policy.floor import Floor
from hub.policy.placement import dealable
from hub.policy.reasons import TIME, YOU, Number, Reason
from hub.policy.shadow import soonest_room
from hub.policy.walk import Blocked
from hub.policy.wishes import Wish
from hub.units import PARTS, share_number


def room_reason(floor: Floor, wish: Wish, blocked: Blocked, position: int) -> Reason:
    """Give the one reason for which a wish finds no room now."""
    asked = share_number(wish.share)
    if blocked.by == "shadow":
        return Reason("waiting", "behind", {"asked": asked, "position": position}, TIME)
    if blocked.broken is not None:
        return _promised(floor, blocked, asked)
    return _never(floor, wish) or _busy(floor, wish)


def _promised(floor: Floor, blocked: Blocked, asked: Number) -> Reason:
    broken = blocked.broken
    assert broken is not None  # noqa: S101 - asked for only where there is one
    numbers: dict[str, Number] = {
        "asked": asked,
        "promised": share_number(Fraction(broken.promised, PARTS)),
        "healthy": share_number(Fraction(broken.healthy, PARTS)),
    }
    if broken.reserved:
        ends = [w.until for w in floor.occurrences if w.on(broken.at)]
        numbers["since"] = broken.at.isoformat(timespec="minutes")
        return Reason("reservation", "window", numbers, TIME, max(ends, default=None))
    return Reason("gpu-busy", "guaranteed", numbers, TIME)


def _never(floor: Floor, wish: Wish) -> Reason | None:
    """Say why no waiting would help; None where it would."""
    asked = share_number(wish.share)
    if not floor.gpus:
        return Reason("request", "no-gpu", {"asked": asked}, YOU)
    if not dealable(floor.gpus, wish.profile, wish.share):
        shares = sorted({Fraction(n, g.slots) for g in floor.gpus for n in range(1, g.slots + 1)})
        known = ", ".join(str(share_number(s)) for s in shares)
        return Reason("request", "share", {"asked": asked, "known": known}, YOU)
    healthy = [gpu for gpu in floor.gpus if gpu.health == "ok"]
    if not dealable(healthy, wish.profile, wish.share):
        bad = len(floor.gpus) - len(healthy)
        return Reason("gpu-fault", "no-healthy-gpu", {"faulty": bad, "gpus": len(floor.gpus)})
    return None


def _busy(floor: Floor, wish: Wish) -> Reason:
    healthy = [gpu for gpu in floor.gpus if gpu.health == "ok"]
    numbers: dict[str, Number] = {
        "asked": share_number(wish.share),
        "free_slots": sum(len(slots) for slots in floor.board.free.values()),
        "slots": sum(gpu.slots for gpu in healthy),
        "gpus": len(healthy),
    }
    return Reason("gpu-busy", "free-slots", numbers, TIME, soonest_room(floor, wish))
