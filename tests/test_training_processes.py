"""Two processes that share a batch learn what one learns from all of it: the same loss at every step.

A fresh process each, with gloo, started by torchrun. (On processors `accelerate launch --cpu --num_processes 2` starts
several only through MPI; st.fit reads the same variables either way.) What it takes: frozen batch norms, masks counted
over both, points and augmentation that belong to the picture.
"""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.processes

PROGRAM = """
import json, os, sys
import torch
import segtutor as st
from segtutor.reference.models.mask2former import Mask2Former
from segtutor.reference.losses.sampling import PointSampling
from segtutor.reference.losses.criterion import Recipe
from segtutor.training.recipes.toytown import Scenes

torch.set_num_threads(1)
torch.manual_seed(0)
backbone = {"model_type": "resnet", "embedding_size": 8, "hidden_sizes": [8] * 4, "depths": [1] * 4,
         "layer_type": "basic", "out_features": ["stage1", "stage2", "stage3", "stage4"]}
model = Mask2Former.from_config({"backbone_config": backbone, "num_queries": 8, "feature_size": 32,
    "mask_feature_size": 32,
    "hidden_dim": 32, "encoder_feedforward_dim": 32, "encoder_layers": 1, "decoder_layers": 2, "num_attention_heads": 2,
    "dim_feedforward": 32, "id2label": {str(i): i for i in range(15)}})
told = []
fitted = st.fit(model, Scenes(range(1_000_000, 1_000_006), 64), steps=50, batch_size=3, lr=1e-3, log_every=1,
    freeze="backbone", loss=Recipe(points=PointSampling(256)), schedule="constant", out=sys.argv[2],
    augment=st.training.Augment(64), on_event=lambda event, _: "stop" if event["step"] == 5 else told.append(1))
with open(f"{sys.argv[1]}-{os.environ.get('RANK', 0)}.json", "w") as file:
    json.dump({"terms": [event["terms"] for event in fitted.events], "told": len(told), "steps": fitted.steps}, file)
"""


def launch(folder, count):
    """The program in `count` processes -> what each of them wrote."""
    (folder / "program.py").write_text(PROGRAM)
    torchrun = ["-m", "torch.distributed.run", "--nproc-per-node", str(count), "--standalone"]  # it finds a free port
    command = [sys.executable, *(torchrun if count > 1 else []), str(folder / "program.py")]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    files = folder / f"of_{count}", folder / f"out{count}"
    run = subprocess.run([*command, *map(str, files)], env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, f"{run.returncode}\n{run.stderr[:6000]}"
    return [json.loads((folder / f"of_{count}-{rank}.json").read_text()) for rank in range(count)]


def test_two_processes_have_the_loss_curve_of_one(tmp_path):
    (one,), (main, other) = launch(tmp_path, 1), launch(tmp_path, 2)
    assert one["steps"] == main["steps"] == other["steps"] == 5, "a stop is heard by all"
    assert (main["told"], other["told"]) == (4, 0), "only the main process reports"
    for alone, shared in zip(one["terms"], main["terms"], strict=True):
        assert alone.keys() == shared.keys()
        for name, value in alone.items():
            assert shared[name] == pytest.approx(value, rel=1e-4), name
    assert (tmp_path / "out2" / "training_state.pt").exists()
