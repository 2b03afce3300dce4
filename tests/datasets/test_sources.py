"""Where a dataset may come from, and what may be in it."""

import ctypes
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.dataset_intake import NewDataset, add
from hub.datasets import load_all
from hub.errors import NotFound, Refused
from hub.house import House
from hub.settings import Settings, StorageSection
from tests.datasets.conftest import NOON, make_tree, open_house_at

MS_BIND = 4096


def take(house: House, source: Path) -> None:
    """Take leaves 1 in."""
    add(house, NewDataset("leaves", "1", source), "root", NOON)


def check_refused(house: House, source: Path, *words: str) -> None:
    """Expect a refusal on one line with these words, and nothing kept."""
    with pytest.raises(Refused) as refusal:
        take(house, source)
    message = str(refusal.value)
    assert "\n" not in message
    for word in words:
        assert word in message
    assert load_all(house) == []
    left = {path.name for path in (house.station.home / "datasets").iterdir()}
    assert left <= {".lock"}


def test_a_folder_outside_is_refused_by_name(house: House, tmp_path: Path) -> None:
    outside = make_tree(tmp_path / "elsewhere")
    check_refused(house, outside, str(outside), "not a folder below", "incoming")


def test_dots_do_not_lead_outside(house: House, home: Path, tmp_path: Path) -> None:
    make_tree(tmp_path / "elsewhere")
    way = home / "incoming" / ".." / ".." / "elsewhere"
    check_refused(house, way, str(way), str(tmp_path / "elsewhere"))


def test_a_link_does_not_lead_outside(house: House, home: Path, tmp_path: Path) -> None:
    make_tree(tmp_path / "elsewhere")
    (home / "incoming" / "door").symlink_to(tmp_path / "elsewhere")
    check_refused(house, home / "incoming" / "door", "door", str(tmp_path / "elsewhere"))


def test_a_link_on_the_way_does_not_lead_outside(house: House, home: Path, tmp_path: Path) -> None:
    make_tree(tmp_path / "elsewhere" / "leaves")
    (home / "incoming" / "door").symlink_to(tmp_path / "elsewhere")
    check_refused(house, home / "incoming" / "door" / "leaves", "elsewhere/leaves")


def test_a_link_to_an_allowed_folder_is_refused_too(house: House, source: Path) -> None:
    (source.parent / "alias").symlink_to(source)
    check_refused(house, source.parent / "alias", "alias is a symbolic link")


def test_a_neighbour_with_the_same_beginning_is_outside(house: House, home: Path) -> None:
    check_refused(house, make_tree(home / "incoming-too"), "incoming-too")


def test_incoming_itself_is_no_dataset(house: House, source: Path) -> None:
    check_refused(house, source.parent, "not a folder below")


def test_a_root_of_the_settings_is_allowed(home: Path, house: House, tmp_path: Path) -> None:
    outside = make_tree(tmp_path / "disk" / "leaves")
    storage = StorageSection(dataset_roots=(str(tmp_path / "disk"),))
    take(open_house_at(home, Settings(storage=storage)), outside)
    assert [d.name for d in load_all(house)] == ["leaves"]


def test_a_root_can_be_taken_whole(home: Path, house: House, tmp_path: Path) -> None:
    outside = make_tree(tmp_path / "disk" / "leaves")
    storage = StorageSection(dataset_roots=(str(outside),))
    take(open_house_at(home, Settings(storage=storage)), outside)
    assert [d.name for d in load_all(house)] == ["leaves"]


@pytest.mark.parametrize("inside", [".", "..", "datasets", "state", "homes/ann"])
def test_no_root_opens_the_station_s_own_folders(
    house: House, home: Path, tmp_path: Path, inside: str
) -> None:
    make_tree(home / "homes" / "ann")
    open_wide = Settings(storage=StorageSection(dataset_roots=("/",)))
    with pytest.raises(Refused, match="not a folder below"):
        take(open_house_at(home, open_wide), home / inside)


