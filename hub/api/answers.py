"""How the API answers: our errors and outcomes as status, headers and one JSON document."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from tornado import web

from hub.api.bodies import BadBody
from hub.errors import (
    AllotmentError,
    AlreadyExists,
    BadValue,
    EngineUnknown,
    HubUnreachable,
    NotFound,
    StateChanged,
)
from hub.policy.outcomes import Denial
from hub.policy.reasons import YOU, Reason
from hub.policy.wording import say, say_would_fit

NAMES = {400: "request", 403: "forbidden", 404: "not-found", 405: "method", 429: "waiting"}


class Refusal(web.HTTPError):
    """An answer that is no yes; `message` is in the language of whoever asked."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        reasons: tuple[Reason, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status)
        self.code = code
        self.message = message
        self.reasons = reasons
        self.headers = dict(headers or {})


def refuse_reasons(denial: Denial, language: str, zone: ZoneInfo) -> Refusal:
    """Answer a denial: 400, and the first reason's code in a header of its own."""
    sentences = [say(found, language, zone) for found in denial.reasons]
    if denial.would_fit is not None:
        sentences.append(say_would_fit(denial.would_fit, language))
    code = denial.reasons[0].code
    joined = "".join(sentences) if language == "zh" else " ".join(sentences)
    return Refusal(400, code, joined, denial.reasons, {"Allotment-Reason": code})


def refuse_error(error: AllotmentError, language: str, zone: ZoneInfo) -> Refusal:
    """Answer an error of ours."""
    key = getattr(error, "key", None)
    if isinstance(error, BadBody) or (isinstance(error, BadValue) and key is not None):
        numbers = {"key": str(key), "problem": str(getattr(error, "problem", error))}
        return refuse_reasons(
            Denial((Reason("request", "malformed", numbers, YOU),)), language, zone
        )
    status = _status(error)
    headers = {"Allotment-Reason": "request"} if status == 400 else {}
    return Refusal(status, _code(error), str(error), headers=headers)


def _status(error: AllotmentError) -> int:
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, StateChanged | AlreadyExists):
        return 409
    if isinstance(error, EngineUnknown | HubUnreachable):
        return 503
    return 400


def _code(error: AllotmentError) -> str:
    name = type(error).__name__
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


def describe(exception: Any, status: int) -> tuple[str, str, tuple[Reason, ...]]:
    """Give code, message and reasons of whatever ended a request."""
    if isinstance(exception, Refusal):
        return exception.code, exception.message, exception.reasons
    code = NAMES.get(status, "internal" if status >= 500 else "refused")
    message = getattr(exception, "log_message", None) if status < 500 else None
    return code, message or getattr(exception, "reason", None) or code, ()
