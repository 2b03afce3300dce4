"""A machine with the GPUs of a scenario: the fake library, and the real bindings over it."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

from hub.gpus import errors
from hub.gpus.facts import GpuFact, Inventory
from hub.gpus.wire import parse_inventory

SOURCES = Path(__file__).parent / "fake_nvml"
ROOT = Path(__file__).parents[2]
FLAGS = ("-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1", "-fPIC", "-shared")


def build_library(folder: Path, *flags: str) -> Path:
    """Compile the fake library; give the folder to name in LD_LIBRARY_PATH."""
    files = sorted(str(path) for path in SOURCES.glob("*.c"))
    command = ["gcc", *FLAGS, *flags, "-o", str(folder / "libnvidia-ml.so.1"), *files]
    subprocess.run(command, check=True)
    return folder


class NvmlMachine:
    """Our NVML source in a process of its own; the test writes what the machine is like."""

    def __init__(self, library: Path, folder: Path, now: datetime) -> None:
        self.scenario = folder / "scenario"
        self.environment = {
            "LD_LIBRARY_PATH": str(library),
            "FAKE_NVML_SCENARIO": str(self.scenario),
        }
        self._now = now
        self._process: subprocess.Popen[str] | None = None

    def become(self, text: str) -> "NvmlMachine":
        """Make the machine be as this scenario says, at once and as a whole."""
        new = self.scenario.with_suffix(".new")
        new.write_text(text, errors="surrogateescape")
        new.replace(self.scenario)
        return self

    def load(self) -> Inventory:
        """Take a reading; raises what our source raised."""
        process = self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(self._now.isoformat() + "\n")
        process.stdin.flush()
        word, _, rest = process.stdout.readline().partition(" ")
        if word == "ok":
            return parse_inventory(rest)
        name, _, message = rest.strip().partition(" ")
        raise getattr(errors, name, AssertionError)(message)

    def gpus(self) -> dict[str, GpuFact]:
        """Take a reading and give its GPUs by UUID."""
        return {gpu.uuid: gpu for gpu in self.load().gpus}

    def stop(self) -> None:
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def _start(self) -> "subprocess.Popen[str]":
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.gpus.nvml_process"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process
