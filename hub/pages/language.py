"""Which language a person reads, and every hub page given its texts in it."""

from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from hub.house import House
from hub.pages.namespace import build_namespace
from hub.pages.texts import LANGUAGES, Language

COOKIE = "allotment_lang"
LONGEST_HEADER = 400
TRANSIENT = ("_xsrf", "redirects", "lang")
"""What must not come along when an address is visited again."""

_handler: ContextVar[Any] = ContextVar("allotment_handler", default=None)


def choose_language(cookie: str | None, accept_language: str | None) -> Language:
    """Take the cookie's choice, else the browser's first that we speak, else English."""
    for language in LANGUAGES:
        if cookie == language:
            return language
    for tag in _by_preference(accept_language or ""):
        for language in LANGUAGES:
            if tag.split("-")[0] == language:
                return language
    return "en"


def _by_preference(header: str) -> list[str]:
    """List the tags of an Accept-Language header, most wanted first, without malformed ones."""
    found: list[tuple[float, str]] = []
    for part in header[:LONGEST_HEADER].lower().split(","):
        tag, _, parameter = part.strip().partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            quality = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        if tag.strip() and 0 < quality <= 1:
            found.append((-quality, tag.strip()))
    return [tag for _, tag in sorted(found, key=lambda entry: entry[0])]


def language_of(handler: Any) -> Language:
    """Give the language of a request."""
    return choose_language(
        handler.get_cookie(COOKIE), handler.request.headers.get("Accept-Language")
    )


def current_handler() -> Any | None:
    """Give the handler of the request we are in; None outside of requests."""
    return _handler.get()


def address_of(handler: Any) -> str:
    """Give the path of a request to come back to, without what belongs to that one request."""
    parts = urlsplit(handler.request.uri)
    kept = [
        pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in TRANSIENT
    ]
    return str(parts._replace(query=urlencode(kept)).geturl())


def install(base_handler_class: type, house: House) -> None:
    """Give every page of JupyterHub its language, its texts and the station's facts.

    Overrides `prepare` and `template_namespace` of JupyterHub's BaseHandler, as its own
    `template_vars` know only the person, not the request. Call it once, before the hub starts.
    """
    stock: Any = base_handler_class
    stock_prepare, stock_namespace = stock.prepare, stock.template_namespace.fget

    async def prepare(self: Any) -> None:
        _handler.set(self)
        await stock_prepare(self)

    def template_namespace(self: Any) -> dict[str, Any]:
        own = build_namespace(house, self, language_of(self), address_of(self))
        return {**stock_namespace(self), **own}

    stock.prepare = prepare
    stock.template_namespace = property(template_namespace)
    stock.house = house
