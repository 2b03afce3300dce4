"""No write of leases, ledger and tickets goes without a point to die at, and none without a story.

Whoever adds a statement adds a point behind it; whoever adds a transaction, a story that makes it.
"""

import ast
from pathlib import Path

import pytest

from tests.crashes.conftest import Stages
from tests.crashes.passes import BORDERS, TABLES, Step, watched
from tests.crashes.stories import STORIES

USE_CASES = (
    *("leasing", "waiting", "dispatching", "offers", "reclaiming"),
    *("extending", "asks", "books", "clock_steps", "shapes", "closing"),
)
"""The modules of hub/ that write leases, ledger or tickets and nothing else."""


@pytest.mark.parametrize("story", STORIES)
def test_every_write_has_a_point_of_its_own_behind_it(story: str, stages: Stages) -> None:
    steps = steps_of(stages, story)
    bare = [
        write
        for write, then in zip(steps, [*steps[1:], ("end", "")], strict=True)
        if write[0] == "write" and (then[0] != "point" or then[1] in BORDERS)
    ]
    assert ("point", "write.after-commit") in steps
    assert bare == []


def test_every_transaction_of_leases_ledger_and_tickets_is_made_by_a_story(
    stages: Stages, repository: Path
) -> None:
    steps = {step for story in STORIES for step in steps_of(stages, story)}
    made = {name for kind, name in steps if kind == "by"}
    assert {t for module in USE_CASES for t in transactions_in(repository, module)} - made == set()
    assert {name.split()[-1] for kind, name in steps if kind == "write"} == TABLES


def steps_of(stages: Stages, story: str) -> list[Step]:
    """Play a story to its end, watched."""
    with stages.scene("sqlite", story) as scene, watched(scene.house) as steps:
        STORIES[story].act(scene.house)
    return steps


def transactions_in(repository: Path, module: str) -> set[str]:
    """Name the functions of a module of hub/ that begin a write."""
    tree = ast.parse((repository / "hub" / f"{module}.py").read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {f"{module}.{f.name}" for f in functions if "database.write()" in ast.unparse(f)}
