"""Wait until a container's server answers, or say why it never will."""

import asyncio
from http import HTTPStatus

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from hub.engine.facts import Container
from hub.policy.reasons import YOU, Number, Reason
from spawner.container import PORT
from spawner.crew import Crew

INTERVAL_S = 0.05
LOOK_EVERY = 20
"""How many tries pass between two looks at whether the container still runs."""

DEADLINE_S = 150
WORDS = 600


async def wait_until_answering(crew: Crew, container_id: str, path: str) -> str | Reason:
    """Give the address at which the server answers, or the reason why it does not.

    The clock begins here, with one's own container's start: others starting cost nobody a
    timeout.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + DEADLINE_S
    address, tries = "", 0
    while loop.time() < deadline:
        if not address or tries % LOOK_EVERY == 0:
            container = await crew.run(crew.engine.find, container_id)
            if container is None or not container.running:
                return await _ended(crew, container)
            address = container.addresses.get(crew.walls.network, "")
        tries += 1
        if address and await _answers(f"http://{address}:{PORT}{path}"):
            return address
        await asyncio.sleep(INTERVAL_S)
    log = await crew.run(crew.engine.last_words, container_id)
    return Reason("start-failed", "no-answer", {"seconds": DEADLINE_S, "log": log[-WORDS:]}, YOU)


async def _ended(crew: Crew, container: Container | None) -> Reason:
    if container is None:
        return Reason("start-failed", "exited", {"status": "gone", "log": ""}, YOU)
    log = await crew.run(crew.engine.last_words, container.id)
    numbers: dict[str, Number] = {"status": container.exit_code, "log": log[-WORDS:]}
    return Reason("start-failed", "exited", numbers, YOU)


async def _answers(url: str) -> bool:
    try:
        answer = await AsyncHTTPClient().fetch(
            url, request_timeout=5, connect_timeout=1, follow_redirects=False, raise_error=False
        )
    except (OSError, HTTPClientError):
        return False
    return answer.code < HTTPStatus.INTERNAL_SERVER_ERROR
