"""The Hub path with the real huggingface_hub client, against a server on loopback that answers as the Hub does."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from hub.repositories import save_full_mask2former, save_tiny
from hub.server import Hub

import segtutor as st
from segtutor.errors import UserError
from segtutor.models import checks
from segtutor.models.hub import download

M2F, TINY = "lab/mask2former-swin-tiny-coco-panoptic", "lab/tiny-mask2former"
WEIGHTS = "model.safetensors"

FAMILIES = ("mask2former", "maskformer", "segformer", "upernet", "beit", "dpt", "mobilenet_v2", "mobilevit")


@pytest.fixture(scope="session")
def repositories(tmp_path_factory) -> dict[str, Path]:
    """What the server serves: a full-size Mask2Former and one small model of each other family."""
    root = tmp_path_factory.mktemp("repositories")
    folders = {M2F: save_full_mask2former(root / "full")}
    for family in FAMILIES:
        folders[f"lab/tiny-{family}"] = save_tiny(root / family, family)
    return folders


@pytest.fixture
def hub(repositories, monkeypatch):
    """The server, and huggingface_hub pointed to it as HF_ENDPOINT would (which is read when it is imported)."""
    import huggingface_hub
    from huggingface_hub import constants

    with Hub() as server:
        for repo_id, folder in repositories.items():
            server.add(repo_id, folder)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.endpoint + "/{repo_id}/resolve/{revision}/{filename}"
        )
        for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", "/nonexistent/token")
        monkeypatch.setattr(constants, "AGENT_HARNESSES_PATH", "/nonexistent/harnesses", raising=False)
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        huggingface_hub.close_session()
        yield server
    huggingface_hub.close_session()


@pytest.fixture
def cache(tmp_path) -> Path:
    return tmp_path / "cache"


def variant(repositories: dict[str, Path], tmp_path: Path, **files) -> Path:
    """A copy of the tiny Mask2Former with some files changed: None removes one, str or bytes replace its content."""
    folder = shutil.copytree(repositories[TINY], tmp_path / "variant")
    for name, content in files.items():
        path = folder / name
        if content is None:
            path.unlink()
        elif isinstance(content, dict):
            path.write_text(json.dumps({**json.loads(path.read_text()), **content}))
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def one_sentence(error: pytest.ExceptionInfo) -> str:
    """The error's text, once it is what a person should see: one line, no chain of tracebacks."""
    text = str(error.value)
    assert not text.startswith("got ")
    assert "\n" not in text
    assert len(text) < 700
    assert error.value.__cause__ is None
    assert error.value.__context__ is None or error.value.__suppress_context__
    return text


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_first_download_shows_a_bar_and_the_second_load_fetches_nothing(hub, cache, repositories, capsys):
    segmenter = st.load(M2F, cache_dir=cache)
    shown = capsys.readouterr().err
    assert WEIGHTS in shown
    assert "190M/190M" in shown
    assert "100%" in shown
    assert len(hub.fetched(WEIGHTS)) == 1
    assert not hub.fetched("README.md")
    assert segmenter.family == "mask"
    assert len(segmenter.categories) == 133
    assert sum(category.isthing for category in segmenter.categories) == 80
    assert segmenter.card["commit"] == hub.repositories[M2F].revisions["main"]

    segmenter.set_image(np.zeros((150, 200, 3), np.uint8))
    assert segmenter.output.class_logits.shape == (1, 100, 134)
    assert segmenter.output.mask_logits.shape[-2:] == (56, 72)  # 200 x 267, rounded up to multiples of 32, a quarter
    assert len(segmenter.output.layers) == 9
    segmenter.predict()

    hub.requests.clear()
    again = st.load(M2F, cache_dir=cache)
    assert [request.path for request in hub.requests] == [f"/api/models/{M2F}"]
    assert again.card == segmenter.card
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_comes_from_the_hub(family, hub, cache):
    segmenter = st.load(f"lab/tiny-{family}", cache_dir=cache)
    assert segmenter.card["source"] == "hub"
    result = segmenter.segment(np.zeros((40, 60, 3), np.uint8), task="semantic")
    assert result.segment_ids.shape == (40, 60)


