"""`python -m spawner.agent`: read the GPUs every second, answer over a unix socket."""

import signal
import sys
from collections.abc import Sequence
from threading import Event, Thread

from hub import clock
from hub.errors import AllotmentError
from spawner.agent.arguments import Arguments, parse_arguments
from spawner.agent.locks import CardLocks
from spawner.agent.readings import Reader, Readings
from spawner.agent.server import AgentServer, ask_health
from spawner.agent.sources import build_source

EVERY_S = 1.0


class NoToken(AllotmentError):
    """The agent has no token."""


def main(words: Sequence[str]) -> int:
    """Run the agent until it is told to stop, or check one that runs."""
    arguments = parse_arguments(words)
    try:
        token = _load_token(arguments)
        if arguments.check:
            return _check(arguments, token)
        _serve(arguments, token)
    except (AllotmentError, OSError) as error:
        print(f"agent: {error}", file=sys.stderr)
        return 1
    return 0


def _load_token(arguments: Arguments) -> str:
    try:
        token = arguments.token_path.read_text().strip()
    except OSError as error:
        raise NoToken(f"{arguments.token_path}: {error.strerror}") from error
    if not token:
        raise NoToken(f"{arguments.token_path}: empty")
    return token


def _check(arguments: Arguments, token: str) -> int:
    reason = ask_health(arguments.socket_path, token)
    if reason is not None:
        print(reason, file=sys.stderr)
    return 0 if reason is None else 1


def _serve(arguments: Arguments, token: str) -> None:
    """Serve from a thread and read in this one, so that a reader that breaks ends the process."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    readings = Readings()
    locks = CardLocks(arguments.lock_folder, arguments.station)
    reader = Reader(build_source(arguments), readings, locks.refusal, arguments.proc)
    server = AgentServer(arguments.socket_path, token, readings, _boot_seconds, arguments.gid)
    Thread(target=server.serve_forever, name="answers", daemon=True).start()
    try:
        reader.take(clock.now(), _boot_seconds)
        print(f"agent: answering on {arguments.socket_path}", file=sys.stderr, flush=True)
        while not stop.wait(EVERY_S):
            reader.take(clock.now(), _boot_seconds)
    finally:
        server.shutdown()
        server.server_close()
        locks.close()


def _boot_seconds() -> float:
    return clock.boot().seconds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
