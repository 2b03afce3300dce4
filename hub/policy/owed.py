"""Slots that are lent to nobody, because somebody who waits is owed them."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from hub.policy.board import Board, lay_out
from hub.policy.floor import Floor
from hub.policy.gpus import SlotRange
from hub.policy.placement import choose
from hub.policy.promises import Promises
from hub.policy.wishes import Shape, Wish


def claimed_slots(floor: Floor, spared: Iterable[SlotRange] = ()) -> dict[str, set[int]]:
    """Give by GPU the slots on which those who wait within what they are owed will stand.

    Now, or as soon as what is under notice or about to end is gone: what is taken back for
    somebody is lent to nobody meanwhile, whoever stands before them. Beside what is spared, if
    they can. Where an owner finds no room even then, nothing is kept for them.
    """
    claims: dict[str, set[int]] = {}
    boards: list[Board] = []
    in_vain: set[Shape] = set()
    for wish in _owners(floor):
        boards = boards or _boards(floor, tuple(spared))
        slots = () if wish.shape in in_vain else _claim(boards, wish)
        if not slots:
            in_vain.add(wish.shape)
        for part in slots:
            claims.setdefault(part.gpu_uuid, set()).update(part.slots)
    return claims


def _boards(floor: Floor, spared: tuple[SlotRange, ...]) -> list[Board]:
    """Lay out what is free now and soon: first without what is spared, then with it."""
    whole = [floor.board.copy(), _soon(floor)]
    if not spared:
        return whole
    beside = [board.copy() for board in whole]
    for board in beside:
        board.take(spared)
    return [*beside, *whole]


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
            placed = choose(floor.empty_board, wish.profile, wish.share)
            parts[wish.shape] = None if placed is None else placed.parts
        takes = parts[wish.shape]
        if takes is not None and promises.within_own(wish.account, takes):
            promises.add(wish.account, takes, floor.now + wish.duration, loan=False)
            yield wish


def _stands_back(wish: Wish, now: datetime) -> bool:
    """Say whether who waits could not start now for reasons of their own."""
    ticket = wish.ticket
    if ticket is None:
        return True
    return ticket.hindered or (ticket.not_before is not None and ticket.not_before > now)


def _claim(boards: list[Board], wish: Wish) -> tuple[SlotRange, ...]:
    """Find room for an owner on the first board that has it, and take it on all of them."""
    for board in boards:
        placement = choose(board, wish.profile, wish.share, wish.sharing)
        if placement is not None:
            for each in boards:
                each.take(placement.slots, wish.person_id)
            return placement.slots
    return ()


def _soon(floor: Floor) -> Board:
    """Lay out what will be free once every slot is gone that goes within a loan's notice."""
    rules = floor.rules
    soon = floor.now + max(rules.reclaim_notice, rules.minimum_run) + timedelta(minutes=1)
    return lay_out(floor.gpus, [s for s in floor.taken if s.until is None or s.until > soon])
