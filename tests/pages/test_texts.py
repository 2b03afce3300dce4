"""The catalogue has every text in both languages, and the pages use nothing else."""

import re
from string import Formatter

import pytest

from hub.pages.looks import FOLDER, TEMPLATES
from hub.pages.texts import LANGUAGES, Texts, load_catalogue
from hub.policy.leases import EndReason
from hub.policy.reasons import Reason
from hub.policy.sentences import SENTENCES

CATALOGUE = load_catalogue()
PYTHON = TEMPLATES.parent / "pages"
CHINESE = re.compile("[\u4e00-\u9fff]")
USED = re.compile(r"""\bt\(\s*["']([a-z_]+\.[a-z0-9_]+)["'](?!\s*~)""")
BUILT = {
    "frame": {"servers", "account", "tokens"},
    "home": {"running", "starting", "stopping", "stopped"},
    "error": {"400", "403", "404", "405", "429", "500", "503"},
    "tokens": {"hour", "day", "week", "month", "year"},
    "start": {
        *("wall_hard", "wall_firm", "wall_soft", "wall_alone", "wall_soft_means"),
        *("window_day", "window_week", "window_month", "window_year"),
    },
    "news": {f"ended_{reason}" for reason in EndReason if reason is not EndReason.RELEASE},
    "wait": {"ask", "granted", "gate", "create", "boot", "answer"},
}
"""Keys that templates put together from what they are told."""


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _sources() -> str:
    files = [*TEMPLATES.glob("*.html"), *PYTHON.glob("*.py")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_every_text_is_there_in_both_languages() -> None:
    assert [key for key, texts in CATALOGUE.items() if len(texts) != len(LANGUAGES)] == []
    worded = {key: texts for key, texts in CATALOGUE.items() if re.sub(r"{.*?}|\W", "", texts[0])}
    assert [key for key, (_, chinese) in worded.items() if not CHINESE.search(chinese)] == []
    for key, (english, _) in CATALOGUE.items():
        assert english.strip(), key
        assert not CHINESE.search(english), key


def test_both_languages_are_filled_in_with_the_same_values() -> None:
    for key, texts in CATALOGUE.items():
        english, chinese = (_fields(text) for text in texts)
        assert english == chinese or key == "wait.gate_at", key


def test_every_text_a_page_uses_is_in_the_catalogue() -> None:
    missing = {key for key in USED.findall(_sources()) if key not in CATALOGUE}
    built = {f"{page}.{name}" for page, names in BUILT.items() for name in names}
    assert missing | (built - CATALOGUE.keys()) == set()


def test_every_text_of_the_catalogue_is_used() -> None:
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js"))
    used = set(re.findall(r"[a-z_]+\.[a-z0-9_]+", _sources()))
    used |= {f"{page}.{name}" for page, names in BUILT.items() for name in names}
    used |= {
        f"{page}.{name}"
        for page in ("start", "wait")
        for name in re.findall(r"texts\.(\w+)", scripts)
    }
    used |= {key for key in CATALOGUE if key.startswith(("said.", "start.wall_", "wait.requested"))}
    assert CATALOGUE.keys() - used == set()


def test_no_template_speaks_for_itself() -> None:
    """What stands between tags comes from the catalogue: no word of a language is in a template."""
    for path in TEMPLATES.glob("*.html"):
        text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", path.read_text(encoding="utf-8"), flags=re.S)
        words = re.findall(r">([^<>]*[A-Za-z\u4e00-\u9fff]{2}[^<>]*)<", text)
        assert [word.strip() for word in words if word.strip(" ·\n") != "Allotment"] == [], (
            path.name
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_log_in_is_known(language: str) -> None:
    t = Texts(language)  # type: ignore[arg-type]  # LANGUAGES is of that type
    assert t.said("Invalid username or password") == t("said.wrong_password")
    assert t.said("A password has at least 12 characters.") == t("said.too_short", n=12)


def test_an_unknown_sentence_stays_as_it_is() -> None:
    assert Texts("zh").said("Something (new): {odd}") == "Something (new): {odd}"


def test_every_reason_can_be_said_on_a_page() -> None:
    assert all(len(texts) == 2 for texts in SENTENCES.values())
    assert Reason("gpu-quota", "none").code in {code for code, _ in SENTENCES}
