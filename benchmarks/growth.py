"""How the time of each part grows, ours and transformers': a figure and its numbers, `growth.svg` and `growth.json`.

One thing grows at a time, the rest stays: post-processing from 50 to 400 queries, 20 to 500 classes, 0.08 to 1.2
million pixels; matcher and criterion over queries, targets and points (benchmarks.matching says in which case);
Mask2Former's forward pass (Swin-T, random weights) over pixels and queries. There are no goals here. A straight line
of slope 1 in the figure is growth in proportion. Written beside the file of --json, else into benchmarks/results.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks import harness

BY_NAME_ONLY = True

QUERIES, CLASSES = (50, 100, 200, 400), (20, 60, 133, 500)
SIZES = ((240, 320), (480, 640), (960, 1280))
SIDES = (256, 384, 512)


def rows(settings: harness.Settings) -> Iterator[dict]:
    found = []
    for row in _rows(settings):
        found.append(row)
        yield row
    settings.folder.mkdir(parents=True, exist_ok=True)
    kept = {"description": describe(found), "context": harness.context(), "rows": found}
    (settings.folder / "growth.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    draw(found, settings.folder / "growth.svg")


def describe(rows: list[dict]) -> str:
    """The figure in words: for each line its first and last time, and by how much what grew did."""
    sentences = ["How the CPU time of each part grows, in milliseconds, ours and transformers'."]
    for (part, over), line in _lines(rows).items():
        first, last = line[0], line[-1]
        sentences.append(
            f"{part} over {over}, from {first['at']:g} to {last['at']:g} ({last['at'] / first['at']:.1f} times): ours "
            f"from {first['ours_ms']:.1f} to {last['ours_ms']:.1f} ({last['ours_ms'] / first['ours_ms']:.1f} times), "
            f"transformers' from {first['peer_ms']:.1f} to {last['peer_ms']:.1f} "
            f"({last['peer_ms'] / first['peer_ms']:.1f} times)."
        )
    return " ".join(sentences)


def draw(rows: list[dict], path: Path) -> None:
    """One panel a part and growing thing, both axes logarithmic; ours solid, transformers' dashed."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

    lines = _lines(rows)
    columns = 4
    figure = Figure(figsize=(3.2 * columns, 2.8 * -(-len(lines) // columns)), layout="constrained")
    for place, ((part, over), line) in enumerate(lines.items()):
        axes = figure.add_subplot(-(-len(lines) // columns), columns, place + 1)
        at = [row["at"] for row in line]
        axes.loglog(at, [row["ours_ms"] for row in line], "o-", color="#0072b2", label="ours")
        axes.loglog(at, [row["peer_ms"] for row in line], "s--", color="#d55e00", label="transformers")
        axes.set(title=part, xlabel=over, ylabel="ms")
        axes.set_xticks(at, [f"{value:g}" if value < 1e5 else f"{value / 1e6:.2g} M" for value in at])
        axes.minorticks_off()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))  # a panel may span less than a power of ten
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.grid(alpha=0.3)
        if place == 0:
            axes.legend()
    figure.savefig(path, metadata={"Title": "Growth of CPU time", "Description": describe(rows), "Date": None})


def _lines(rows: list[dict]) -> dict[tuple[str, str], list[dict]]:
    lines: dict[tuple[str, str], list[dict]] = {}
    for row in rows:
        lines.setdefault((row["part"], row["over"]), []).append(row)
    return lines


def _rows(settings: harness.Settings) -> Iterator[dict]:
    from benchmarks import matching, postprocessing

    for task in postprocessing.GOALS:
        cases = [("queries", count, {"queries": count}, SIZES[1]) for count in QUERIES]
        cases += [("classes", count, {"classes": count}, SIZES[1]) for count in CLASSES]
        cases += [("pixels", size[0] * size[1], {}, size) for size in SIZES]
        for over, at, scene, size in cases:
            yield _postprocessing(task, over, at, scene, size, settings)
    for over, cases in matching.GROWTH.items():
        for case in cases:
            at = case.targets[0] if over == "targets" else getattr(case, over)
            pair = matching.Pair(case, settings.device)
            for part, measure in (("matcher", pair.matcher), ("criterion", pair.criterion)):
                yield measure(f"{part}, {at} {over}", None, settings.rounds(5), part=part, over=over, at=at)
    for side in SIDES:
        yield _forward(f"forward, {side} x {side}", "pixels", side * side, side, 100, settings)
    for count in QUERIES:
        yield _forward(f"forward, {count} queries", "queries", count, 256, count, settings)


def _postprocessing(task: str, over: str, at: int, scene: dict, size: tuple, settings: harness.Settings) -> dict:
    from benchmarks import _scenes, postprocessing

    output = _scenes.output(0, **scene)
    return harness.compare(
        f"{task} like transformers, {at} {over}",
        lambda: [postprocessing.ours(task, output, size, "transformers")],
        lambda: [postprocessing.theirs(task, output, size)],
        goal=None,
        rounds=settings.rounds(5),
        check=postprocessing.identical,
        part=f"{task} post-processing",
        over=over,
        at=at,
    )


def _forward(name: str, over: str, at: int, side: int, queries: int, settings: harness.Settings) -> dict:
    import torch
    from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation, SwinConfig

    from segtutor.reference.weights.build import from_transformers

    torch.manual_seed(0)
    backbone = SwinConfig(out_features=["stage1", "stage2", "stage3", "stage4"])
    config = Mask2FormerConfig(backbone_config=backbone, num_queries=queries, num_labels=133)
    theirs = Mask2FormerForUniversalSegmentation(config).eval().to(settings.device)
    ours = from_transformers(theirs).eval().to(settings.device)
    pixel_values = torch.randn(1, 3, side, side, device=settings.device)

    def close(one, other) -> dict:
        # Loose: a mask bit that flips at the threshold moves the answer, for transformers against itself too.
        off = float((one.class_logits - other.class_queries_logits).abs().max())
        assert off < 0.05, f"class logits differ by {off}"
        return {"difference": off}

    with torch.no_grad():
        return harness.compare(
            name,
            lambda: ours(pixel_values),
            lambda: theirs(pixel_values),
            goal=None,
            rounds=settings.rounds(3),
            check=close,
            device=settings.device,
            part="Mask2Former forward",
            over=over,
            at=at,
        )
