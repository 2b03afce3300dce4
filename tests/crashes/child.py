"""Plays stories and dies in them: one line of JSON in, one exit status out, a fork for each.

`python -m tests.crashes.child`; the fork saves each story the time of the imports.
"""

import json
import os
import sys
import traceback
from pathlib import Path

from hub import crashes
from tests.crashes.stage import opened
from tests.crashes.stories import STORIES


def play(scene: dict[str, str]) -> None:
    """Play one story, with one point armed, in a process of its own; never comes back."""
    try:
        crashes.arm(scene["point"], int(scene["times"]))
        with opened(Path(scene["home"]), scene["url"]) as house:
            STORIES[scene["story"]].act(house)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - the fork must not go on as its parent, whatever happens
        traceback.print_exc()
        os._exit(1)


def main() -> None:
    """Play what is asked for until there is no more."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            play(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
