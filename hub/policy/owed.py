"""Slots that nobody else is given, because somebody who waits is owed them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.policy.board import Board, lay_out
from hub.policy.floor import Floor
from hub.policy.gpus import SlotRange, TakenSlot
from hub.policy.placement import candidates, choose, slots_of
from hub.policy.promises import Promises
from hub.policy.wishes import Shape, Wish


@dataclass(frozen=True)
class Claim:
    """Where somebody who waits within what they are owed will stand, and until when."""

    wish: Wish
    slots: tuple[SlotRange, ...]
    until: datetime


def claims_on(floor: Floor) -> list[Claim]:
    """List where those who wait within what they are owed will stand.

    Now, or as soon as what is under notice or about to end is gone: what is taken back for
    somebody is given to nobody else meanwhile, whoever stands before them. Where an owner finds
    no room even then, nothing is kept for them.
    """
    if "claims" not in floor.known:
        floor.known["claims"] = _find_claims(floor)
    found: list[Claim] = floor.known["claims"]
    return found


def _find_claims(floor: Floor) -> list[Claim]:
    claims: list[Claim] = []
    in_vain: set[Shape] = set()
    boards: list[Board] = []
    for wish in _owners(floor):
        boards = boards or [floor.board.copy()]
        slots = () if wish.shape in in_vain else _claim(floor, boards, wish)
        if slots:
            claims.append(Claim(wish, slots, floor.now + wish.duration))
        else:
            in_vain.add(wish.shape)
    return claims


def with_claims(floor: Floor, claims: Iterable[Claim]) -> Floor:
    """Give the floor as it is once those who claim slots of it have them."""
    listed = list(claims)
    if not listed:
        return floor
    key = tuple((c.wish.person_id, c.wish.account, c.slots, c.until) for c in listed)
    if key not in floor.known:
        floor.known[key] = _apply(floor, listed)
    found: Floor = floor.known[key]
    return found


def _apply(floor: Floor, claims: list[Claim]) -> Floor:
    left = {
        (part.gpu_uuid, n): claim for claim in claims for part in claim.slots for n in part.slots
    }
    if not left:
        return floor
    changes = {uuid: tuple(_held_then(floor, uuid, left)) for uuid in {uuid for uuid, _ in left}}
    return floor.holding(floor.holdings.changed(changes))


def _held_then(
    floor: Floor, uuid: str, claims: Mapping[tuple[str, int], Claim]
) -> Iterator[TakenSlot]:
    """Give the slots of one GPU as they are held once those who claim some of them have them."""
    now = {slot.slot: slot for slot in floor.slots_on(uuid)}
    mine = {n: claim for (of, n), claim in claims.items() if of == uuid}
    for n in sorted({*now, *mine}):
        held, claim = now.get(n), mine.get(n)
        if claim is None:
            yield now[n]
        elif held is None:
            whose = claim.wish
            yield TakenSlot(uuid, n, claim.until, 0, whose.person_id, whose.account)
        elif held.until is None:
            yield held
        else:
            yield replace(held, until=max(held.until, claim.until))


def _owners(floor: Floor) -> Iterator[Wish]:
    """Yield who waits within what their account is owed and nobody on it holds, in order."""
    owed = {*floor.guarantees, *(w.account for w in floor.occurrences if w.on(floor.now))}
    if not owed:
        return
    promises = Promises(floor)
    parts: dict[Shape, int | None] = {}
    for wish in floor.wishes:
        if wish.account not in owed or _stands_back(wish, floor.now):
            continue
        if wish.shape not in parts:
            parts[wish.shape] = _parts_of(floor, wish)
        takes = parts[wish.shape]
        if takes is not None and promises.within_own(wish.account, takes):
            promises.add(wish.account, takes, floor.now + wish.duration, loan=False)
            yield wish


def _parts_of(floor: Floor, wish: Wish) -> int | None:
    """Say what a wish counts on the first GPUs that it takes; None where there are none."""
    healthy = [gpu for gpu in floor.gpus if gpu.health == "ok"]
    for gpu in candidates(healthy, wish.profile):
        if wish.share > 1:
            return gpu.parts(gpu.slots) * wish.share.numerator
        wanted = slots_of(gpu.slots, wish.share)
        if wanted:
            return gpu.parts(wanted)
    return None


def _stands_back(wish: Wish, now: datetime) -> bool:
    """Say whether who waits could not start now for reasons of their own."""
    ticket = wish.ticket
    if ticket is None:
        return True
    return ticket.hindered or (ticket.not_before is not None and ticket.not_before > now)


def _claim(floor: Floor, boards: list[Board], wish: Wish) -> tuple[SlotRange, ...]:
    """Find room for an owner on the board of now, or on that of soon; take it on both."""
    placement = choose(boards[0], wish.profile, wish.share, wish.sharing)
    if placement is None and len(boards) == 1:
        boards.append(_soon(floor, boards[0]))
    if placement is None:
        placement = choose(boards[1], wish.profile, wish.share, wish.sharing)
    if placement is None:
        return ()
    for board in boards:
        board.take(placement.slots, wish.person_id)
    return placement.slots


def _soon(floor: Floor, now: Board) -> Board:
    """Lay out what will be free once every slot is gone that goes within a loan's notice.

    What was claimed of the board of now is taken.
    """
    rules = floor.rules
    soon = floor.now + max(rules.reclaim_notice, rules.minimum_run) + timedelta(minutes=1)
    board = lay_out(floor.gpus, [s for s in floor.taken if s.until is None or s.until > soon])
    board.take(
        SlotRange(uuid, tuple(set(free) - set(now.free[uuid])))
        for uuid, free in floor.board.free.items()
        if len(free) != len(now.free[uuid])
    )
    return board
