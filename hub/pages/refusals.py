"""What a refused or failed start is told with: the same reasons in whichever language."""

from typing import Any
from zoneinfo import ZoneInfo

from hub.pages.texts import Language
from hub.policy.outcomes import Denial
from hub.policy.wording import say, say_would_fit


def sentences_of(exception: Any, language: Language, zone: ZoneInfo) -> list[str]:
    """Give the sentences of a refusal that carries its `denial`; none of any other failure."""
    denial = getattr(exception, "denial", None)
    if not isinstance(denial, Denial):
        return []
    sentences = [say(reason, language, zone) for reason in denial.reasons]
    if denial.would_fit is not None:
        sentences.append(say_would_fit(denial.would_fit, language))
    return sentences
