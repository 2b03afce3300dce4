"""The one error of set-up: a line that says what is wrong and what to do."""

from hub.errors import AllotmentError


class SetupFailed(AllotmentError):
    """The station could not be set up."""
