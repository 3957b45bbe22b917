"""The Explainer, from a file, in a real Chromium: every box shows what PyTorch computes, and answers what is done."""

import json
import re
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from axe_checked import violations
from opened_explainer import BOXES, FRAME, Opened
from PIL import Image

import segtutor as st
from segtutor.inference import panoptic_inference
from segtutor.models.export_steps import steps_of
from segtutor.outputs import MaskOutput
from segtutor.pages.networks import NETWORKS, SCENES

pytestmark = pytest.mark.browser
PIXEL = (66, 92)  # on a ball of the first scene
QUERY_OF = """() => { const { view, now } = window.segtutorExplainer; return view.query; }"""
PICTURES = "() => Object.fromEntries([...document.querySelectorAll('[data-box]')].map((box) => "
PICTURES += "[box.dataset.box, [...box.querySelectorAll('canvas')].map((one) => one.toDataURL()).join()]))"
CLOSE = {"rel": 1e-3, "abs": 1e-4}
SIZES = [(4, 4), (8, 8), (16, 16)]


@pytest.fixture(scope="module")
def opened(browser, explainer_file):
    one = Opened(browser, explainer_file, f"#scene=0&pixel={PIXEL[0]},{PIXEL[1]}")
    yield one
    one.close()


@pytest.fixture(scope="module")
def torch_steps():
    """What PyTorch computes of the first scene: a dict of tensors for each network."""
    image = st.toytown.scene(next(iter(SCENES.values()))).render()[0]
    found = []
    for name in NETWORKS:
        segmenter = st.load(name)
        with torch.inference_mode():
            found.append(
                steps_of(segmenter.model.eval())(torch.from_numpy(np.array(segmenter.processor(image)[0]))[None])
            )
    return found


@pytest.fixture(scope="module")
def query(opened):
    return opened.page.evaluate(QUERY_OF)


def cell(size: int) -> tuple[int, int]:
    """(row, column) of the pixel's cell in a map of size x size."""
    return PIXEL[1] * size // 128, PIXEL[0] * size // 128


def test_every_box_shows_something(opened):
    assert sorted(opened.page.evaluate(PICTURES)) == sorted(BOXES)
    blank = """() => [...document.querySelectorAll('[data-box] canvas')].filter((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height), seen = new Set();
      for (let i = 0; i < data.length; i += 4) seen.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
      return seen.size < 2; }).map((one) => one.getAttribute('aria-label'))"""
    assert opened.page.evaluate(blank) == []
    assert opened.page.evaluate("() => document.documentElement.scrollWidth") <= 1366


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_out(opened, scheme):
    opened.open("merge")
    opened.page.emulate_media(color_scheme=scheme)
    assert violations(opened.page) == []


def test_the_answers_and_their_score_are_pythons(opened):
    image, truth = st.toytown.scene(next(iter(SCENES.values()))).render()
    for box, name in zip(("components", "merge"), NETWORKS, strict=True):
        expected = st.metrics.panoptic_quality([(st.load(name).segment(image), truth)], truth.categories).all.pq
        shown = opened.page.locator(f'[data-box="{box}"] .segtutor-told strong').inner_text()
        assert float(re.search(r"PQ ([\d.]+)", shown)[1]) == pytest.approx(100 * expected, abs=0.3)
        assert opened.open(box)["pq"] == pytest.approx(expected, abs=3e-3)


def test_pairs_are_those_of_python(opened):
    image, truth = st.toytown.scene(next(iter(SCENES.values()))).render()
    numbers = opened.open("merge")
    ious = sorted(value for name, value in numbers.items() if name.startswith("iou-"))
    matched = st.metrics.match_segments(st.load(NETWORKS[1]).segment(image), truth)
    expected = sorted(one.iou for one in matched.matches)
    assert ious == pytest.approx(expected, abs=2e-2)  # float32 and float64 give a pixel at a border to another segment
    for name in [name for name in numbers if name.startswith("iou-")]:
        rest = name.removeprefix("iou-")
        assert numbers[name] == pytest.approx(numbers[f"shared-{rest}"] / numbers[f"union-{rest}"])


