"""The options of `up`, kept in allotment.toml; its comments and order survive."""

from dataclasses import dataclass
from pathlib import Path

import tomlkit

from admin.setup.folders import replace_file
from hub.settings import APPLIED_NAME, SETTINGS_NAME, Settings, load, parse

NEW_FILE = """\
# The settings of this station. What is left out has its default; ./allotment up checks and applies.
"""


@dataclass(frozen=True)
class Wishes:
    """What somebody asked of `up`; None leaves a setting as it was."""

    simulate_gpus: int | None = None
    https_port: int | None = None

    def as_settings(self) -> dict[tuple[str, str], int]:
        """Give the wishes as settings by section and key."""
        wanted = {
            ("gpus", "simulate"): self.simulate_gpus,
            ("proxy", "https_port"): self.https_port,
        }
        return {place: value for place, value in wanted.items() if value is not None}


@dataclass(frozen=True)
class Checked:
    """Settings that hold, with the text they stand in."""

    text: str
    settings: Settings


def check(home: Path, wishes: Wishes) -> Checked:
    """Give the settings as they would be with the wishes; writes nothing. Raises SettingsError."""
    path = home / SETTINGS_NAME
    current = load(path)
    text = path.read_text(encoding="utf-8") if path.is_file() else NEW_FILE
    document = tomlkit.parse(text)
    for (section, key), value in wishes.as_settings().items():
        if getattr(getattr(current, section), key) != value:
            document.setdefault(section, tomlkit.table())[key] = value
    text = tomlkit.dumps(document)
    return Checked(text, parse(text, SETTINGS_NAME))


def keep(home: Path, checked: Checked) -> None:
    """Write allotment.toml with the wishes in it."""
    replace_file(home / SETTINGS_NAME, checked.text, mode=_mode_of(home / SETTINGS_NAME))


def apply(home: Path, checked: Checked, gid: int) -> None:
    """Write the checked copy, the only one that units read; it may hold a database's password."""
    replace_file(home / "state" / APPLIED_NAME, checked.text, mode=0o640, gid=gid)


def _mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777 if path.exists() else 0o640
