"""With the network switched off: a picture is segmented, and a model that would have to be fetched is one sentence."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.processes


def segtutor(prefix: list[str], *arguments: str, **options) -> subprocess.CompletedProcess:
    if not prefix:
        pytest.skip("this system permits no network namespace (unshare -n)")
    command = [*prefix, sys.executable, "-m", "segtutor", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, **options)


@pytest.mark.network_off
@pytest.mark.parametrize("model", ["mask2former-toytown", "upernet-toytown"])
def test_a_photograph_is_segmented(without_network, model, private, repository, tmp_path):
    picture, out = repository / "segtutor/data/photos/coffee.jpg", tmp_path / "out.png"
    done = segtutor(
        without_network,
        "segment",
        str(picture),
        "--model",
        model,
        "--out",
        str(out),
        "--json",
        env=private,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["segments"]
    assert out.stat().st_size > 10_000


@pytest.mark.network_off
def test_a_model_that_has_to_be_fetched_is_one_sentence(without_network, private, repository, tmp_path):
    picture = repository / "segtutor/data/photos/coffee.jpg"
    done = segtutor(
        without_network, "segment", str(picture), "--model", "facebook/mask2former-swin-tiny-coco-panoptic",
        "--out", "out.png", env=private, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert "mask2former-toytown" in done.stderr, "it says what is available offline"
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out.png").exists()
