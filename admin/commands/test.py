"""`./allotment test`: the environment is made by then; hand everything else to pytest."""

import subprocess
import sys
import tempfile
from pathlib import Path

import typer

from admin.setup import needs
from admin.setup.programs import Runner
from hub.settings import load_variables

ROOT = Path(__file__).resolve().parents[2]


def command(context: typer.Context) -> None:
    """Run the tests; everything after `test` is pytest's own.

    What only some tests need, an engine and a browser, those tests see to themselves.
    """
    with tempfile.TemporaryDirectory(prefix="allotment-test-") as scratch:
        needs.ensure_tools(Runner(Path(scratch) / "set-up.log"))
    variables = load_variables()
    variables["PATH"] = f"{Path(sys.executable).parent}:{variables.get('PATH', '')}"
    pytest = [sys.executable, "-m", "pytest", *context.args]
    done = subprocess.run(pytest, cwd=ROOT, env=variables, check=False)
    raise typer.Exit(done.returncode)
