"""Run other programs: output into a log, and one line of it when one fails."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from admin.setup.failure import SetupFailed
from hub.settings import load_variables

WORRIED = ("error", "failed", "unknown", "cannot", "denied", "no space")
NOISE = ("Traceback", "During handling", "exit status", "---")


@dataclass(frozen=True)
class Runner:
    """Runs programs with their output appended to one log."""

    log: Path

    def run(
        self,
        command: Sequence[str | Path],
        failure: str,
        *,
        on_line: Callable[[str], None] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Run to the end; raises SetupFailed with `failure` and the program's own last word."""
        words = [str(word) for word in command]
        said: list[str] = []
        with self.log.open("a", encoding="utf-8", errors="replace") as log:
            log.write("$ " + " ".join(words) + "\n")
            try:
                process = subprocess.Popen(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env={**load_variables(), **(variables or {})},
                    text=True,
                    errors="replace",
                )
            except OSError as error:
                raise SetupFailed(f"{failure}: {error.strerror}: {words[0]}") from None
            with process:
                for line in process.stdout or ():
                    log.write(line)
                    if line.strip():
                        said = [*said[-40:], line.strip()]
                        if on_line:
                            on_line(line.strip())
        if process.returncode != 0:
            raise SetupFailed(f"{failure}: {reason_in(said)} (all of it: {self.log})")


def answer(
    command: Sequence[str | Path], *, timeout_s: float = 30, complaints: bool = False
) -> str | None:
    """Give what a program prints, or None when it is missing, fails or takes too long.

    With `complaints` its standard error belongs to the answer.
    """
    try:
        done = subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if complaints else subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def reason_in(lines: Sequence[str]) -> str:
    """Pick from a failed program's last lines the one that says why."""
    telling = [line for line in lines if not line.startswith(NOISE)]
    errors = [
        line
        for line in telling
        if line.startswith("E: ") or any(word in line.lower() for word in WORRIED)
    ]
    return (errors or telling or ["it said nothing"])[-1][:300]
