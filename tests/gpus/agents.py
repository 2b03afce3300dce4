"""An agent's own server in the test's process, with the clock in the test's hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from hub.gpus.facts import Inventory
from hub.gpus.over_agent import AgentGpus
from spawner.agent.readings import Readings
from spawner.agent.server import AgentServer

TOKEN = "a-token-of-the-tests"


class RunningAgent:
    """The agent's own server in this process; the test says what time it is and what was read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds = 1000.0
        self.readings = Readings()
        self.server = AgentServer(path, TOKEN, self.readings, lambda: self.seconds)
        self.thread = Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def keep(self, inventory: Inventory) -> None:
        self.readings.keep(inventory, self.seconds)

    def client(self, token: str = TOKEN) -> AgentGpus:
        return AgentGpus(self.path, token)


@contextmanager
def running_agent(path: Path) -> Iterator[RunningAgent]:
    agent = RunningAgent(path)
    agent.thread.start()
    try:
        yield agent
    finally:
        agent.server.shutdown()
        agent.server.server_close()
        agent.thread.join()
