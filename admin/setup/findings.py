"""What doctor finds, in the shape of the command contract; a passed check is a finding as well."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One check: `message` says what was found, `remedy` what to do; None when it is well."""

    code: str
    ok: bool
    severity: Severity
    message: str
    remedy: str | None = None


def judge(
    code: str, ok: bool, message: str, remedy: str, *, severity: Severity = "error"
) -> Finding:
    """Give a finding whose severity and remedy count only when it is not well."""
    if ok:
        return Finding(code, True, "info", message)
    return Finding(code, False, severity, message, remedy)
