"""From trained weights to a folder that anybody can read: weights, configuration, preprocessing, card.

The folder is what transformers' `save_pretrained` writes (so that `from_pretrained` and
`pipeline("image-segmentation")` read it) plus card.json, which says where the weights come from, which thresholds go
with them and how good they are.
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from segtutor.data import toytown
from segtutor.files import filling, write_whole
from segtutor.inference import panoptic_inference
from segtutor.metrics.pq import PanopticCounts
from segtutor.training.evaluate import evaluate
from segtutor.training.fit import Fitted
from segtutor.training.saving import write_weights

SCORE_THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
OVERLAP_THRESHOLDS = (0.5, 0.6, 0.7, 0.8)
TUNING_SCENES, VALIDATION_SCENES = 200, 500


def publish(recipe, model, fitted: Fitted, out: str | Path, config=None) -> dict:
    """Writes the checkpoint of a trained recipe to the folder `out` and returns its card.

    model: of transformers, or one of segtutor.reference, then with its transformers configuration.
    Thresholds are chosen on the split "tuning", metrics are measured on the first 500 scenes of "validation".
    """
    from segtutor.models.preprocess import toytown_processor
    from segtutor.models.zoo import load

    out = Path(out)
    write_weights(model, out, config, half=recipe.half)
    with filling(out) as place:
        toytown_processor(recipe.processor or recipe.family).save_pretrained(place)
    card = card_of(recipe, fitted)
    card["weights_sha256"] = hashlib.sha256((out / "model.safetensors").read_bytes()).hexdigest()
    _write(out / "card.json", card)
    if recipe.family == "mask":
        card["thresholds"] = choose_thresholds(load(str(out)), TUNING_SCENES)
        _write(out / "card.json", card)
    card["metrics"] = evaluate(load(str(out)), size=VALIDATION_SCENES)
    _write(out / "card.json", card)
    write_whole(out / "README.md", _readme(card).encode(), overwrite=True)
    return card


def choose_thresholds(segmenter, size: int = TUNING_SCENES) -> dict:
    """The score and overlap thresholds with the best PQ on the tuning split; the mask threshold stays at 0.5.

    Of pairs within 0.1 PQ of the best, the one nearest to the middle of the good ones is taken: a maximum at the edge
    of a plateau is luck.
    """
    settings = [(score, overlap) for score in SCORE_THRESHOLDS for overlap in OVERLAP_THRESHOLDS]
    counts = {setting: PanopticCounts(toytown.categories) for setting in settings}
    for scene in toytown.scenes("tuning", size):
        image, truth = scene.render()
        output = segmenter.set_image(image).output
        for score, overlap in settings:
            answer = panoptic_inference(
                output, truth.segment_ids.shape, toytown.categories, score_threshold=score, overlap_threshold=overlap
            )
            counts[score, overlap].update(answer, truth)
    quality = {setting: count.compute().all.pq for setting, count in counts.items()}
    score, overlap = _middle([s for s in settings if quality[s] >= max(quality.values()) - 0.001])
    return {"score_threshold": score, "overlap_threshold": overlap, "mask_threshold": 0.5}


def _middle(good: Iterable[tuple[float, float]]) -> tuple[float, float]:
    good = list(good)
    centre = tuple(sum(values) / len(good) for values in zip(*good, strict=True))
    return min(good, key=lambda setting: (round(math.dist(setting, centre), 6), setting))


def card_of(recipe, fitted: Fitted) -> dict:
    """The card of a trained recipe, without metrics; thresholds are where most models do well."""
    return {
        "name": recipe.name,
        "family": recipe.family,
        "task": "panoptic" if recipe.family == "mask" else "semantic",
        "licence": "MIT",
        "recipe": f"segtutor train {recipe.name} --out FOLDER",
        "seed": recipe.seed,
        "data": {
            "world": "ToyTown, drawn by segtutor.data.toytown",
            "image_size": 128,
            "training_seeds": [recipe.first_seed, recipe.first_seed + recipe.scenes - 1],
            "tuning_seeds": [toytown.seeds("tuning", TUNING_SCENES)[0], toytown.seeds("tuning", TUNING_SCENES)[-1]],
            "validation_seeds": [0, VALIDATION_SCENES - 1],
            **({"hidden_classes": list(recipe.hidden)} if recipe.hidden else {}),
        },
        "thresholds": {"score_threshold": 0.5, "overlap_threshold": 0.8, "mask_threshold": 0.5},
        "categories": toytown.categories.to_coco(),
        **({"backbone": recipe.backbone} if recipe.backbone else {}),
        "metrics": {},
        "training": {
            "steps": fitted.steps,
            "batch_size": recipe.batch_size,
            "cpu_minutes": round(fitted.cpu_minutes, 1),
            "options": recipe.options,
            **({"fine": recipe.fine} if recipe.fine else {}),  # the last of the steps, with other options
            "machine": f"{platform.machine()}, one core",
            "versions": {name: version(name) for name in ("torch", "transformers", "numpy", "pillow")},
        },
    }


def _readme(card: dict) -> str:
    metrics, training, data = card["metrics"], card["training"], card["data"]
    kind = "mask" if card["family"] == "mask" else "per-pixel"
    rows = {
        "licence": f"{card['licence']} (code and weights)",
        "recipe": f"`{card['recipe']}`, seed {card['seed']}",
        "training": f"{training['steps']} steps of {training['batch_size']} scenes from a random start{_but(card)}, "
        f"{training['cpu_minutes']} CPU-minutes on one core",
        "data": f"ToyTown, {data['image_size']} x {data['image_size']} pixels, scenes "
        f"{data['training_seeds'][0]} to {data['training_seeds'][1]}",
        "validation": f"scenes 0 to {data['validation_seeds'][1]}, in percent: PQ {metrics['pq']}, SQ {metrics['sq']}, "
        f"RQ {metrics['rq']}, mIoU {metrics['miou']}",
    }
    lines = ["---", "license: mit", "pipeline_tag: image-segmentation", "---", f"# {card['name']}", ""]
    lines.append(f"A small {kind} classifier for ToyTown, the drawn world of segtutor's course.")
    lines += [f"It knows {len(card['categories'])} classes and nothing of photographs.", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {text} |" for name, text in rows.items()]
    return "\n".join([*lines, "", "All figures, thresholds and versions are in card.json.", ""])


def _but(card: dict) -> str:
    return f" (backbone: {card['backbone']})" if "backbone" in card else ""


def _write(path: Path, card: dict):
    write_whole(path, (json.dumps(card, indent=1) + "\n").encode(), overwrite=True)
