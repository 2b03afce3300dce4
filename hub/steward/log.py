"""How the steward's log is written: a traceback names lines of code, never what they held.

The password of our database and the unit's own secrets are among what they hold.
"""

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback


def ensure_plain() -> None:
    """Write tracebacks as Python does, without the values of local variables."""
    before = structlog.get_config()["processors"]
    kept = [each for each in before if not isinstance(each, ConsoleRenderer)]
    plain = ConsoleRenderer(exception_formatter=plain_traceback)
    structlog.configure(processors=[*kept, plain])
