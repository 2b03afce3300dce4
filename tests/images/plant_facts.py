"""Take an awkward PlantVillage tree to the loader, inside the image, and print what comes of it.

Not a test: test_plant_disease.py runs it once and judges its output.
"""

import json
import sys
from pathlib import Path

from PIL import Image

sys.path.append("/opt/allotment/welcome")
import leaf_pictures
import plant_disease

REAL_NAMES = [
    "Cherry_(including_sour)___Powdery_mildew",
    "Corn_(maize)___Cercospora_leaf_spot Gray_leaf_spot",
    "Pepper,_bell___Bacterial_spot",
]


def make_tree(root: Path) -> None:
    """Make colour and grey versions of three classes, with what lies about in the real tree."""
    for kind in ("color", "grayscale"):
        for number, name in enumerate(REAL_NAMES):
            folder = root / "raw" / kind / name
            folder.mkdir(parents=True)
            for leaf in range(10):
                ending = (".JPG", ".jpg", ".png", ".jpeg")[leaf % 4]
                picture = Image.new("RGB", (256, 256), (60 * number, 9 * leaf, 90))
                picture.save(folder / f"0a1b-{leaf}___RS_HL {leaf:04d}{ending}")
    stray = root / "raw" / "color" / REAL_NAMES[0]
    (stray / "notes.txt").write_text("not a picture")
    (root / "raw" / "color" / "README.md").write_text("not a class")
    whole = next(stray.glob("*.JPG")).read_bytes()
    for number in range(10):
        (stray / f"truncated {number}.JPG").write_bytes(whole[: len(whole) // 2])


def main() -> None:
    """Print the facts as JSON."""
    root = Path("/tmp/PlantVillage-Dataset")
    make_tree(root)
    leaves = leaf_pictures.load_leaves(root)
    again = leaf_pictures.load_leaves(root / "raw" / "color")
    net = plant_disease.PlantDiseaseNet(len(leaves.classes))
    results = next(r for _, r in plant_disease.train(net, leaves, epochs=1))
    saved = plant_disease.save_model(net, leaves, results, "/tmp/out/leaf.pt")
    _, classes = plant_disease.load_model(saved)
    facts = {
        "classes": leaves.classes,
        "suffixes": sorted({p.path.suffix for p in leaves.train + leaves.valid}),
        "folders": sorted({p.path.parts[-3] for p in leaves.train + leaves.valid}),
        "pictures": len(leaves.train) + len(leaves.valid),
        "held_out": len(leaves.valid),
        "shared": len({p.path for p in leaves.train} & {p.path for p in leaves.valid}),
        "same_split_again": leaves == again,
        "unreadable": sorted(p.name for p in results.unreadable),
        "judged": int(results.confusion.sum()),
        "layers": [
            [type(m).__name__, *map(list, (p.shape for p in m.parameters()))] for m in net.features
        ],
        "linear": list(net.classify.weight.shape),
        "saved_classes": classes,
        "left_in_out": sorted(p.name for p in Path("/tmp/out").iterdir()),
        "colour": leaf_pictures.colour_baseline(leaves),
    }
    print(json.dumps(facts))


main()
