"""People of a benchmark's own: made once, enabled for a run, disabled afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from admin.bench.visitor import Visitor
from hub import clock, leasing, passwords, people
from hub.house import House
from hub.policy.ceilings import SERVERS, Quota
from hub.store.ceilings import set_ceiling

ACTOR = "bench"


@contextmanager
def cast(house: House, names: list[str], servers: int) -> Iterator[dict[str, str]]:
    """Give each a password nobody else learns and room for so many servers; disable them after."""
    secrets = {name: passwords.make_one_time() for name in names}
    for name, password in secrets.items():
        _let_in(house, name, password)
        with house.database.write() as db:
            set_ceiling(db, f"user:{name}", SERVERS, Quota(Fraction(servers)))
    try:
        yield secrets
    finally:
        for name in names:
            people.disable(house, name, ACTOR, clock.now())


def visit(house: House, name: str, password: str) -> Visitor:
    """Log somebody in."""
    visitor = Visitor(house.station.public_url, house.station.ca_file)
    visitor.log_in(name, password)
    return visitor


def _let_in(house: House, name: str, password: str) -> None:
    now = clock.now()
    if leasing.find_person(house, name) is None:
        people.add_person(house, name, password=password, actor=ACTOR, now=now)
        return
    people.enable(house, name, ACTOR, now)
    people.set_password(house, name, passwords.hash_password(password), now)