def test_the_weights_are_the_servers_and_the_token_stays_with_the_hub(hub, cache, repositories):
    st.load(TINY, cache_dir=cache, token="hf_secret")
    (weights,) = cache.glob(f"models--*/snapshots/*/{WEIGHTS}")
    assert sha256(weights) == sha256(repositories[TINY] / WEIGHTS)
    assert not list(cache.rglob("*.incomplete"))
    assert all(request.token for request in hub.requests if "/resolve/" in request.path)
    assert not any(request.token for request in hub.requests if request.path.startswith("/cdn/"))


def test_a_download_that_broke_off_is_continued_by_the_next_load(hub, cache, repositories, capsys):
    size = (repositories[M2F] / WEIGHTS).stat().st_size
    half = size // 2
    hub.break_after, hub.down_after_break = half, True
    with pytest.raises(UserError) as error:
        st.load(M2F, cache_dir=cache)
    text = one_sentence(error)
    assert "load it again" in text
    assert f"{size / 1e6:.1f} MB" in text
    (part,) = cache.rglob("*.incomplete")
    have = part.stat().st_size
    assert 0 < have <= half
    assert not list(cache.glob(f"models--*/snapshots/*/{WEIGHTS}"))

    hub.files_down = False
    hub.requests.clear()
    st.load(M2F, cache_dir=cache)
    assert [request.range for request in hub.fetched(WEIGHTS)] == [f"bytes={have}-"]
    (weights,) = cache.glob(f"models--*/snapshots/*/{WEIGHTS}")
    assert sha256(weights) == sha256(repositories[M2F] / WEIGHTS)
    assert not list(cache.rglob("*.incomplete"))
    assert "100%" in capsys.readouterr().err


def test_a_connection_that_breaks_once_is_continued_at_once(hub, cache, repositories):
    hub.break_after = 1000
    st.load(TINY, cache_dir=cache)
    assert [request.range for request in hub.fetched(WEIGHTS)] == [None, "bytes=1000-"]
    (weights,) = cache.glob(f"models--*/snapshots/*/{WEIGHTS}")
    assert sha256(weights) == sha256(repositories[TINY] / WEIGHTS)


def test_a_part_that_does_not_fit_is_thrown_away(hub, cache, repositories):
    """Damage that only the SHA-256 shows: the part on the disk has the right length and another content."""
    weights = repositories[TINY] / WEIGHTS
    blobs = cache / "models--lab--tiny-mask2former" / "blobs"
    blobs.mkdir(parents=True)
    part = blobs / f"{sha256(weights)}.incomplete"
    part.write_bytes(bytes(1000))
    with pytest.raises(UserError) as error:
        st.load(TINY, cache_dir=cache)
    assert "SHA-256" in one_sentence(error)
    assert not part.exists()
    st.load(TINY, cache_dir=cache)


def test_a_revision_pins_the_model(hub, cache, repositories, tmp_path):
    old = hub.repositories[TINY].revisions["main"]
    new = hashlib.sha1(b"new").hexdigest()
    hub.repositories[TINY].commits[new] = variant(repositories, tmp_path, **{"config.json": {"dropout": 0.25}})
    hub.repositories[TINY].revisions = {"main": new, "v1": old}
    assert st.load(TINY, engine="transformers", cache_dir=cache).model.config.dropout == 0.25
    tagged = st.load(TINY, revision="v1", engine="transformers", cache_dir=cache)
    assert tagged.model.config.dropout == 0.0
    assert tagged.card["commit"] == old
    assert len(hub.fetched(WEIGHTS)) == 1  # the same content in both commits is one file in the cache

    hub.requests.clear()
    pinned = st.load(TINY, revision=old, cache_dir=cache)
    assert pinned.card["commit"] == old
    assert hub.requests == []


def test_without_network_the_cache_serves(hub, cache):
    st.load(TINY, cache_dir=cache)
    hub.stop()
    with pytest.warns(UserWarning, match="comes from the cache"):
        segmenter = st.load(TINY, cache_dir=cache)
    assert segmenter.card["commit"] == hub.repositories[TINY].revisions["main"]
    assert st.load(TINY, cache_dir=cache, local_files_only=True).card == segmenter.card
    for settings, part in (({}, "was not reached"), ({"local_files_only": True}, "local_files_only forbids")):
        with pytest.raises(UserError) as error:
            st.load("lab/tiny-upernet", cache_dir=cache, **settings)
        assert part in one_sentence(error)


