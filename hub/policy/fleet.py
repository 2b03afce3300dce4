"""The GPUs of a station, and what they alone decide, whoever holds them."""

from collections.abc import Mapping
from functools import cached_property

from hub.policy.gpus import Gpu


class Fleet:
    """Every GPU there is, broken ones too; never changes, so all is worked out once."""

    def __init__(self, gpus: tuple[Gpu, ...]) -> None:
        self.gpus = gpus

    @cached_property
    def by_uuid(self) -> Mapping[str, Gpu]:
        """Give every GPU by its UUID."""
        return {gpu.uuid: gpu for gpu in self.gpus}

    @cached_property
    def slot_parts(self) -> Mapping[str, int]:
        """Give the parts of one slot of each GPU."""
        return {gpu.uuid: gpu.parts(1) for gpu in self.gpus}

    @cached_property
    def healthy(self) -> int:
        """Count the parts of all healthy GPUs."""
        return sum(gpu.parts(gpu.slots) for gpu in self.gpus if gpu.health == "ok")

    @cached_property
    def nominal(self) -> int:
        """Count the parts of all GPUs, broken ones too."""
        return sum(gpu.parts(gpu.slots) for gpu in self.gpus)

    @cached_property
    def smallest_slot(self) -> int:
        """Give the parts of the smallest slot there is; 1 without GPUs."""
        return min((gpu.parts(1) for gpu in self.gpus), default=1) or 1
