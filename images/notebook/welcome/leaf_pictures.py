"""Leaf pictures in folders: find the classes, hold a fifth out, read what can be read.

Works on any folder with the layout of PlantVillage, a folder of pictures for each class. It changes
nothing in that folder, and passes over what is not a picture.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

PIXELS = 224
PICTURES = {".jpg", ".jpeg", ".png"}


@dataclass(frozen=True)
class Picture:
    """One picture file and the number of its class."""

    path: Path
    label: int


@dataclass(frozen=True)
class Leaves:
    """A data set: its classes, and its pictures in two parts, the same for the same files."""

    classes: list[str]
    train: list[Picture]
    valid: list[Picture]


def pictures_in(folder: Path) -> list[Path]:
    """Give a folder's own pictures, by name; anything else in it is passed over."""
    return sorted(
        file for file in folder.iterdir() if file.suffix.lower() in PICTURES and file.is_file()
    )


def find_classes(folder: Path) -> list[Path]:
    """Give the class folders in `folder`, or in the nearest folder below; `color` goes first."""
    level = [folder]
    for _ in range(4):
        for candidate in level:
            classes = [sub for sub in _folders(candidate) if pictures_in(sub)]
            if len(classes) > 1:
                return classes
        level = sorted(
            (sub for candidate in level for sub in _folders(candidate)),
            key=lambda sub: (sub.name.lower() != "color", sub),
        )
    raise FileNotFoundError(f"{folder} holds no folders of pictures, a folder for each class")


def _folders(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))


def load_leaves(folder: str | Path, valid_share: float = 0.2) -> Leaves:
    """List the pictures below `folder`; a fixed fifth of each class is held out for validation."""
    if not Path(folder).is_dir():
        raise FileNotFoundError(
            f"there is no folder {folder}: say in ALLOTMENT_DATASET which to use"
        )
    found = find_classes(Path(folder))
    leaves = Leaves([c.name for c in found], [], [])
    for label, class_folder in enumerate(found):
        # Ordered by a hash of the name: the same split on every machine, and no order of shooting.
        files = sorted(pictures_in(class_folder), key=_name_hash)
        held_out = max(1, round(len(files) * valid_share))
        leaves.valid.extend(Picture(f, label) for f in files[:held_out])
        leaves.train.extend(Picture(f, label) for f in files[held_out:])
    return leaves


def _name_hash(file: Path) -> str:
    return hashlib.sha256(file.name.encode()).hexdigest()


def read_picture(path: Path) -> Tensor | None:
    """Read one picture as 3 x 224 x 224, 0 to 1; None if the file is broken."""
    small = _read_small(path)
    return None if small is None else torch.from_numpy(small).float().div_(255)


@functools.lru_cache(maxsize=1000)
def _read_small(path: Path) -> np.ndarray | None:
    """Read a picture's bytes; those of the last thousand, 150 MB, are kept in memory."""
    try:
        with Image.open(path) as picture:
            small = picture.convert("RGB").resize((PIXELS, PIXELS), Image.Resampling.BILINEAR)
    except (OSError, SyntaxError, ValueError):
        return None
    return np.array(small).transpose(2, 0, 1).copy()


def standardise(pixels: Tensor) -> Tensor:
    """Take away the light a picture was taken in: each channel gets mean 0 and deviation 1."""
    mean, deviation = pixels.mean((-2, -1), keepdim=True), pixels.std((-2, -1), keepdim=True)
    return (pixels - mean) / deviation.clamp(min=1e-3)


def colour_baseline(leaves: Leaves) -> float:
    """Give the accuracy of the nearest mean colour, which a network has to beat clearly."""
    colours, labels = _mean_colours(leaves.train)
    means = torch.stack([colours[labels == n].mean(0) for n in range(len(leaves.classes))])
    valid_colours, valid_labels = _mean_colours(leaves.valid)
    guesses = torch.cdist(valid_colours, means.nan_to_num(float("inf"))).argmin(1)
    return (guesses == valid_labels).float().mean().item()


def _mean_colours(pictures: Sequence[Picture]) -> tuple[Tensor, Tensor]:
    rows = [(read_picture(p.path), p.label) for p in pictures]
    good = [(pixels.mean((1, 2)), label) for pixels, label in rows if pixels is not None]
    return torch.stack([c for c, _ in good]), torch.tensor([label for _, label in good])
