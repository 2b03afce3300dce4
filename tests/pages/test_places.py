"""What a person's pages say of their place when their turn comes, with a real waiting list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from hub import clock, dispatching, leasing, waiting
from hub.house import House
from hub.leasing import Ask
from hub.pages.looks import TEMPLATES
from hub.pages.places import PlaceLine, load_places
from hub.pages.texts import Texts
from hub.policy.leases import EndReason, Lease
from hub.policy.outcomes import Wait
from hub.policy.requests import SpawnRequest
from hub.policy.rights import Actor
from tests.pages.small_hub import make_small_house


@dataclass
class Scene:
    """A house in which ann waits for a whole GPU."""

    house: House
    now: datetime

    async def place(self, language: str = "en") -> PlaceLine:
        """Load the one place ann has."""
        (found,) = await load_places(self.house, "ann", language)  # type: ignore[arg-type]
        return found

    def end(self, user: str) -> None:
        """End somebody's server, so that its slots are free."""
        lease = leasing.find_open(self.house, user, "field")
        assert lease is not None
        leasing.begin_closing(self.house, lease.id, EndReason.RELEASE, self.now)
        leasing.finish_closing(self.house, lease.id, self.now, clock.boot())

    def start_on_cpu(self) -> None:
        """Start ann's server without a GPU; her place stays."""
        lease = leasing.request(self.house, Ask("ann", "", SpawnRequest()), self.now)
        assert isinstance(lease, Lease), lease
        leasing.activate(self.house, lease.id, self.now, clock.boot())

    def offer(self) -> None:
        """Let the first turn come."""
        assert dispatching.offer_next(self.house, self.now) is not None


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Ann, who waits behind nobody."""
    house = make_small_house(tmp_path)
    now = clock.now() + timedelta(seconds=1)
    wish = SpawnRequest(gpus=Fraction(1), if_busy="wait", group="field-lab")
    outcome = leasing.request(house, Ask("ann", "", wish), now)
    assert isinstance(outcome, Wait), outcome
    yield Scene(house, now)
    house.database.dispose()


async def test_a_place_says_position_estimate_and_reason(scene: Scene) -> None:
    place = await scene.place()
    assert place.title == "Waiting for 1 GPU on Notebook server"
    assert place.place.startswith("You are number 1 in the waiting list; your turn comes")
    assert place.reason.startswith("No GPU has 1 free now")
    assert place.facts == "for 4 h · on field-lab"
    assert not place.offered


async def test_an_offer_beside_a_running_server_says_until_when_it_stands(scene: Scene) -> None:
    scene.start_on_cpu()
    scene.end("charlie")
    scene.offer()
    place = await scene.place()
    assert place.offered
    assert place.place == "Your turn has come."
    assert "Kept for you until" in place.until
    assert 500 < place.seconds <= 601
    assert place.reason == ""


async def test_an_offer_that_was_taken_is_not_offered_again(scene: Scene) -> None:
    scene.start_on_cpu()
    scene.end("charlie")
    scene.offer()
    (ticket,) = waiting.load_own(scene.house, "ann")
    waiting.take(scene.house, Actor("ann", person_id=ticket.person_id), ticket.id, scene.now)
    place = await scene.place()
    assert not place.offered
    assert place.place == "Your turn has come; the server is starting."


async def test_an_offer_without_a_running_server_starts_by_itself(scene: Scene) -> None:
    scene.end("charlie")
    scene.offer()
    assert not (await scene.place()).offered


async def test_an_offer_whose_server_starts_is_not_to_be_taken_any_more(scene: Scene) -> None:
    scene.end("charlie")
    scene.offer()
    wish = SpawnRequest(gpus=Fraction(1), group="field-lab")
    claimed = leasing.request(scene.house, Ask("ann", "", wish), scene.now)
    assert isinstance(claimed, Lease), claimed
    place = await scene.place()
    assert not place.offered
    assert place.place == "Your turn has come; the server is starting."


async def test_a_place_given_up_stands_nowhere(scene: Scene) -> None:
    (ticket,) = waiting.load_own(scene.house, "ann")
    waiting.cancel(scene.house, Actor("ann", person_id=ticket.person_id), ticket.id, scene.now)
    assert await load_places(scene.house, "ann", "en") == []


async def test_it_is_all_said_in_chinese_too(scene: Scene) -> None:
    place = await scene.place("zh")
    assert place.title == "笔记本服务器 正在等待 1 块 GPU"
    assert "排第 1 位" in place.place


async def test_an_offer_is_drawn_with_its_button_and_its_running_time(scene: Scene) -> None:
    scene.start_on_cpu()
    scene.end("charlie")
    scene.offer()
    pages = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, enable_async=True)

    async def load(_user: str) -> list[PlaceLine]:
        return [await scene.place()]

    html = await pages.get_template("places.html").render_async(
        t=Texts("en"), load_places=load, user="ann"
    )
    assert "Take it now" in html
    assert 'data-text="Kept for you for {time} more."' in html
    assert 'data-seconds="6' in html or 'data-seconds="5' in html
