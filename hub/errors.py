"""Every error that may leave a layer; the first line of a docstring is the default message."""


class AllotmentError(Exception):
    """Something went wrong in Allotment."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").split("\n", 1)[0])


class NotFound(AllotmentError):
    """There is nothing of that name."""


class AlreadyExists(AllotmentError):
    """That name is taken, and a name is never given twice."""


class Refused(AllotmentError):
    """That is not allowed."""


class BadValue(AllotmentError):
    """That value can't be used."""


class StateChanged(AllotmentError):
    """Somebody else changed this first; nothing was written."""


class EngineUnknown(AllotmentError):
    """The Docker Engine did not answer, so nothing is known about that container."""


class EngineRefused(AllotmentError):
    """The Docker Engine refused."""


class HubUnreachable(AllotmentError):
    """The hub did not answer."""
