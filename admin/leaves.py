"""Make the synthetic leaf pictures of the demonstration; nothing here passes for a photograph.

The layout is PlantVillage's, a folder a class. The mean colour of picture n is the same in every
class, so colour alone tells nothing: only the lesions' shape and texture do.
"""

import math
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageStat

from hub.errors import AlreadyExists

LICENCE = "CC0-1.0"
CITATION = "Allotment, leaves-synthetic 1: drawn leaves for demonstrations, made by a program."
README = f"""# leaves-synthetic

Drawn by a program for demonstrations and tests: no plant, no photograph, no diagnosis.
The folders have the layout of PlantVillage, so what runs here runs there.

Licence: {LICENCE}
Citation: {CITATION}
"""

SIZE = 256
Colour = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True)
class Leaf:
    """One leaf's outline: an ellipse drawn out to two tips, turned by `angle` (radians)."""

    x: float
    y: float
    length: float
    width: float
    angle: float

    def at(self, along: float, across: float) -> Point:
        """Give the picture's point for leaf coordinates, each -1 to 1 inside the leaf."""
        u = along * self.length
        v = across * self.width * (1 - along * along) ** 0.7
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return self.x + u * cos - v * sin, self.y + u * sin + v * cos

    def outline(self) -> list[Point]:
        """Give the outline as a polygon."""
        steps = [i / 40 - 1 for i in range(81)]
        return [self.at(s, 1) for s in steps] + [self.at(s, -1) for s in reversed(steps)]

    def inside(self, rng: random.Random) -> Point:
        """Choose a point well inside."""
        return self.at(rng.uniform(-0.8, 0.8), rng.uniform(-0.85, 0.85))


Lesions = Callable[[ImageDraw.ImageDraw, random.Random, Leaf, Colour], None]


def _disc(draw: ImageDraw.ImageDraw, centre: Point, radius: float, colour: Colour) -> None:
    x, y = centre
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _healthy(draw: ImageDraw.ImageDraw, rng: random.Random, leaf: Leaf, colour: Colour) -> None:
    """Draw no lesion."""


def _spots(draw: ImageDraw.ImageDraw, rng: random.Random, leaf: Leaf, colour: Colour) -> None:
    for _ in range(rng.randint(100, 150)):
        _disc(draw, leaf.inside(rng), rng.uniform(1.8, 2.8), colour)


def _rings(draw: ImageDraw.ImageDraw, rng: random.Random, leaf: Leaf, colour: Colour) -> None:
    for _ in range(rng.randint(9, 13)):
        x, y = leaf.inside(rng)
        for radius in range(3, rng.randint(22, 30), 5):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=colour, width=2)


def _stripes(draw: ImageDraw.ImageDraw, rng: random.Random, leaf: Leaf, colour: Colour) -> None:
    for _ in range(rng.randint(18, 26)):
        along, across = rng.uniform(-0.9, 0.2), rng.uniform(-0.9, 0.9)
        length = rng.uniform(0.4, 0.7)
        draw.line((leaf.at(along, across), leaf.at(along + length, across)), colour, width=6)


def _edge_blight(draw: ImageDraw.ImageDraw, rng: random.Random, leaf: Leaf, colour: Colour) -> None:
    side = rng.choice((-1, 1))
    for _ in range(rng.randint(9, 13)):
        centre = leaf.at(rng.uniform(-0.9, 0.9), side * rng.uniform(0.75, 1.0))
        _disc(draw, centre, rng.uniform(14, 26), colour)


def _powder(draw: ImageDraw.ImageDraw, rng: random.Random, leaf: Leaf, colour: Colour) -> None:
    points = [leaf.inside(rng) for _ in range(14)]
    for x, y in points:
        for _ in range(150):
            draw.point((rng.gauss(x, 11), rng.gauss(y, 11)), colour)


