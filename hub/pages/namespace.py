"""What every template may use: texts, language, the station's name and time, addresses."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from hub import clock
from hub.house import House
from hub.pages import looks
from hub.pages.decisions import load_decisions
from hub.pages.news import load_news
from hub.pages.places import load_places
from hub.pages.refusals import is_wait, sentences_of
from hub.pages.servers import load_servers
from hub.pages.texts import LANGUAGES, NAMES, TAGS, Language, Texts
from hub.pages.times import say_moment
from hub.policy.wording import say_time


def build_namespace(house: House, handler: Any, language: Language, here: str) -> dict[str, Any]:
    """Build the names that our templates use besides JupyterHub's own."""
    base_url = handler.hub.base_url
    return {
        "t": Texts(language),
        "language": language,
        "html_lang": TAGS[language],
        "switch": _switch(base_url, language, here),
        "here": here,
        "station_name": house.settings.station.name,
        "zone": house.zone.key,
        "station_time": say_time(clock.now(), house.zone),
        "version": house.station.version,
        "look": partial(looks.address, base_url),
        "moment": partial(say_moment, zone=house.zone),
        "sentences_of": partial(sentences_of, language=language, zone=house.zone),
        "is_wait": is_wait,
        "load_servers": _server_loader(house, handler, language),
        "load_places": _loader(load_places, house, language),
        "load_decisions": _loader(load_decisions, house, language),
        "load_news": _loader(load_news, house, language),
    }


def _switch(base_url: str, language: Language, here: str) -> list[dict[str, Any]]:
    """Build the links of the language switch; each leads back to where one is."""
    return [
        {
            "name": NAMES[code],
            "tag": TAGS[code],
            "current": code == language,
            "url": f"{base_url}language/{code}?{urlencode({'next': here})}",
        }
        for code in LANGUAGES
    ]


def _server_loader(house: House, handler: Any, language: Language) -> Callable[[Any], Any]:
    async def load(user: Any) -> Any:
        """Load what the page of a person's servers shows; only for templates that may wait."""
        return await load_servers(house, user, language)

    return load


def _loader(load: Callable[..., Any], house: House, language: Language) -> Callable[[Any], Any]:
    async def load_for(user: Any) -> Any:
        """Load what concerns one person; only for templates that may wait."""
        return await load(house, user.name, language)

    return load_for
