"""The options of `quota set`: how the value of each kind is read, and how large it may be."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial

from admin.parsing import NONE, parse_at_most, parse_budget, parse_isolation, parse_whole
from hub.policy import ceilings as c
from hub.policy.ceilings import Quota

MOST_GPUS = 100_000
MOST_SERVERS = 1_000_000
MOST_HOURS = 8784
"""The hours of a leap year; nothing is lent for longer."""
MOST_GIB = 10_000_000
MOST_CPUS = 1_000_000

Parser = Callable[[str, str], Fraction]

PARSERS: dict[str, Parser] = {
    c.GPUS: partial(parse_at_most, largest=MOST_GPUS),
    c.SERVERS: partial(parse_whole, largest=MOST_SERVERS),
    c.LEASE_HOURS: partial(parse_at_most, largest=MOST_HOURS),
    c.LEASE_HOURS_TOTAL: partial(parse_at_most, largest=MOST_HOURS),
    c.MEMORY_GIB: partial(parse_at_most, largest=MOST_GIB),
    c.CPUS: partial(parse_at_most, largest=MOST_CPUS),
    c.TOTAL_GPUS: partial(parse_at_most, largest=MOST_GPUS),
    c.TOTAL_SERVERS: partial(parse_whole, largest=MOST_SERVERS),
    c.GUARANTEE: partial(parse_at_most, largest=MOST_GPUS),
    c.PRIORITY: partial(parse_whole, largest=9),
    c.ISOLATION: parse_isolation,
}

OPTIONS = {kind: "--" + kind.replace("_", "-") for kind in (*c.EACH, *c.TOTALS, *c.RIGHTS)}
"""The option of every kind of quota."""


def parse_quota(kind: str, text: str) -> Quota | None:
    """Read the value of one kind, None for `none`; what can't be read is wrong usage."""
    option = OPTIONS[kind]
    if text == NONE:
        return None
    if kind in c.BUDGETS:
        return parse_budget(text, option)
    return Quota(PARSERS[kind](text, option))
