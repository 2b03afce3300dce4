"""The unit's command: ensure the walls at start and every ten seconds; `--remove` takes them away.

When the unit ends the walls stay: a stopped unit must not open anything.
"""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from hub import clock, station
from hub.errors import AllotmentError
from spawner.walls.keeping import keep_once, load_walls_of, remove_walls
from spawner.walls.packet_filter import find_filters

SECONDS = 10.0


def main(arguments: list[str] | None = None) -> int:
    """Run the unit; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m spawner.walls", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--remove", action="store_true", help="take the station's rules away")
    parser.add_argument("--once", action="store_true", help="ensure them once, and say whether")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        if chosen.remove:
            remove_walls(load_walls_of(station.load(chosen.home)), find_filters())
            return 0
        if chosen.once:
            return 0 if keep_once(station.load(chosen.home), clock.now()) else 1
        keep(chosen.home)
    except AllotmentError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def keep(home: Path) -> None:
    """Keep the walls until told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while True:
        keep_once(station.load(home), clock.now())
        if stop.wait(SECONDS):
            return


if __name__ == "__main__":
    sys.exit(main())
