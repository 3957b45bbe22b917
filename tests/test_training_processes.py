"""Two processes that share a batch learn what one learns from all of it: the same loss at every step.

A fresh process each, with gloo, as `accelerate launch --cpu --num_processes 2` starts them. What it takes: frozen batch
norms, masks counted over both, points and augmentation that belong to the picture.
"""

import json
import os
import socket
import subprocess
import sys

import pytest

PROGRAM = """
import json, sys
import torch
import segtutor as st
from segtutor.reference.mask2former import Mask2Former
from segtutor.reference.reading import PointSampling
from segtutor.reference.recipes import Recipe
from segtutor.training.recipes import Scenes

torch.set_num_threads(1)
torch.manual_seed(0)
trunk = {"model_type": "resnet", "embedding_size": 8, "hidden_sizes": [8] * 4, "depths": [1] * 4,
         "layer_type": "basic", "out_features": ["stage1", "stage2", "stage3", "stage4"]}
model = Mask2Former.from_config({"backbone_config": trunk, "num_queries": 8, "feature_size": 32,
    "mask_feature_size": 32,
    "hidden_dim": 32, "encoder_feedforward_dim": 32, "encoder_layers": 1, "decoder_layers": 2, "num_attention_heads": 2,
    "dim_feedforward": 32, "id2label": {str(i): i for i in range(15)}})
told = []
fitted = st.fit(model, Scenes(range(1_000_000, 1_000_006), 64), steps=50, batch_size=3, lr=1e-3, log_every=1,
    freeze="backbone", loss=Recipe(points=PointSampling(256)), schedule="constant", out=sys.argv[2],
    augment=st.training.Augment(64), on_event=lambda event, _: "stop" if event["step"] == 5 else told.append(1))
with open(sys.argv[1], "w") as file:
    json.dump({"terms": [event["terms"] for event in fitted.events], "told": len(told), "steps": fitted.steps}, file)
"""


def launch(folder, count):
    """The program in `count` processes -> what each of them wrote."""
    (folder / "program.py").write_text(PROGRAM)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started, files = [], []
    for rank in range(count):
        files.append(folder / f"{rank}_of_{count}.json")
        place = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1"}
        place |= {"MASTER_PORT": str(port), "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
        environment = os.environ | (place if count > 1 else {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"})
        command = [sys.executable, str(folder / "program.py"), str(files[-1]), str(folder / f"out{count}")]
        started.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
    for process in started:
        try:
            _, said = process.communicate(timeout=200)
        except subprocess.TimeoutExpired:
            for each in started:
                each.kill()
            raise
        assert process.returncode == 0, said[-2000:]
    return [json.loads(file.read_text()) for file in files]


def test_two_processes_have_the_loss_curve_of_one(tmp_path):
    (one,), (main, other) = launch(tmp_path, 1), launch(tmp_path, 2)
    assert one["steps"] == main["steps"] == other["steps"] == 5, "a stop is heard by all"
    assert (main["told"], other["told"]) == (4, 0), "only the main process reports"
    for alone, shared in zip(one["terms"], main["terms"], strict=True):
        assert alone.keys() == shared.keys()
        for name, value in alone.items():
            assert shared[name] == pytest.approx(value, rel=1e-4), name
    assert (tmp_path / "out2" / "training_state.pt").exists()
