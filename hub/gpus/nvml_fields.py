"""One field of one GPU at a time: a field that is not told, a broken card, or no driver at all."""

from collections.abc import Callable
from typing import Any, TypeVar

import pynvml

from hub.gpus.errors import DriverUnavailable, LibraryMissing

Value = TypeVar("Value")
Default = TypeVar("Default")

NOT_TOLD = (
    pynvml.NVML_ERROR_NOT_SUPPORTED,
    pynvml.NVML_ERROR_NO_PERMISSION,
    pynvml.NVML_ERROR_FUNCTION_NOT_FOUND,
    pynvml.NVML_ERROR_ARGUMENT_VERSION_MISMATCH,
    pynvml.NVML_ERROR_DEPRECATED,
)
DRIVER_GONE = (
    pynvml.NVML_ERROR_UNINITIALIZED,
    pynvml.NVML_ERROR_DRIVER_NOT_LOADED,
    pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH,
)
LOST = (pynvml.NVML_ERROR_GPU_IS_LOST, pynvml.NVML_ERROR_GPU_NOT_FOUND)


class Fields:
    """Reads the fields of one GPU and keeps what went wrong; it never lets a card's error out."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.lost = False

    def get(
        self, what: str, default: Default, read: Callable[..., Value], *arguments: Any
    ) -> Value | Default:
        """Read one field by calling `read`; give the default where it is not told or broken.

        What is broken is noted in `faults`. Raises DriverUnavailable when it is the
        driver that is gone and not this card.
        """
        try:
            return read(*arguments)
        except pynvml.NVMLError as error:
            self._judge(what, error)
            return default
        except pynvml.NVMLLibraryMismatchError:
            return default
        except UnicodeDecodeError:
            self.fault(f"{what}: not readable")
            return default

    def fault(self, what: str) -> None:
        """Note a fault that was found in another way than by an error."""
        if what not in self.faults:
            self.faults.append(what)

    def _judge(self, what: str, error: pynvml.NVMLError) -> None:
        if error.value in DRIVER_GONE:
            raise build_error(error) from error
        if error.value in LOST:
            self.lost = True
            self.fault(str(error))
        elif error.value not in NOT_TOLD:
            self.fault(f"{what}: {error}")


def build_error(error: pynvml.NVMLError) -> DriverUnavailable:
    """Turn NVML's error about the whole driver into ours, with its words."""
    if error.value == pynvml.NVML_ERROR_LIBRARY_NOT_FOUND:
        return LibraryMissing()
    return DriverUnavailable(f"NVIDIA driver: {error}")
