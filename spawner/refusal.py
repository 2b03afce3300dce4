"""A denial or a place in the waiting list as JupyterHub tells it: the code, sentences, headers."""

from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from jupyterhub.spawner import SpawnException

from hub.policy.outcomes import Denial, Wait
from hub.policy.reasons import Reason
from hub.policy.wording import LANGUAGES, say_outcome

WAITING = "waiting"
SHORTEST_RETRY_S = 10
LONGEST_RETRY_S = 600


class SpawnRefused(SpawnException):
    """A start that policy, or the station's state, does not allow now: HTTP 400, or 429 to wait."""

    def __init__(self, outcome: Denial | Wait, zone: ZoneInfo, status: int = 400) -> None:
        self.outcome = outcome
        code = WAITING if isinstance(outcome, Wait) else outcome.reasons[0].code
        sentences = {language: say_outcome(outcome, language, zone) for language in LANGUAGES}
        message = f"{code}: {' '.join(sentences['en'])}"
        html = "".join(
            f'<div lang="{language}" class="refusal">{_paragraphs(lines)}</div>'
            for language, lines in sentences.items()
        )
        super().__init__(
            message, reason=code, log_message=message, message_html=html, status_code=status
        )
        self.jupyterhub_message = message
        self.jupyterhub_html_message = html
        self.sentences = sentences
        self.headers = {"Allotment-Reason": code}


def refuse(reason: Reason, zone: ZoneInfo) -> SpawnRefused:
    """Refuse for one reason."""
    return SpawnRefused(Denial((reason,)), zone)


def tell_to_wait(wait: Wait, tickets_url: str, now: datetime, zone: ZoneInfo) -> SpawnRefused:
    """Tell somebody their place; 429, since a client would poll a 202 for a server in vain."""
    told = SpawnRefused(wait, zone, status=429)
    told.headers |= {
        "Allotment-Ticket": str(wait.ticket_id),
        "Retry-After": str(_retry_after(wait, now)),
        "Link": f'<{tickets_url}/{wait.ticket_id}>; rel="related"',
    }
    return told


def _retry_after(wait: Wait, now: datetime) -> int:
    if wait.earliest is None:
        return LONGEST_RETRY_S
    left = int((wait.earliest - now).total_seconds())
    return min(max(left, SHORTEST_RETRY_S), LONGEST_RETRY_S)


def _paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)
