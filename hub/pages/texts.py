"""The one catalogue of the pages' texts, in every language; it has no text of its own."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

CATALOGUE = Path(__file__).parents[1] / "locale" / "pages.toml"

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
NAMES: dict[Language, str] = {"en": "English", "zh": "简体中文"}
TAGS: dict[Language, str] = {"en": "en", "zh": "zh-Hans"}
"""What HTML's `lang` calls each language."""


@cache
def load_catalogue() -> dict[str, tuple[str, ...]]:
    """Load every text by its key, such as `login.title`, once a process."""
    tables = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {
        f"{page}.{name}": tuple(texts)
        for page, entries in tables.items()
        for name, texts in entries.items()
    }


class Texts:
    """The texts of one language; called by the templates as `t("login.title")`."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._index = LANGUAGES.index(language)

    def __call__(self, key: str, /, **values: object) -> str:
        """Give the text of a key with its values filled in; raises KeyError for an unknown key."""
        return load_catalogue()[key][self._index].format(**values)

    def has(self, key: str) -> bool:
        """Say whether there is a text of that key."""
        return key in load_catalogue()

    def raw(self, page: str) -> dict[str, str]:
        """Give a page's texts by short name, not filled in, for its script."""
        start = f"{page}."
        return {
            key.removeprefix(start): texts[self._index]
            for key, texts in load_catalogue().items()
            if key.startswith(start)
        }

    def said(self, sentence: str | None) -> str:
        """Translate a sentence that the hub says in English; an unknown one stays as it is."""
        for pattern, key in _said():
            found = pattern.fullmatch(sentence or "")
            if found:
                return self(key, **found.groupdict())
        return sentence or ""


@cache
def _said() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(texts[0]))), key)
        for key, texts in load_catalogue().items()
        if key.startswith("said.")
    )
