"""A denial as JupyterHub tells it: HTTP 400, the code in front, sentences in both languages."""

from html import escape
from zoneinfo import ZoneInfo

from jupyterhub.spawner import SpawnException

from hub.policy.outcomes import Denial
from hub.policy.reasons import Reason
from hub.policy.wording import LANGUAGES, say, say_would_fit


class SpawnRefused(SpawnException):
    """A start that policy, or the station's state, does not allow."""

    def __init__(self, denial: Denial, zone: ZoneInfo) -> None:
        self.denial = denial
        first = denial.reasons[0]
        sentences = {language: _sentences(denial, language, zone) for language in LANGUAGES}
        message = f"{first.code}: {' '.join(sentences['en'])}"
        html = "".join(
            f'<div lang="{language}" class="refusal">{_paragraphs(lines)}</div>'
            for language, lines in sentences.items()
        )
        super().__init__(
            message, reason=first.code, log_message=message, message_html=html, status_code=400
        )
        self.jupyterhub_message = message
        self.jupyterhub_html_message = html
        self.sentences = sentences
        self.headers = {"Allotment-Reason": first.code}


def refuse(reason: Reason, zone: ZoneInfo) -> SpawnRefused:
    """Refuse for one reason."""
    return SpawnRefused(Denial((reason,)), zone)


def _sentences(denial: Denial, language: str, zone: ZoneInfo) -> list[str]:
    lines = [say(reason, language, zone) for reason in denial.reasons]
    if denial.would_fit is not None:
        lines.append(say_would_fit(denial.would_fit, language))
    return lines


def _paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)
