"""A trained model with a new list of classes: what is drawn anew, what stays, and that it learns."""

import pytest
import torch

import segtutor as st
from segtutor.errors import UserError
from segtutor.reference import PixelClassifier, TinyMaskClassifier
from segtutor.reference.per_pixel.unet import UNet
from segtutor.training.new_classes import replace_heads, with_classes

LIKE = {"ground": ["grass", "road"], "pet": "cat"}


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def shipped():
    return {name: st.load(f"{name}-toytown") for name in ("mask2former", "upernet")}


def head_of(model, family):
    return model.class_head if family == "mask" else model.head.classifier


@pytest.mark.parametrize("name", ["mask2former", "upernet"])
def test_rows_are_kept_averaged_or_new_and_the_rest_stays(shipped, name):
    old = shipped[name]
    before = {key: value.clone() for key, value in old.model.state_dict().items()}
    own = with_classes(old, ["sky", "ground", "pet", "something else"], like=LIKE)
    assert own.categories.names == ["sky", "ground", "pet", "something else"]
    assert own.family == old.family
    rows, first = head_of(own.model, own.family).weight, head_of(old.model, own.family).weight
    assert len(rows) == 4 + (own.family == "mask")
    place = old.categories.names.index
    assert torch.equal(rows[0], first[place("sky")])
    assert torch.allclose(rows[1], (first[place("grass")] + first[place("road")]) / 2)
    assert torch.equal(rows[2], first[place("cat")])
    assert not any(torch.equal(rows[3], row) for row in first)
    if own.family == "mask":  # who is silent stays silent
        assert torch.equal(rows[-1], first[-1])
        assert own.model.class_head.bias[-1] == old.model.class_head.bias[-1]
    changed = {key for key, value in own.model.state_dict().items() if not torch.equal(value, before.get(key, value))}
    assert {key.rpartition(".")[0] for key in changed} <= {"class_head", "head.classifier"}
    for key, value in old.model.state_dict().items():
        assert torch.equal(value, before[key]), key


@pytest.mark.parametrize("name", ["mask2former", "upernet"])
def test_same_names_in_another_order_are_the_same_answer(shipped, name):
    image, _ = st.toytown.scene(3, 64).render()
    old = shipped[name]
    turned = list(old.categories)[::-1]
    answers = [s.segment(image) for s in (old, with_classes(old, turned))]
    named = [sorted((a.categories.by_id(s.category_id).name, s.area) for s in a.segments) for a in answers]
    assert named[0] == named[1]


def test_random_rows_follow_torchs_generator(shipped):
    heads = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        heads.append(with_classes(shipped["mask2former"], ["a", "b"]).model.class_head.weight)
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])


@pytest.mark.parametrize("name", ["mask2former", "upernet"])
def test_it_learns_its_classes(shipped, name):
    """Every thing of a scene is of the class "thing" now; only the head may move."""
    image, truth = st.toytown.scene(200297, 64).render()
    own = with_classes(
        shipped[name], [{"id": 5, "name": "stuff", "isthing": 0}, {"id": 9, "name": "thing", "isthing": 1}]
    )
    things = {c.id for c in truth.categories if c.isthing}
    ids = {s.id: 9 if s.category_id in things else 5 for s in truth.segments}
    row = {"image": image, "segmentation": st.Segmentation.from_ids(truth.segment_ids, ids, own.categories)}
    fitted = st.fit(
        own.model, [row], steps=12, batch_size=2, lr=0.01, freeze="all but heads", schedule="constant", log_every=1
    )
    assert fitted.losses[-1] < 0.7 * fitted.losses[0]
    before, after = (dict(model.named_parameters()) for model in (shipped[name].model, own.model))
    assert all(torch.equal(before[key], after[key]) for key in before if key.startswith("backbone"))
    assert {s.category_id for s in own.segment(image, task="semantic").segments} == {5, 9}


@pytest.mark.parametrize("build", [lambda: TinyMaskClassifier(5), lambda: PixelClassifier(5), lambda: UNet(5)])
def test_the_courses_own_small_models_have_heads_too(build):
    model = build()
    assert replace_heads(model, 5, [[0], [], []])
    with torch.no_grad():
        output = model(torch.zeros(1, 3, 64, 64))
    logits = output.logits if isinstance(output, st.PerPixelOutput) else output.class_logits.mT
    assert logits.shape[1] == 3 + isinstance(output, st.MaskOutput)


def test_mistakes_are_said_in_one_sentence(shipped):
    old = shipped["mask2former"]
    for call, said in (
        (lambda: with_classes(old, ["pet"], like={"pets": "cat"}), "like.*'pets'"),
        (lambda: with_classes(old, ["pet"], like={"pet": ["cat", "dog"]}), "'pet'.*'dog'"),
        (lambda: with_classes(st.load("mask2former-toytown", engine="transformers"), ["pet"]), "engine='reference'"),
        (lambda: replace_heads(torch.nn.Linear(2, 3), 3, [[]]), "3 classes.*Linear"),
    ):
        with pytest.raises(UserError, match=said) as caught:
            call()
        assert "\n" not in str(caught.value)