def test_a_folder_that_is_not_there_is_named(house: House, home: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        take(house, home / "incoming" / "nowhere")


def test_a_single_file_is_refused(house: House, source: Path) -> None:
    check_refused(house, source / "svm.txt", "svm.txt is not a folder")


def make_hard_link(path: Path) -> None:
    """Give one file two names, one of them outside."""
    outside = path.parent.parent.parent / "shadow"
    outside.write_text("secret")
    os.link(outside, path)


STRANGERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "link": (lambda path: path.symlink_to("/etc/shadow"), "symbolic link"),
    "link to a folder": (lambda path: path.symlink_to("/etc"), "symbolic link"),
    "link to nothing": (lambda path: path.symlink_to("nothing"), "symbolic link"),
    "hard link": (make_hard_link, "hard link"),
    "pipe": (os.mkfifo, "named pipe"),
    "character device": (lambda path: os.mknod(path, 0o020666, os.makedev(1, 5)), "device"),
    "block device": (lambda path: os.mknod(path, 0o060666, os.makedev(7, 0)), "device"),
    "socket": (lambda path: os.mknod(path, 0o140666), "socket"),
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_what_is_no_plain_file_is_refused_by_name(house: House, source: Path, kind: str) -> None:
    make, word = STRANGERS[kind]
    make(source / "Tomato___Late_blight" / "stranger")
    check_refused(house, source, "Tomato___Late_blight/stranger is", word)


def test_bytes_that_are_no_utf8_are_refused_by_name(house: House, source: Path) -> None:
    Path(os.fsdecode(os.fsencode(source) + b"/leaf \xe9.jpg")).write_bytes(b"x")
    check_refused(house, source, r"leaf \xe9.jpg is named in bytes that are no UTF-8")


def test_a_line_break_in_a_name_stays_on_one_line(house: House, source: Path) -> None:
    (source / "two\nlines").symlink_to("/etc/passwd")
    check_refused(house, source, r"two\nlines")


def test_several_strangers_are_counted(house: House, source: Path) -> None:
    for number in range(5):
        (source / f"link {number}").symlink_to("/etc/passwd")
    check_refused(house, source, "link 0 is", "link 2 is", "and 2 more")


def test_a_folder_too_deep_is_refused(house: House, source: Path) -> None:
    make_tree(source / "/".join(["d"] * 70), {"leaf.jpg": b"x"})
    check_refused(house, source, "folders deep")


@pytest.fixture
def mounted(source: Path) -> Iterator[Path]:
    """Mount another file system in the middle of the source."""
    libc = ctypes.CDLL(None, use_errno=True)
    place = source / "Tomato___Late_blight" / "disk"
    place.mkdir()
    assert libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, b"size=64k") == 0
    (place / "leaf.jpg").write_bytes(b"x")
    yield place
    assert libc.umount2(os.fsencode(place), 0) == 0


@pytest.mark.engine
@pytest.mark.usefixtures("mounted")
def test_another_file_system_inside_is_refused_by_name(house: House, source: Path) -> None:
    check_refused(house, source, "Tomato___Late_blight/disk is on another file system")


@pytest.fixture
def bound(source: Path, tmp_path: Path) -> Iterator[Path]:
    """Show a folder of the same file system a second time, in the middle of the source."""
    libc = ctypes.CDLL(None, use_errno=True)
    place = source / "bound"
    place.mkdir()
    secrets = make_tree(tmp_path / "secrets", {"key": b"x"})
    assert libc.mount(os.fsencode(secrets), os.fsencode(place), None, MS_BIND, None) == 0
    yield place
    assert libc.umount2(os.fsencode(place), 0) == 0


@pytest.mark.engine
@pytest.mark.usefixtures("bound")
def test_a_folder_bound_into_the_source_is_refused_by_name(house: House, source: Path) -> None:
    check_refused(house, source, "bound is on another file system")