def test_mask_dot_product(opened, torch_steps, query):
    numbers, steps = opened.open("masks"), torch_steps[1]
    y, x = cell(32)
    expected = steps["all_mask_logits"][-1, query, y, x].item()
    dot = (steps["embeddings"][-1, query] @ steps["mask_features"][0, :, y, x]).item()
    assert numbers["result"] == pytest.approx(expected, **CLOSE)
    assert numbers["sum"] == pytest.approx(dot, **CLOSE)
    assert numbers["probability"] == pytest.approx(torch.tensor(expected).sigmoid().item(), **CLOSE)


def test_class_distribution(opened, torch_steps, query):
    numbers = opened.open("class-head")
    logits = torch_steps[1]["all_class_logits"][-1, query]
    for k, share in enumerate(logits.softmax(-1).tolist()):
        assert numbers[f"share-{k}"] == pytest.approx(share, **CLOSE)
        assert numbers[f"logit-{k}"] == pytest.approx(logits[k].item(), rel=1e-3, abs=1e-3)


def test_softmax_of_one_head_with_its_mask(opened, torch_steps, query):
    opened.open("attention")
    for layer in range(3):
        opened.panel.get_by_label("Layer", exact=True).select_option(str(layer))
        opened.panel.get_by_label("Head", exact=True).select_option("2")
        numbers, (h, w) = opened.numbers(), SIZES[layer]
        y, x = cell(h)
        weights = torch_steps[1][f"attention_{layer}"][0, 2, query]
        assert numbers["allowed"] == torch_steps[1][f"may_attend_{layer}"][0, 0, query].sum().item()
        assert numbers["share"] == pytest.approx(weights[y * w + x].item(), **CLOSE)
        assert numbers["given"] == pytest.approx(weights[y * w + x].item(), **CLOSE)
        shown = {int(name[6:]): value for name, value in numbers.items() if name.startswith("share-")}
        assert len(shown) >= 5
        for place, share in shown.items():
            assert share == pytest.approx(weights[place].item(), **CLOSE)


def test_a_sampling_point(opened, torch_steps):
    opened.open("pixel-decoder")
    steps, (y, x), channel, head, level, point = torch_steps[1], cell(16), 5, 1, 1, 3
    for label, value in (("Head", head), ("Level", level), ("Point", point), ("Channel of the head", channel)):
        opened.panel.get_by_label(label, exact=True).select_option(str(value))
    numbers = opened.numbers()
    place = 16 + 64 + 16 * y + x
    values = steps["point_values"][0, 16 : 16 + 64, head * 16 + channel].reshape(1, 1, 8, 8)
    where = steps["points"][0, place, head, level, point] * 2 - 1
    read = F.grid_sample(values, where.reshape(1, 1, 1, 2), align_corners=False).item()
    weight = steps["point_weights"][0, place, head, level, point].item()
    assert numbers["read"] == pytest.approx(read, **CLOSE)
    assert numbers["weight"] == pytest.approx(weight, **CLOSE)
    assert numbers["added"] == pytest.approx(read * weight, **CLOSE)


@pytest.mark.parametrize("network", [0, 1])
def test_a_convolution(opened, torch_steps, network):
    opened.open("backbone")
    opened.panel.get_by_label("Network", exact=True).select_option(str(network))
    opened.panel.get_by_label("Channel", exact=True).select_option("7")
    numbers, (y, x) = opened.numbers(), cell(64)
    weight = st.load(NETWORKS[network]).model.backbone.stem.convolution.weight.detach()
    expected = F.conv2d(torch_steps[network]["pixels"], weight, stride=2, padding=3)[0, 7, y, x].item()
    assert numbers["sum"] == pytest.approx(expected, **CLOSE)
    assert numbers["result"] == pytest.approx(expected, **CLOSE)
    assert sum(numbers[f"sum-{one}"] for one in ("red", "green", "blue")) == pytest.approx(expected, **CLOSE)


def test_a_pixels_logit_and_its_softmax(opened, torch_steps):
    opened.open("pixel-head")
    opened.panel.get_by_label("Class", exact=True).select_option("13")
    numbers, (y, x) = opened.numbers(), cell(32)
    assert numbers["logit"] == pytest.approx(torch_steps[0]["cell_logits"][0, 13, y, x].item(), **CLOSE)
    assert numbers["result"] == pytest.approx(numbers["logit"], **CLOSE)
    logits = torch_steps[0]["logits"][0, :, PIXEL[1], PIXEL[0]]
    numbers = opened.open("pixel-softmax")
    for k, share in enumerate(logits.softmax(-1).tolist()):
        assert numbers[f"share-{k}"] == pytest.approx(share, **CLOSE)
    best = logits.topk(2).values.tolist()
    assert opened.open("argmax")["lead"] == pytest.approx(best[0] - best[1], **CLOSE)


