"""What a refused or failed start is told with: the same reasons in whichever language."""

from typing import Any
from zoneinfo import ZoneInfo

from hub.pages.texts import Language
from hub.policy.outcomes import Denial, Wait
from hub.policy.wording import say_outcome


def sentences_of(exception: Any, language: Language, zone: ZoneInfo) -> list[str]:
    """Give the sentences of a refusal that carries its `outcome`; none of any other failure."""
    outcome = getattr(exception, "outcome", None)
    if not isinstance(outcome, Denial | Wait):
        return []
    return say_outcome(outcome, language, zone)


def is_wait(exception: Any) -> bool:
    """Say whether a refusal is a place in the waiting list."""
    return isinstance(getattr(exception, "outcome", None), Wait)
