"""A reason kept in a column: JSON written by us, and read back as the same record."""

import json
from datetime import datetime

from hub.policy.reasons import Reason


def to_text(reason: Reason | None) -> str | None:
    """Give a reason as text."""
    if reason is None:
        return None
    fields = {
        "code": reason.code,
        "rule": reason.rule,
        "numbers": dict(reason.numbers),
        "who": reason.who,
        "soonest": reason.soonest.isoformat() if reason.soonest else None,
    }
    return json.dumps(fields, ensure_ascii=False)


def from_text(text: str | None) -> Reason | None:
    """Give the reason back."""
    if text is None:
        return None
    fields = json.loads(text)
    soonest = fields.pop("soonest")
    return Reason(**fields, soonest=datetime.fromisoformat(soonest) if soonest else None)