def test_the_merge_walk(opened, torch_steps):
    numbers = opened.open("merge")
    probs = torch_steps[1]["class_logits"][0].softmax(-1)
    for q in range(24):
        assert numbers[f"score-{q}"] == pytest.approx(probs[q].max().item(), **CLOSE)
    opened.page.get_by_role("button", name="Next step").click()
    masks = F.interpolate(torch_steps[1]["mask_logits"], size=(128, 128), mode="bilinear", align_corners=False)[0]
    claims = {name: value for name, value in opened.numbers().items() if name.startswith("claim-")}
    assert len(claims) == 6
    for name, claim in claims.items():
        q = int(name.removeprefix("claim-"))
        expected = probs[q].max() * masks[q, PIXEL[1], PIXEL[0]].sigmoid()
        assert claim == pytest.approx(expected.item(), **CLOSE)
    opened.page.get_by_role("button", name="Next step").click()
    inside = (masks.sigmoid() >= 0.5).flatten(1).sum(1)
    areas = {name: value for name, value in opened.numbers().items() if name.startswith("mask-")}
    assert len(areas) > 3
    for name, area in areas.items():
        assert area == pytest.approx(inside[int(name.removeprefix("mask-"))].item(), abs=2)
    opened.page.get_by_role("button", name="Next step").click()
    image, _ = st.toytown.scene(next(iter(SCENES.values()))).render()
    expected = st.load(NETWORKS[1]).segment(image)
    painted = [value for name, value in opened.numbers().items() if name.startswith("segment-")]
    assert sorted(painted) == pytest.approx(sorted(one.area for one in expected.segments), abs=5)


def test_a_threshold_moves_the_merge(opened):
    opened.open("merge")
    before = opened.page.evaluate(PICTURES)
    opened.page.get_by_label("Score threshold", exact=True).fill("1")
    opened.page.evaluate(FRAME)
    after = opened.page.evaluate(PICTURES)
    assert {name for name in BOXES if after[name] != before[name]} == {"merge"}
    assert opened.numbers()["pq"] < 0.2
    opened.page.get_by_label("Score threshold", exact=True).fill("0.6")
    opened.page.evaluate(FRAME)
    assert opened.page.evaluate(PICTURES) == before


def test_pixel_and_query_are_linked_everywhere(opened, query):
    page = opened.page
    opened.open("masks")
    before, pictures = opened.numbers(), page.evaluate(PICTURES)
    plate = page.locator('[data-box="argmax"] canvas').first
    plate.scroll_into_view_if_needed()
    box = plate.bounding_box()
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.1 * box["height"])
    page.evaluate(FRAME)
    assert opened.numbers()["result"] < min(0, before["result"])  # a wall: outside of the query's mask
    assert page.get_by_label("Pixel x").input_value() == "12"
    page.mouse.move(0, 0)
    page.evaluate(FRAME)
    assert opened.numbers() == before
    other = page.locator('[data-box="masks"] button.finds[aria-pressed="false"]').first
    other.focus()
    page.keyboard.press("Enter")
    page.evaluate(FRAME)
    assert page.evaluate(QUERY_OF) != query
    after = page.evaluate(PICTURES)
    assert {name for name in BOXES if after[name] != pictures[name]} == {"attention", "masks"}
    page.locator(f'[data-query="{query}"]').click()
    page.evaluate(FRAME)
    assert page.evaluate(PICTURES) == pictures


