"""Tell leaf diseases apart: the network, training and results of notebook 02.

The same code runs on a GPU where there is one and on the CPU where not.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from leaf_pictures import PIXELS, Leaves, Picture, read_picture, standardise

BATCH = 16

Batch = tuple[Tensor, Tensor, list[Path]]


class PlantDiseaseNet(nn.Module):
    """Two convolutions and one linear layer; takes N x 3 x 224 x 224, gives N x classes."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, kernel_size=3),  # 224 -> 222
            nn.ReLU(),
            nn.MaxPool2d(2),  # -> 111
            nn.Conv2d(16, 32, kernel_size=3),  # -> 109
            nn.ReLU(),
            nn.MaxPool2d(2),  # -> 54
        )
        self.classify = nn.Linear(32 * 54 * 54, classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Give one score for each class of each picture."""
        return self.classify(self.features(pictures).flatten(1))


@dataclass
class Results:
    """What an evaluation saw: counts `confusion[true, predicted]`, and files it could not read."""

    confusion: Tensor
    unreadable: set[Path] = field(default_factory=set)

    @property
    def accuracy(self) -> float:
        """Give the share of pictures put in their own class, 0 to 1."""
        return (self.confusion.trace() / self.confusion.sum().clamp(min=1)).item()


def choose_device() -> torch.device:
    """Choose the GPU where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class LeafDataset(Dataset[tuple[Tensor | None, Picture]]):
    """Pictures read and standardised when asked for; for training turned and mirrored at random."""

    def __init__(self, pictures: Sequence[Picture], *, vary: bool) -> None:
        self.pictures = pictures
        self.vary = vary

    def __len__(self) -> int:
        """Count the pictures."""
        return len(self.pictures)

    def __getitem__(self, index: int) -> tuple[Tensor | None, Picture]:
        """Read one picture."""
        picture = self.pictures[index]
        pixels = read_picture(picture.path)
        if pixels is None:
            return None, picture
        pixels = standardise(pixels)
        if self.vary:
            pixels = torch.rot90(pixels, int(torch.randint(4, ())), (1, 2))
            pixels = pixels.flip(2) if torch.rand(()) < 0.5 else pixels
        return pixels, picture


def _collate(rows: list[tuple[Tensor | None, Picture]]) -> Batch:
    good = [(pixels, picture.label) for pixels, picture in rows if pixels is not None]
    broken = [picture.path for pixels, picture in rows if pixels is None]
    pixels = torch.stack([p for p, _ in good]) if good else torch.empty(0, 3, PIXELS, PIXELS)
    return pixels, torch.tensor([label for _, label in good], dtype=torch.long), broken


def batches(pictures: Sequence[Picture], *, vary: bool) -> DataLoader[Batch]:
    """Give the pictures in batches: (pixels, labels, files that could not be read)."""
    cuda = torch.cuda.is_available()
    return DataLoader(
        LeafDataset(pictures, vary=vary),
        batch_size=BATCH,
        shuffle=vary,
        collate_fn=_collate,
        num_workers=min(4, len(os.sched_getaffinity(0))) if cuda else 0,
        pin_memory=cuda,
    )


def train(
    net: nn.Module, leaves: Leaves, epochs: int, learning_rate: float = 1e-3
) -> Iterator[tuple[float, Results]]:
    """Train epoch by epoch with a progress bar; after each give (mean loss, validation results)."""
    device = next(net.parameters()).device
    net.to(memory_format=torch.channels_last)  # convolutions run faster so, on CPU and GPU
    optimizer = torch.optim.AdamW(net.parameters(), lr=learning_rate, weight_decay=0.05)
    skipped: set[Path] = set()
    total = epochs * math.ceil(len(leaves.train) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, learning_rate, total_steps=total)
    for epoch in range(1, epochs + 1):
        net.train()
        losses: list[float] = []
        bar = tqdm(
            batches(leaves.train, vary=True),
            desc=f"epoch {epoch}/{epochs}",
            file=sys.stdout,
            mininterval=0.5,
        )
        for pixels, labels, broken in bar:
            skipped.update(broken)
            if len(labels):
                optimizer.zero_grad()
                pixels = pixels.to(device, memory_format=torch.channels_last)
                loss = nn.functional.cross_entropy(net(pixels), labels.to(device))
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                bar.set_postfix(loss=f"{loss.item():.3f}")
            schedule.step()
        results = evaluate(net, leaves)
        results.unreadable |= skipped
        yield sum(losses) / max(1, len(losses)), results


@torch.no_grad()
def evaluate(net: nn.Module, leaves: Leaves) -> Results:
    """Put every held-out picture into a class and count."""
    net.eval()
    device = next(net.parameters()).device
    results = Results(torch.zeros(len(leaves.classes), len(leaves.classes), dtype=torch.long))
    for pixels, labels, broken in batches(leaves.valid, vary=False):
        results.unreadable.update(broken)
        if len(labels):
            for true, guess in zip(labels, net(pixels.to(device)).argmax(1).cpu(), strict=True):
                results.confusion[true, guess] += 1
    return results


def plot_confusion(results: Results, classes: list[str]) -> None:
    """Draw which class was taken for which."""
    counts = results.confusion.numpy()
    side = 3 + 0.45 * len(classes)
    figure, axes = plt.subplots(figsize=(side + 3, side), layout="constrained")
    axes.imshow(counts, cmap="Greens")
    for (row, column), count in np.ndenumerate(counts):
        dark = count > counts.max() / 2
        axes.text(column, row, str(count), ha="center", va="center", color="w" if dark else "k")
    names = [
        f"{name.replace('___', ': ').replace('_', ' ')}  {n}" for n, name in enumerate(classes, 1)
    ]
    axes.set_xticks(range(len(classes)), [str(n + 1) for n in range(len(classes))])
    axes.set_yticks(range(len(classes)), names)
    axes.set_xlabel("taken for 识别为")
    axes.set_ylabel("true class 真实类别")
    figure.suptitle(f"accuracy 准确率 {results.accuracy:.1%}")
    plt.show()


def save_model(
    net: nn.Module, leaves: Leaves, results: Results, file: str | Path, **more: float
) -> Path:
    """Write the weights, and beside them a .json of facts; each file is whole or absent."""
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    weights = {name: values.cpu() for name, values in net.state_dict().items()}
    part = file.with_name(file.name + ".part")
    torch.save({"classes": leaves.classes, "weights": weights}, part)
    part.replace(file)
    facts = {
        "classes": leaves.classes,
        "accuracy": results.accuracy,
        "confusion": results.confusion.tolist(),
        "trained_on": len(leaves.train),
        "judged_on": int(results.confusion.sum()),
        "unreadable": len(results.unreadable),
        **more,
    }
    part.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(file.with_suffix(".json"))
    return file


def load_model(file: str | Path) -> tuple[PlantDiseaseNet, list[str]]:
    """Read a saved model back, onto the CPU, with the names of its classes."""
    saved = torch.load(file, map_location="cpu", weights_only=True)
    net = PlantDiseaseNet(len(saved["classes"]))
    net.load_state_dict(saved["weights"])
    return net.eval(), saved["classes"]
