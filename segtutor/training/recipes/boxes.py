"""How the shipped Mask R-CNN is made: its network, and what it learns from.

Its backbone is the shipped Mask2Former's, frozen and stored with it; pyramid, proposals and heads are its own and
begin at random. It learns things alone, as whole objects: stuff has no box.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from segtutor.data import toytown
from segtutor.instances import Instances
from segtutor.segments import Categories

BACKBONE_OF = "mask2former-toytown"


def things() -> Categories:
    """ToyTown's things, the classes of this network."""
    return Categories.from_coco([category for category in toytown.categories.to_coco() if category["isthing"]])


def build_mask_rcnn():
    """The network with a random start on the shipped backbone."""
    from segtutor.models.zoo import load
    from segtutor.reference.toytown.mask_rcnn import ToyTownMaskRCNN

    model = ToyTownMaskRCNN(len(things()))
    model.backbone.load_state_dict(load(BACKBONE_OF).model.backbone.state_dict())
    return model


class ThingRows(Sequence):
    """Rows of scenes with their things as `Instances` of `things()`, which is what st.fit then learns."""

    def __init__(self, rows: Sequence):
        self.rows, self.categories = rows, things()
        self._position = {category.id: position for position, category in enumerate(self.categories)}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict:
        row = self.rows[index]
        truth = row["segmentation"]
        kept = [segment for segment in truth.segments if segment.category_id in self._position]
        numbers = np.array([segment.id for segment in kept], np.int32)
        masks = truth.segment_ids[None] == numbers[:, None, None]
        labels = np.array([self._position[segment.category_id] for segment in kept], np.int64)
        return {**row, "instances": Instances(masks, labels, np.ones(len(kept), np.float32), self.categories)}


def publish_boxes(recipe, model, fitted, out: str | Path) -> dict:
    """Writes the trained network in half precision, measures what was written, and returns its card.

    Preprocessing is that of the model whose backbone it has. Metrics: the first 500 scenes of "validation".
    """
    from segtutor.files import write_whole
    from segtutor.models import checks, small
    from segtutor.models.boxes import THRESHOLDS
    from segtutor.models.zoo import CHECKPOINTS, load
    from segtutor.training.evaluate import evaluate
    from segtutor.training.recipes.publish import VALIDATION_SCENES, card_of

    out = Path(out)
    card = card_of(recipe, fitted)
    card |= {
        "task": "instance",
        "thresholds": dict(THRESHOLDS),
        "categories": things().to_coco(),
        "backbone": f"of {BACKBONE_OF}, frozen",
        "of_the_paper": "pyramid, anchors, proposals, NMS, RoIAlign, both heads, five losses (arXiv:1703.06870)",
        "differs": "strides 4, 8 and 16 alone; anchors of 16, 32 and 60 pixels; all masks read stride 4; small heads",
    }
    card["data"].pop("tuning_seeds")  # no threshold is chosen
    processor = checks.read_json(CHECKPOINTS / BACKBONE_OF / checks.PROCESSOR, f"the preprocessing of {BACKBONE_OF}")
    small.write(model, out, card, processor)
    card["metrics"] = evaluate(load(str(out)), size=VALIDATION_SCENES)
    small.write(model, out, card, processor)
    write_whole(out / "README.md", _readme(card).encode(), overwrite=True)
    return json.loads((out / checks.CARD).read_text(encoding="utf-8"))


def _readme(card: dict) -> str:
    training, data, metrics = card["training"], card["data"], card["metrics"]
    rows = {
        "licence": f"{card['licence']} (code and weights)",
        "recipe": f"`{card['recipe']}`, seed {card['seed']}",
        "training": f"{training['steps']} steps of {training['batch_size']} scenes, {training['cpu_minutes']} "
        f"CPU-minutes on one core; backbone {card['backbone']}",
        "data": f"ToyTown, {data['image_size']} x {data['image_size']} pixels, scenes "
        f"{data['training_seeds'][0]} to {data['training_seeds'][1]}",
        "of the paper": card["of_the_paper"],
        "differs": card["differs"],
        "validation": f"scenes 0 to {data['validation_seeds'][1]}, in percent: mask AP {metrics['ap']}, AP50 "
        f"{metrics['ap50']}, AP75 {metrics['ap75']}",
    }
    lines = ["---", "license: mit", "pipeline_tag: image-segmentation", "---", f"# {card['name']}", ""]
    lines.append("A small Mask R-CNN for ToyTown, the drawn world of segtutor's course.")
    lines += [
        f"It knows {len(card['categories'])} kinds of things and nothing of photographs.",
        "",
        "| | |",
        "|---|---|",
    ]
    lines += [f"| {name} | {text} |" for name, text in rows.items()]
    return "\n".join([*lines, "", "All figures, thresholds and versions are in card.json.", ""])