def test_masked_attention_switched_off(opened, query):
    page = opened.page
    image, truth = st.toytown.scene(next(iter(SCENES.values()))).render()
    before, pictures = opened.open("attention"), page.evaluate(PICTURES)
    assert page.locator("#changes").inner_text() == ""
    page.get_by_label("Masked attention", exact=True).uncheck()
    opened.settle()
    after = page.evaluate(PICTURES)
    assert {name for name in BOXES if after[name] != pictures[name]} == {"queries", "attention", "masks", "merge"}
    segmenter = st.load(NETWORKS[1])
    with st.reference.unmasked(segmenter.model), torch.inference_mode():
        steps = steps_of(segmenter.model.eval())(torch.from_numpy(np.array(segmenter.processor(image)[0]))[None])
        expected = st.metrics.panoptic_quality([(segmenter.segment(image), truth)], truth.categories).all.pq
    numbers, (y, x) = opened.numbers(), cell(16)
    assert before["allowed"] < numbers["allowed"] == 256
    assert numbers["share"] == pytest.approx(steps["attention_2"][0, 2, query, y * 16 + x].item(), **CLOSE)
    assert opened.open("merge")["pq"] == pytest.approx(expected, abs=3e-3)
    said = page.locator("#changes").inner_text()
    assert "Masked attention is off" in said
    assert [float(one) for one in re.findall(r"([\d.]+) %", said)][1] == pytest.approx(100 * expected, abs=0.3)
    page.wait_for_function("() => location.hash.includes('masked=0')")
    page.get_by_label("Masked attention", exact=True).check()
    opened.settle()
    assert page.evaluate(PICTURES) == pictures
    assert page.locator("#changes").inner_text() == ""


def test_a_query_is_taken_away_and_brought_back(opened, query):
    page = opened.page
    image, truth = st.toytown.scene(next(iter(SCENES.values()))).render()
    opened.open("queries")
    pictures = page.evaluate(PICTURES)
    page.locator(f'[data-takes-part="{query}"]').uncheck()
    page.evaluate(FRAME)
    after = page.evaluate(PICTURES)
    assert {name for name in BOXES if after[name] != pictures[name]} == {"merge"}
    assert "taken away" in page.locator(f'[data-query="{query}"]').get_attribute("aria-label")
    segmenter = st.load(NETWORKS[1])
    output = segmenter.set_image(image).output
    classes = output.class_logits.clone()
    classes[0, query, -1] = 1e4  # "no object"
    left = panoptic_inference(
        MaskOutput(classes, output.mask_logits), (128, 128), segmenter.categories, **segmenter.thresholds
    )
    expected = st.metrics.panoptic_quality([(left, truth)], truth.categories).all.pq
    assert opened.open("merge")["pq"] == pytest.approx(expected, abs=3e-3)
    said = page.locator("#changes").inner_text()
    assert f"Query {query} is taken away" in said
    assert "No longer found" in said
    page.wait_for_function(f"() => location.hash.includes('without={query}')")
    page.get_by_role("button", name=f"Bring back query {query}").click()
    page.evaluate(FRAME)
    assert page.evaluate(PICTURES) == pictures
    assert page.locator("#changes").inner_text() == ""


def test_the_view_is_saved_as_a_picture(opened, query, tmp_path):
    page = opened.page
    opened.open("masks")
    for kind in ("SVG", "PNG"):
        with page.expect_download(timeout=60000) as saved:
            page.get_by_role("button", name=f"Save this view as {kind}").click()
        assert saved.value.suggested_filename == f"explainer-scene-1-masks.{kind.lower()}"
        saved.value.save_as(tmp_path / kind)
    root = ElementTree.parse(tmp_path / "SVG").getroot()
    found = {tag: [one for one in root.iter() if one.tag.endswith(f"}}{tag}")] for tag in ("image", "desc", "text")}
    visible = "() => [...document.querySelectorAll('#diagram canvas, #opened canvas')].filter((one) => one.width && "
    visible += "one.getClientRects().length).length"
    assert len(found["image"]) == page.evaluate(visible)
    assert {one.get("href").partition(",")[0] for one in found["image"]} == {"data:image/png;base64"}
    (caption,) = [one.text for one in found["desc"]]
    assert f"query={query}" in caption
    assert f"pixel ({PIXEL[0]}, {PIXEL[1]})" in caption
    shown = page.locator('[data-box="merge"] .segtutor-told strong').inner_text()
    assert f"of classifying masks {shown.removeprefix('PQ ')}" in caption
    words = {one.text for one in found["text"]}
    assert {"The Segmentation Explainer", "classify pixels", "Merge", shown} <= words
    with Image.open(tmp_path / "PNG") as picture:
        assert picture.size == tuple(2 * float(root.get(side)) for side in ("width", "height"))
        assert len(picture.convert("RGB").resize((64, 64)).getcolors(4096)) > 100


