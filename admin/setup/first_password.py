"""The administrator's first password, kept from its making until an `up` has shown it, once."""

from pathlib import Path

from admin.setup.folders import replace_file

CLOSED = 0o600


def _file_of(home: Path) -> Path:
    return home / "state" / "secrets" / "first_password"


def keep(home: Path, password: str) -> None:
    """Keep it in case this `up` does not come to its end."""
    replace_file(_file_of(home), password + "\n", mode=CLOSED)


def load(home: Path) -> str | None:
    """Give it while nobody was shown it."""
    path = _file_of(home)
    return path.read_text().strip() if path.is_file() else None


def forget(home: Path) -> None:
    """Remove it, once it was shown."""
    _file_of(home).unlink(missing_ok=True)
