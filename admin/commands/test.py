"""`./allotment test`: the environment is made by then; hand everything else to pytest."""

import subprocess
import sys
from pathlib import Path

import typer

ROOT = Path(__file__).resolve().parents[2]


def command(context: typer.Context) -> None:
    """Run the tests; everything after `test` is pytest's own."""
    done = subprocess.run([sys.executable, "-m", "pytest", *context.args], cwd=ROOT, check=False)
    raise typer.Exit(done.returncode)