def strokes(truth, names: list[str], each: int) -> tuple[np.ndarray, list[dict]]:
    """(class of each pixel, -1 = another; short strokes inside each class, as the page takes them)."""
    random = np.random.default_rng(0)
    ids = {c.id: names.index(c.name) for c in truth.categories if c.name in names}
    wanted = np.full(truth.segment_ids.shape, -1)
    for segment in truth.segments:
        wanted[truth.segment_ids == segment.id] = ids.get(segment.category_id, -1)
    found = []
    for label in range(len(names)):
        whole = (np.lib.stride_tricks.sliding_window_view(wanted, (5, 9)) == label).all(axis=(2, 3))
        for y, x in random.permutation(np.argwhere(whole))[:each] + (2, 2):
            found.append({"label": label, "points": [[int(x), int(y)], [int(x) + 4, int(y)]]})
    return wanted, found


def test_scribbles_teach_the_frozen_backbone(opened):
    page = opened.page
    _, truth = st.toytown.scene(next(iter(SCENES.values()))).render()
    wanted, drawn = strokes(truth, ["wall", "floor", "ball", "cat"], each=6)
    page.evaluate(
        "(drawn) => { const { scribbles } = segtutorExplainer; scribbles.strokes = drawn; scribbles.changed(); }", drawn
    )
    map_ = np.array(page.evaluate("() => Array.from(segtutorExplainer.scribbles.labels)")).reshape(128, 128)
    assert (map_ == wanted)[wanted >= 0].mean() > 0.75  # by 24 strokes of 4 pixels; 0.81 when this was written
    learned = page.evaluate("""() => { const { scribbles } = segtutorExplainer, { features, labels, weights } =
      scribbles.problem(), { matrix, bias } = scribbles.learned;
      return [features, labels, weights, matrix, bias].map((one) => Array.from(one)); }""")
    x, y, share, matrix, bias = (torch.tensor(one, dtype=torch.float64) for one in learned)
    x, matrix, y = x.reshape(len(y), -1), matrix.reshape(len(bias), -1), y.long()
    w, b = torch.zeros_like(matrix, requires_grad=True), torch.zeros_like(bias, requires_grad=True)
    lbfgs = torch.optim.LBFGS([w, b], max_iter=500, tolerance_grad=1e-9, line_search_fn="strong_wolfe")

    def loss(w=w, b=b):
        return share @ F.cross_entropy(x @ w.T + b, y, reduction="none") + 0.01 / 2 * (w**2).sum()

    def closure():
        lbfgs.zero_grad()
        value = loss()
        value.backward()
        return value

    lbfgs.step(closure)
    assert share.sum().item() == pytest.approx(1)
    assert loss(matrix, bias).item() == pytest.approx(loss().item(), rel=1e-3)
    assert (x @ matrix.T + bias).softmax(1).numpy() == pytest.approx(
        (x @ w.T + b).softmax(1).detach().numpy(), abs=1e-3
    )
    said = page.locator("#scribbles [role=status]")
    assert "Learned from" in said.inner_text()
    page.get_by_role("button", name="Wipe all strokes").click()
    assert said.inner_text() == "Nothing is drawn yet."
    canvas = page.locator("#scribbles canvas").first
    canvas.focus()
    page.keyboard.press("Space")  # the pen begins in the middle
    page.get_by_label("class 2", exact=True).check()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.1 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.1 * box["height"], steps=2)
    page.mouse.up()
    page.wait_for_function("() => segtutorExplainer.scribbles.learned !== null")
    marks = np.array(page.evaluate("() => Array.from(segtutorExplainer.scribbles.marks())")).reshape(128, 128)
    assert marks[64, 64] == 1
    assert set(marks[12, 36:92]) == {2}
    page.get_by_role("button", name="Wipe all strokes").click()
    assert page.evaluate("() => segtutorExplainer.scribbles.learned") is None


