"""Xid errors: which ones mean that a GPU is broken, and hearing of them through NVML's events.

An Xid is the driver's word for an error on a GPU. Most are a program's own fault and end with
that program; taking the GPU away for those would let one faulty notebook stop everybody's work.
FATAL lists those for which NVIDIA's Xid catalog (docs.nvidia.com/deploy/xid-errors, "Analyzing
Xid Errors with the Xid Catalog", read October 2025) gives as immediate action RESET_GPU,
RESTART_BM or CHECK_MECHANICALS, with two exceptions:

- 48 (double bit ECC error) has a work flow of its own there; it ends with a reset, so it is in;
- 109 (context switch timeout) is out: a person's own kernel can bring it about, and NVIDIA's
  Kubernetes device plugin ignores it too. Where the card does need a reset afterwards, the
  driver says so by its recovery action, which every reading looks at.

Not fatal by the same catalog, and named because they are common: 13, 31, 43, 45, 63, 68, 94.
"""

import ctypes
from contextlib import suppress
from typing import Any

import pynvml

FATAL = {
    46: "GPU stopped processing",
    48: "double bit ECC error",
    54: "auxiliary power is not connected",
    62: "internal micro-controller halt",
    64: "memory remapping failed",
    79: "GPU has fallen off the bus",
    95: "uncontained memory error",
    110: "security fault",
    119: "GPU system processor timed out",
    120: "GPU system processor error",
    136: "link training failed",
    140: "unrecovered ECC error",
    143: "GPU initialization failed",
    155: "NVLink error",
    156: "resource retirement",
    158: "GPU fatal timeout",
}
NO_INSTANCE = 0xFFFFFFFF
MOST_AT_ONCE = 256


class XidWatch:
    """Hears Xids of the cards it was given and keeps the fatal ones while this process lives.

    A fault on one MIG instance stays with that instance; one that names none is the card's.
    """

    def __init__(self) -> None:
        self._events: Any = None
        self._cards: dict[int, str] = {}
        self._faults: dict[tuple[str, int], str] = {}

    def watch(self, handle: Any, uuid: str) -> None:
        """Ask for the Xids of one physical card; do nothing where the driver has no events."""
        if _address(handle) in self._cards:
            return
        try:
            if self._events is None:
                self._events = pynvml.nvmlEventSetCreate()
            pynvml.nvmlDeviceRegisterEvents(
                handle, pynvml.nvmlEventTypeXidCriticalError, self._events
            )
        except pynvml.NVMLError:
            return
        self._cards[_address(handle)] = uuid

    def drain(self) -> None:
        """Take in all events that are waiting, without waiting for one."""
        for _ in range(MOST_AT_ONCE if self._events is not None else 0):
            try:
                event = pynvml.nvmlEventSetWait_v2(self._events, 0)
            except pynvml.NVMLError:
                return
            self._note(event)

    def fault_of(self, card_uuid: str, instance: int | None = None) -> str | None:
        """Say why this card, or this MIG instance of it, may not be used; None when it may."""
        of_card = self._faults.get((card_uuid, NO_INSTANCE))
        of_instance = None if instance is None else self._faults.get((card_uuid, instance))
        return of_card or of_instance

    def forget_handles(self) -> None:
        """Let go of the events before NVML is shut down; faults that were heard stay."""
        if self._events is not None:
            with suppress(pynvml.NVMLError):
                pynvml.nvmlEventSetFree(self._events)
        self._events = None
        self._cards.clear()

    def _note(self, event: Any) -> None:
        uuid = self._cards.get(_address(event.device))
        xid = int(event.eventData)
        if uuid is None or event.eventType != pynvml.nvmlEventTypeXidCriticalError:
            return
        if xid in FATAL:
            self._faults[uuid, int(event.gpuInstanceId)] = f"Xid {xid}: {FATAL[xid]}"


def _address(handle: Any) -> int:
    return ctypes.cast(handle, ctypes.c_void_p).value or 0
