"""What may go wrong between the platform and its GPUs; the rest of the house sees only these."""

from hub.errors import AllotmentError


class GpusUnknown(AllotmentError):
    """Nothing is known about the GPUs at this moment."""


class DriverUnavailable(GpusUnknown):
    """The NVIDIA driver did not answer."""


class LibraryMissing(DriverUnavailable):
    """libnvidia-ml.so.1 was not found: the NVIDIA driver is not installed or not visible here."""


class AgentUnreachable(GpusUnknown):
    """The agent did not answer, so nothing is known about this node's GPUs."""


class BadScenario(AllotmentError):
    """That is not a scenario of simulated GPUs."""


class BadInventory(AllotmentError):
    """That is not an inventory."""