def test_a_drag_changes_every_box(browser, explainer_file):
    one = Opened(browser, explainer_file, color_scheme="dark", reduced_motion="reduce")
    page = one.page
    before = page.evaluate(PICTURES)
    thing = next(t for t in reversed(page.evaluate("() => segtutorExplainer.edited.things")) if t["kind"] == "ball")
    box = page.locator(".segtutor-scene-picture").bounding_box()
    x, y = box["x"] + box["width"] * thing["x"], box["y"] + box["height"] * (thing["y"] - thing["height"] / 2)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 30, y - 50, steps=3)
    page.mouse.up()
    one.settle()
    after = page.evaluate(PICTURES)
    still = {"pixel-softmax", "class-head"}  # bars, no pictures
    assert {name for name in BOXES if after[name] == before[name]} <= still
    shown = page.evaluate("() => document.querySelector('[data-box=\"pixel-softmax\"] ol').innerText")
    assert "%" in shown

    # a picture of one's own: no truth, and no PQ is claimed
    said, told = page.locator("#own-says"), page.locator('[data-box="merge"] .segtutor-told')
    page.locator("#own").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    page.wait_for_function("() => document.querySelector('#own-says').innerText.includes('JPEG')")
    assert "PQ" in told.locator("strong").inner_text()
    content = BytesIO()
    random = np.random.default_rng(0).integers(0, 255, (6, 9, 3), dtype=np.uint8)
    Image.fromarray(random).resize((900, 600)).save(content, "PNG")
    file_ = {"name": "mine.png", "mimeType": "image/png", "buffer": content.getvalue()}
    page.locator("#own").set_input_files(file_)
    page.wait_for_function("() => document.querySelector('#own-says').innerText.includes('900')")
    one.settle()
    assert "4.7 times smaller" in said.inner_text()
    assert "no PQ" in told.inner_text()
    sent = np.array(page.evaluate("() => Array.from(segtutorExplainer.now().image)")).reshape(128, 128, 4)[..., :3]
    expected = np.asarray(Image.open(content).crop((150, 0, 750, 600)).resize((128, 128), Image.Resampling.BOX))
    assert np.abs(sent.astype(int) - expected).mean() < 3
    one.open("merge")
    assert page.locator("#opened .untold").is_visible()
    page.get_by_label("Scene", exact=True).select_option(index=1)
    page.wait_for_function("() => segtutorExplainer.settled() && segtutorExplainer.now().truth !== null")
    assert "PQ" in told.locator("strong").inner_text()
    one.close()


def test_a_view_stands_in_the_address(browser, explainer_file):
    address = "#scene=2&pixel=20,30&query=5&layer=1&box=queries&step=4"
    edited = "&masked=0&without=3,7&overlap=0.66&things=0.4_2_ball.1.0.5.120.200"
    one = Opened(browser, explainer_file, address + edited, viewport={"width": 360, "height": 740}, has_touch=True)
    page = one.page
    view = page.evaluate("() => segtutorExplainer.view")
    assert (view["masked"], view["without"]) == (False, [3, 7])
    things = page.evaluate("() => segtutorExplainer.edited.things")
    assert [one["kind"] for one in things[2:]] == ["ball"]
    assert things[0]["colour"] == "blue"
    assert page.evaluate("() => segtutorExplainer.now().thresholds.overlapThreshold") == 0.66
    assert "Queries 3, 7 are taken away" in page.locator("#changes").inner_text()
    assert page.get_by_label("Scene", exact=True).input_value() == list(SCENES)[2]
    assert [page.get_by_label(name, exact=True).input_value() for name in ("Pixel x", "y", "Query")] == [
        "20",
        "30",
        "5",
    ]
    assert page.locator("#opened h2").inner_text() == "Queries"
    assert "5 of 12" in page.locator("#tour").inner_text()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    page.get_by_label("Query", exact=True).fill("7")
    page.wait_for_function("() => location.hash.includes('query=7')")
    assert page.evaluate("() => location.hash").endswith(f"box=queries{edited}")
    page.get_by_role("button", name="Next", exact=True).click()
    page.wait_for_function("() => location.hash.includes('step=5')")
    tops = page.evaluate(
        "() => [...document.querySelectorAll('[data-box]')].map((one) => one.getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)  # stacked, in the order of the flow
    one.close()


def test_an_address_that_is_nonsense_counts_as_none(browser, explainer_file):
    nonsense = "&masked=2&without=99,x,-1&score=7&things=0.9_99_ball.1.0.55.1.1"
    one = Opened(browser, explainer_file, "#scene=99&pixel=a,-3&query=1e9&layer=<b>&box=nothing&step=x" + nonsense)
    found = json.loads(one.page.evaluate("() => JSON.stringify(window.segtutorExplainer.view)"))
    assert found["scene"] == len(SCENES) - 1
    assert found["box"] is None
    assert found["layer"] == 3
    assert found["step"] == 0
    assert (found["masked"], found["without"]) == (True, [])
    assert one.page.evaluate("() => segtutorExplainer.edited.text") is None
    assert one.page.locator("#changes").inner_text() == ""
    assert one.page.locator("#opened").is_hidden()
    one.close()
