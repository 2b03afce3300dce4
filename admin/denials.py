"""How a command says that policy refused: every reason in words, and what would pass now."""

from typing import NoReturn

from admin import output
from hub import shapes
from hub.house import House
from hub.policy.outcomes import Denial
from hub.policy.wording import say
from hub.units import hours_of, share_text


def refuse_longer(house: House, denial: Denial, as_json: bool, more: str = "") -> NoReturn:
    """End with status 1: why a lease may not run so much longer, and how much would pass now."""
    told = [say(reason, "en", house.zone) for reason in denial.reasons]
    if denial.would_fit is not None:
        hours = share_text(hours_of(denial.would_fit.duration))
        told.append(f"{hours} h more would pass now.")
    reasons = [shapes.reason(reason, house.zone) for reason in denial.reasons]
    code = denial.reasons[0].code if denial.reasons else "refused"
    output.refuse(as_json, code, " ".join([*told, more]).strip(), reasons)
