"""docs/settings.md and the settings there are: one page, no more and no less."""

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from hub.settings import Settings, parse

ROW = re.compile(r"^\| `([a-zA-Z_.]+)` \| ", re.MULTILINE)
EXAMPLE = re.compile(r"```toml\n(.*?)```", re.DOTALL)


def keys() -> Iterator[str]:
    for section in Settings.model_fields:
        model = getattr(Settings(), section)
        names = type(model).model_fields if isinstance(model, BaseModel) else ["NAME"]
        yield from (f"{section}.{name}" for name in names)


def page(repository: Path) -> str:
    return (repository / "docs" / "settings.md").read_text()


def test_every_setting_is_on_the_page_and_nothing_else(repository: Path) -> None:
    assert sorted(ROW.findall(page(repository))) == sorted(keys())


def test_the_example_on_the_page_is_valid(repository: Path) -> None:
    found = EXAMPLE.findall(page(repository))
    assert parse(found[0]).profiles["large"].gpus == (1, 2)


def test_the_defaults_on_the_page_are_the_defaults(repository: Path) -> None:
    rows = re.findall(r"^\| `(\w+)\.(\w+)` \| `([^`]+)` \|", page(repository), re.MULTILINE)
    checked = 0
    for section, name, default in rows:
        if name != "NAME":
            text = f"[{section}]\n{name} = {default}\n"
            assert getattr(getattr(parse(text), section), name) == getattr(
                getattr(Settings(), section), name
            )
            checked += 1
    assert checked >= 18
