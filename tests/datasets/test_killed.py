"""A command that is killed at any moment leaves nothing half done."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.dataset_copy import Report
from hub.dataset_intake import NewDataset, add
from hub.dataset_verify import verify
from hub.datasets import load_all, load_mounts, remove
from hub.errors import NotFound, Refused
from hub.house import House
from hub.policy.people import Person
from tests.datasets.conftest import NOON, open_house_at

ANN = Person(id=1, name="ann", uid=201001)


def kill_at(stage: str, calls: int = 1) -> Report:
    """Give a report that kills its own process the way a power cut would."""
    seen = 0

    def report(at: str, done: int, total: int) -> None:
        nonlocal seen
        seen += at == stage
        if at == stage and seen == calls:
            os.kill(os.getpid(), signal.SIGKILL)

    return report


def run_killed(home: Path, command: Callable[[House], object]) -> None:
    """Run a command in a process of its own, and see it killed."""
    child = os.fork()
    if child == 0:
        command(open_house_at(home))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


def leaves(source: Path) -> NewDataset:
    """Ask for leaves 1, for everyone."""
    return NewDataset("leaves", "1", source, readers=("everyone",))


STAGES = [("checking", 1), ("copying", 1), ("copying", 4), ("placing", 1), ("registering", 1)]


@pytest.mark.parametrize(("stage", "calls"), STAGES)
def test_a_killed_copy_is_never_seen(
    house: House, home: Path, source: Path, stage: str, calls: int
) -> None:
    run_killed(home, lambda h: add(h, leaves(source), "root", NOON, kill_at(stage, calls)))
    assert load_all(house) == []
    assert load_mounts(house, ANN) == []


@pytest.mark.parametrize(("stage", "calls"), STAGES)
def test_a_killed_copy_can_be_begun_again(
    house: House, home: Path, source: Path, stage: str, calls: int
) -> None:
    run_killed(home, lambda h: add(h, leaves(source), "root", NOON, kill_at(stage, calls)))
    add(house, leaves(source), "root", NOON)
    assert [verdict.ok for verdict in verify(house, load_all(house))] == [True]
    assert {p.name for p in (home / "datasets").iterdir()} == {".lock", "leaves"}


def test_a_killed_copy_is_cleared_by_the_next_command(
    house: House, home: Path, source: Path
) -> None:
    run_killed(home, lambda h: add(h, leaves(source), "root", NOON, kill_at("registering")))
    with pytest.raises(NotFound):
        remove(house, "another", "1", "root", NOON)
    assert {p.name for p in (home / "datasets").iterdir()} == {".lock"}


def test_a_registered_copy_outlives_the_kill(house: House, home: Path, source: Path) -> None:
    run_killed(home, lambda h: add(h, leaves(source), "root", NOON, kill_at("registered")))
    with pytest.raises(NotFound):
        remove(house, "another", "1", "root", NOON)
    assert [verdict.ok for verdict in verify(house, load_all(house))] == [True]


def test_a_killed_removal_is_finished(house: House, home: Path, source: Path) -> None:
    add(house, leaves(source), "root", NOON)
    run_killed(home, lambda h: remove(h, "leaves", "1", "root", NOON, kill_at("deleting")))
    assert load_all(house) == []
    add(house, leaves(source), "root", NOON)
    assert [verdict.ok for verdict in verify(house, load_all(house))] == [True]


def swap_at_last_file(source: Path, swap: Callable[[], object]) -> Report:
    """Give a report that changes the source when its last file is about to be copied."""
    last = sum(1 for path in source.rglob("*") if path.is_file())
    seen = 0

    def report(stage: str, done: int, total: int) -> None:
        nonlocal seen
        seen += stage == "copying"
        if stage == "copying" and seen == last:
            swap()

    return report


def test_a_file_that_changes_while_it_is_copied_is_refused(
    house: House, home: Path, source: Path
) -> None:
    report = swap_at_last_file(source, lambda: (source / "svm.txt").write_bytes(b"other"))
    with pytest.raises(Refused, match=r"svm\.txt changed while it was copied"):
        add(house, leaves(source), "root", NOON, report)
    assert {p.name for p in (home / "datasets").iterdir()} == {".lock"}


def test_a_file_exchanged_for_a_link_in_the_last_moment_is_refused(
    house: House, home: Path, source: Path
) -> None:
    def swap() -> None:
        (source / "svm.txt").rename(source.parent / "aside.txt")
        (source / "svm.txt").symlink_to("/etc/passwd")

    with pytest.raises(Refused, match=r"svm\.txt changed while it was copied"):
        add(house, leaves(source), "root", NOON, swap_at_last_file(source, swap))
    assert load_all(house) == []


def test_a_file_that_became_a_link_before_its_turn_is_refused(
    house: House, home: Path, source: Path
) -> None:
    def swap(stage: str, done: int, total: int) -> None:
        if stage == "copying" and not (source / "svm.txt").is_symlink():
            (source / "svm.txt").unlink()
            (source / "svm.txt").symlink_to("/etc/passwd")

    with pytest.raises(Refused, match=r"svm\.txt is a symbolic link"):
        add(house, leaves(source), "root", NOON, swap)
    assert {p.name for p in (home / "datasets").iterdir()} == {".lock"}


def test_a_full_disk_in_the_middle_is_undone(house: House, home: Path, source: Path) -> None:
    def fill(stage: str, done: int, total: int) -> None:
        if done:
            raise OSError(28, "No space left on device", str(home / "datasets"))

    with pytest.raises(Refused, match="No space left on device; nothing was kept"):
        add(house, leaves(source), "root", NOON, fill)
    assert {p.name for p in (home / "datasets").iterdir()} == {".lock"}


def test_two_commands_at_once_do_not_mix(house: House, home: Path, source: Path) -> None:
    def intrude(stage: str, done: int, total: int) -> None:
        if stage == "placing":
            with pytest.raises(Refused, match="another command"):
                add(open_house_at(home), leaves(source), "root", NOON)

    add(house, leaves(source), "root", NOON, intrude)
    assert len(load_all(house)) == 1
