"""An entry of the start menu: what a server gets besides its GPU share."""

from dataclasses import dataclass, field
from fractions import Fraction

DEFAULT = "notebook"


@dataclass(frozen=True)
class Profile:
    """Titles by language, processor and memory limits, and the GPU kinds it takes, in order.

    No kinds means any whole GPU; a slice is only taken where its kind is listed.
    """

    name: str
    titles: dict[str, str] = field(default_factory=dict)
    cpus: Fraction = Fraction(2)
    memory_mib: int = 4096
    kinds: tuple[str, ...] = ()
    shares: tuple[Fraction, ...] = ()
    """The shares its menu offers; none means every share the GPUs can be dealt in."""