CLASSES: dict[str, Lesions] = {
    "Corn_(maize)___Northern_leaf_stripe_synthetic": _stripes,
    "Potato___Late_blight_synthetic": _edge_blight,
    "Squash___Powdery_mildew_synthetic": _powder,
    "Tomato___Bacterial_spot, small_synthetic": _spots,
    "Tomato___Early_blight_synthetic": _rings,
    "Tomato___healthy_synthetic": _healthy,
}


def _shifted(colour: Colour, rng: random.Random, by: int) -> Colour:
    """Give a colour clearly lighter or darker, of another hue."""
    sign = rng.choice((-1, 1))
    r, g, b = (c + sign * by + rng.randint(-25, 25) for c in colour)
    return r, g, b


def _choose_leaf(rng: random.Random) -> Leaf:
    return Leaf(
        x=rng.uniform(118, 138),
        y=rng.uniform(118, 138),
        length=rng.uniform(104, 124),
        width=rng.uniform(62, 82),
        angle=rng.uniform(0, math.pi),
    )


def _grain(rng: random.Random) -> Image.Image:
    """Give camera noise around mid grey."""
    return Image.frombytes("L", (SIZE, SIZE), rng.randbytes(SIZE * SIZE))


def _with_mean(picture: Image.Image, mean: Colour) -> Image.Image:
    """Move every channel so that its mean is the given one."""
    bands = []
    for band, wanted in zip(picture.split(), mean, strict=True):
        shift = wanted - ImageStat.Stat(band).mean[0]
        table = [min(255, max(0, round(v + shift))) for v in range(256)]
        bands.append(band.point(table))
    return Image.merge("RGB", bands)


def draw_leaf(lesions: Lesions, rng: random.Random, mean: Colour) -> Image.Image:
    """Draw one leaf with the lesions of a class, its mean colour the given one."""
    leaf = _choose_leaf(rng)
    green: Colour = (rng.randint(95, 150), rng.randint(115, 165), rng.randint(80, 140))
    picture = Image.new("RGB", (SIZE, SIZE), _shifted((128, 128, 128), rng, 40))
    mask = Image.new("L", (SIZE, SIZE), 0)
    ImageDraw.Draw(mask).polygon(leaf.outline(), fill=255)
    blade = Image.new("RGB", (SIZE, SIZE), green)
    draw = ImageDraw.Draw(blade)
    lesions(draw, rng, leaf, _shifted(green, rng, 70))
    vein = _shifted(green, rng, 18)
    draw.line((leaf.at(-0.98, 0), leaf.at(0.98, 0)), vein, width=3)
    for along in (-0.6, -0.3, 0.0, 0.3, 0.6):
        for side in (-0.9, 0.9):
            draw.line((leaf.at(along, 0), leaf.at(along + 0.22, side)), vein, width=1)
    picture.paste(blade, mask=mask)
    noise = Image.merge("RGB", [_grain(rng)] * 3)
    picture = Image.blend(picture.filter(ImageFilter.GaussianBlur(0.5)), noise, 0.05)
    return _with_mean(picture, mean)


def make_leaves(folder: Path, seed: int = 7, per_class: int = 100) -> int:
    """Write the data set into an empty or new folder and give the number of pictures.

    The same seed gives the same bytes with the same Pillow.
    """
    if folder.exists() and any(folder.iterdir()):
        raise AlreadyExists(f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(README, encoding="utf-8")
    light = random.Random(f"{seed} light")  # noqa: S311 - pictures, not secrets
    means = [tuple(light.randint(100, 156) for _ in range(3)) for _ in range(per_class)]
    for name, lesions in CLASSES.items():
        rng = random.Random(f"{seed} {name}")  # noqa: S311 - pictures, not secrets
        target = folder / name
        target.mkdir()
        for number, (r, g, b) in enumerate(means):
            identity = uuid.UUID(int=rng.getrandbits(128), version=4)
            file = target / f"{identity}___SYN {number:04d}.JPG"
            draw_leaf(lesions, rng, (r, g, b)).save(file, quality=88)
    return len(CLASSES) * per_class