def test_environment_variables_in_a_fresh_process(hub, cache):
    """HF_ENDPOINT and HF_HOME, then HF_HUB_OFFLINE, read by a program of a person's own; torch is not needed for it."""
    code = textwrap.dedent("""
        import sys
        from segtutor.models.hub import UserError, download
        for name in sys.argv[1:]:
            try:
                print(download(name).name)
            except UserError as error:
                print(error)
    """)
    home = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    home |= {"HF_HOME": str(cache), "HF_ENDPOINT": hub.endpoint}

    def run(*names: str, **variables: str) -> list[str]:
        command = [sys.executable, "-c", code, *names]
        done = subprocess.run(command, env=home | variables, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    commit = hub.repositories[TINY].revisions["main"]
    assert run(TINY) == [commit]
    assert list((cache / "hub").glob(f"models--*/snapshots/{commit}/{WEIGHTS}"))
    hub.requests.clear()
    cached, sentence = run(TINY, "lab/tiny-upernet", HF_HUB_OFFLINE="1")
    assert cached == commit
    assert "HF_HUB_OFFLINE forbids the network" in sentence
    assert hub.requests == []


def test_offline_mode_loads_from_the_cache(hub, cache, monkeypatch):
    from huggingface_hub import constants

    st.load(TINY, cache_dir=cache)
    hub.requests.clear()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert st.load(TINY, cache_dir=cache).card["commit"] == hub.repositories[TINY].revisions["main"]
    assert hub.requests == []


def test_a_hub_that_is_down(hub, cache):
    st.load(TINY, cache_dir=cache)
    hub.down = True
    with pytest.warns(UserWarning, match="comes from the cache"):
        st.load(TINY, cache_dir=cache)
    with pytest.raises(UserError) as error:
        st.load("lab/tiny-upernet", cache_dir=cache)
    assert "it answered 503" in one_sentence(error)


LOGIN = b"<!DOCTYPE html><html><body>Welcome to the hotel. <form>Room number</form></body></html>"
ODD = {
    "429": (429, "application/json", b'{"error": "Rate limit"}'),
    "403": (403, "text/html", b"<html>Forbidden</html>"),
    "500": (500, "text/plain", b"oops"),
    "a login page": (200, "text/html", LOGIN),
    "nothing": (200, "application/json", b""),
    "a list": (200, "application/json", b"[1, 2]"),
    "a number": (200, "application/json", b"7"),
    "no sha": (200, "application/json", b'{"id": "lab/x", "siblings": []}'),
    "sha a number": (200, "application/json", b'{"id": "lab/x", "sha": 7, "siblings": []}'),
    "sha a path": (200, "application/json", b'{"id": "lab/x", "sha": "../../x", "siblings": []}'),
    "siblings a text": (200, "application/json", b'{"id": "x", "sha": "' + b"0" * 40 + b'", "siblings": "abc"}'),
    "sizes as text": (
        200,
        "application/json",
        b'{"id": "x", "sha": "' + b"0" * 40 + b'", "siblings": [{"rfilename": "config.json", "size": "big"}]}',
    ),
    "bytes that are no text": (200, "application/json", b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("name", ODD)
def test_a_hub_that_answers_nonsense_leaves_the_cache_to_be_used(name, hub, cache):
    before = download(TINY, cache_dir=cache)
    hub.says = ODD[name]
    with pytest.warns(UserWarning, match="comes from the cache"):
        assert download(TINY, cache_dir=cache) == before
    with pytest.raises(UserError) as error:
        download("lab/tiny-upernet", cache_dir=cache)
    assert "Error" not in one_sentence(error)


def test_so_does_one_that_breaks_at_the_files(hub, cache, repositories, tmp_path):
    before = download(TINY, cache_dir=cache)
    new = tmp_path / "new"
    shutil.copytree(hub.repositories[TINY].commits[before.name], new)
    hub.repositories[TINY].commits["1" * 40] = new
    hub.repositories[TINY].revisions["main"] = "1" * 40
    hub.files_say = ODD["403"]
    with pytest.warns(UserWarning, match="comes from the cache"):
        assert download(TINY, cache_dir=cache) == before


def test_an_answer_that_drips_in_has_a_deadline(hub, cache, monkeypatch):
    before = download(TINY, cache_dir=cache)
    monkeypatch.setattr("segtutor.models.hub.DEADLINE", 1.0)
    hub.drips = True
    began = time.monotonic()
    with pytest.warns(UserWarning, match="comes from the cache"):
        assert download(TINY, cache_dir=cache) == before
    assert time.monotonic() - began < 20


def test_a_cache_that_is_only_read_serves_online_too(hub, cache, monkeypatch):
    before = download(TINY, cache_dir=cache)
    hub.repositories[TINY].revisions["v1"] = before.name

    def refuse(*_, **__):
        raise UserError("read-only")  # as write_whole does

    monkeypatch.setattr("segtutor.models.hub.write_whole", refuse)
    assert download(TINY, cache_dir=cache) == before
    assert download(TINY, revision="v1", cache_dir=cache) == before


NAMES = (
    ("lab/no-such-model", {}, "check the spelling"),
    (TINY, {"revision": "v9"}, "branch, tag or commit"),
    ("mask2former-toytwon", {}, "or a Hub id 'owner/name'"),
    ("lab/a/b", {}, "or a Hub id 'owner/name'"),
    ("./no/such/folder", {}, "or a Hub id 'owner/name'"),
    ("../etc", {}, "or a Hub id 'owner/name'"),
    ("lab/modèle", {}, "check the spelling"),
    ("lab/tiny--upernet", {}, "check the spelling"),
    ("lab/tiny..upernet", {}, "check the spelling"),
    ("lab/tiny-", {}, "check the spelling"),
    ("lab/tiny.git", {}, "check the spelling"),
    ("~no-such-user/model", {}, "check the spelling"),
    ("n" * 300, {}, "check the spelling"),
    ("https://huggingface.co/lab/model", {}, "or a Hub id 'owner/name'"),
    ("", {}, "pass a name"),
    (None, {}, "pass a name"),
    (__file__, {}, "got the file"),
    (TINY, {"engine": "jax"}, "'reference' or 'transformers'"),
)


@pytest.mark.parametrize(("name", "settings", "part"), NAMES, ids=[f"{n}-{s}"[:60] for n, s, _ in NAMES])
def test_wrong_names(name, settings, part, hub, cache):
    with pytest.raises(UserError) as error:
        st.load(name, cache_dir=cache, **settings)
    assert part in one_sentence(error)
    assert not hub.fetched(WEIGHTS)


def test_sentences_name_what_is_embedded(hub, cache, tmp_path, repositories, monkeypatch):
    from segtutor.models import zoo

    shutil.copytree(repositories[TINY], tmp_path / "checkpoints" / "mask2former-toytown")
    monkeypatch.setattr(zoo, "CHECKPOINTS", tmp_path / "checkpoints")
    for name, part in (
        ("mask2former-toytwon", "did you mean 'mask2former-toytown'?"),
        ("lab/no-such-model", "take 'mask2former-toytown', which needs no network"),
    ):
        with pytest.raises(UserError) as error:
            st.load(name, cache_dir=cache)
        assert part in one_sentence(error)
    with pytest.raises(UserError) as error:
        st.load("mask2former-toytown", revision="v1")
    assert "revision" in one_sentence(error)
    assert st.load("mask2former-toytown").card["source"] == "embedded"


def test_a_gated_model(hub, cache):
    hub.repositories[TINY].gated = True
    with pytest.raises(UserError) as error:
        st.load(TINY, cache_dir=cache)
    assert "accept its conditions" in one_sentence(error)
    assert st.load(TINY, cache_dir=cache, token="hf_granted").family == "mask"


PICKLE = b"\x80\x04cposix\nsystem\n."  # would run a command if anything opened it as a pickle
BAD_REPOSITORIES = {
    "pickle only": ({WEIGHTS: None, "pytorch_model.bin": PICKLE}, "can run code"),
    "no weights": ({WEIGHTS: None}, "no weights (model.safetensors)"),
    "no config": ({"config.json": None}, "no config.json"),
    "no processor": ({"preprocessor_config.json": None}, "no preprocessor_config.json"),
    "remote code": ({"config.json": {"auto_map": {"AutoModel": "modeling.Net"}}, "modeling.py": "raise"}, "auto_map"),
    "remote processor": ({"preprocessor_config.json": {"auto_map": {"AutoImageProcessor": "p.P"}}}, "auto_map"),
    "remote kernels": ({"config.json": {"_attn_implementation": "some/kernels"}}, "eager or sdpa"),
    "unknown type": ({"config.json": {"model_type": "homegrown"}}, "'homegrown'"),
    "another task": ({"config.json": {"model_type": "bert"}}, "'bert'"),
    "backbone elsewhere": ({"config.json": {"backbone_config": None, "backbone": "resnet50"}}, "backbone"),
    "timm": ({"config.json": {"backbone_config": {"model_type": "timm_backbone"}}}, "'timm_backbone'"),
    "quantised": ({"config.json": {"quantization_config": {"quant_method": "x"}}}, "quantization_config"),
    "huge number": ({"config.json": {"num_queries": 10**9}}, "num_queries"),
    "infinite number": ({"config.json": '{"model_type": "mask2former", "dropout": Infinity}'}, "not valid JSON"),
    "wrong type of value": ({"config.json": {"num_queries": "many"}}, "cannot build"),
    "labels that are none": ({"config.json": {"id2label": {"first": "cat"}}}, ""),
    "windows": ({"preprocessor_config.json": {"do_split_image": True}}, "do_split_image"),
    "size of one edge": ({"preprocessor_config.json": {"size": {"shortest_edge": 64}}}, "longest_edge"),
    "a huge model": ({"config.json": {"dim_feedforward": 90_000, "hidden_dim": 90_000}}, "GB"),
    "not json": ({"config.json": "{"}, "not valid JSON"),
    "not utf-8": ({"config.json": b"\xff\xfe{}"}, "not valid JSON"),
    "deep json": ({"config.json": '{"a":' + "[" * 3000}, "not valid JSON"),
    "a list": ({"config.json": "[]"}, "a list"),
    "large json": ({"config.json": '{"a": "' + "x" * 1_100_000 + '"}'}, "1000000"),
    "processor of another kind": ({"preprocessor_config.json": {"image_processor_type": "BlipImageProcessor"}}, "Blip"),
    "wrong mean": ({"preprocessor_config.json": {"image_mean": [0.5]}}, "image_mean"),
    "zero std": ({"preprocessor_config.json": {"image_std": [0.5, 0.5, 0]}}, "image_std"),
    "huge size": ({"preprocessor_config.json": {"size": {"shortest_edge": 10**6}}}, "size"),
    "no such filter": ({"preprocessor_config.json": {"resample": 99}}, "resample"),
    "missing weights": ({"config.json": {"decoder_layers": 9}}, "weight"),
    "unexpected weights": ({"config.json": {"decoder_layers": 3}}, "weight"),
    "mismatched weights": ({"config.json": {"num_queries": 9}}, "shape"),
    "empty weights": ({WEIGHTS: b""}, ""),
    "html instead of weights": ({WEIGHTS: b"<!DOCTYPE html><html>" * 50}, "damaged"),
    "shards outside": (
        {WEIGHTS: None, checks.INDEX: json.dumps({"weight_map": {"a": "../../secret.safetensors"}})},
        "weight_map",
    ),
    "shard missing": (
        {WEIGHTS: None, checks.INDEX: json.dumps({"weight_map": {"a": "model-00001-of-00001.safetensors"}})},
        "",
    ),
}


@pytest.mark.parametrize("case", BAD_REPOSITORIES)
@pytest.mark.parametrize(
    ("source", "engine"), [("hub", None), ("folder", None), ("folder", "reference"), ("folder", "transformers")]
)
def test_repositories_that_are_refused(case, source, engine, hub, cache, repositories, tmp_path):
    files, part = BAD_REPOSITORIES[case]
    folder = variant(repositories, tmp_path, **files)
    hub.add("lab/bad", folder)
    with pytest.raises(UserError) as error:
        st.load("lab/bad" if source == "hub" else folder, cache_dir=cache, engine=engine)
    assert part in one_sentence(error)
    assert not list(cache.rglob("*.bin"))
    assert not list(cache.rglob("*.py"))


@pytest.mark.parametrize("case", ["remote code", "unknown type", "huge number", "large json"])
def test_a_refusal_costs_no_weights(case, hub, cache, repositories, tmp_path):
    hub.add("lab/bad", variant(repositories, tmp_path, **BAD_REPOSITORIES[case][0]))
    with pytest.raises(UserError):
        st.load("lab/bad", cache_dir=cache)
    assert not hub.fetched(WEIGHTS)


def test_extra_files_are_neither_fetched_nor_a_reason_to_refuse(hub, cache, repositories, tmp_path):
    extra = {"pytorch_model.bin": PICKLE, "modeling.py": "raise SystemExit", "README.md": "hello"}
    hub.add("lab/more", variant(repositories, tmp_path, **extra))
    st.load("lab/more", cache_dir=cache)
    for name in extra:
        assert not [request for request in hub.requests if request.path.endswith(name)]


def test_weights_above_the_limit(hub, cache):
    hub.repositories[TINY].sizes[WEIGHTS] = 3 * 1024**3
    with pytest.raises(UserError) as error:
        st.load(TINY, cache_dir=cache)
    assert "3.2 GB" in one_sentence(error)
    assert not hub.fetched(WEIGHTS)


def test_a_file_longer_than_announced(hub, cache, repositories):
    size = (repositories[TINY] / WEIGHTS).stat().st_size
    hub.repositories[TINY].sizes[WEIGHTS] = size - 10
    with pytest.raises(UserError) as error:
        st.load(TINY, cache_dir=cache)
    one_sentence(error)
    assert not list(cache.glob(f"models--*/snapshots/*/{WEIGHTS}"))


@pytest.mark.filterwarnings("ignore:Not enough free disk space")  # huggingface_hub says it for the small files
def test_no_room_on_the_disk(hub, cache, monkeypatch):
    usage = shutil.disk_usage(".")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(UserError) as error:
        st.load(TINY, cache_dir=cache)
    assert "too little room" in one_sentence(error)
    assert not hub.fetched(WEIGHTS)


def test_a_cache_that_cannot_be_written(hub, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError) as error:
        st.load(TINY, cache_dir=tmp_path / "file" / "cache")
    assert "cannot be" in one_sentence(error)


def test_weights_damaged_in_the_cache(hub, cache):
    st.load(TINY, cache_dir=cache)
    (weights,) = cache.glob(f"models--*/snapshots/*/{WEIGHTS}")
    content = weights.read_bytes()
    weights.resolve().write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError) as error:
        st.load(TINY, cache_dir=cache)
    text = one_sentence(error)
    assert f"delete {weights.resolve()}" in text
    weights.resolve().unlink()  # what the sentence asks for
    assert st.load(TINY, cache_dir=cache).family == "mask"


def test_sharded_weights(hub, cache, repositories, tmp_path):
    from transformers import Mask2FormerForUniversalSegmentation

    folder = variant(repositories, tmp_path, **{WEIGHTS: None})
    model = Mask2FormerForUniversalSegmentation.from_pretrained(repositories[TINY])
    model.save_pretrained(folder, max_shard_size="200KB")
    assert len(list(folder.glob("model-*.safetensors"))) > 1
    hub.add("lab/shards", folder)
    image = np.zeros((32, 32, 3), np.uint8)
    whole, shards = st.load(TINY, cache_dir=cache), st.load("lab/shards", cache_dir=cache)
    assert (whole.set_image(image).output.mask_logits == shards.set_image(image).output.mask_logits).all()
    hub.requests.clear()
    st.load("lab/shards", cache_dir=cache)
    assert len(hub.requests) == 1


def test_folders_come_before_hub_ids(hub, cache, repositories, tmp_path, monkeypatch):
    shutil.copytree(repositories[TINY], tmp_path / "lab" / "tiny-mask2former")
    monkeypatch.chdir(tmp_path)
    assert st.load(TINY).card["source"] == "folder"
    assert hub.requests == []
