"""The shelf: every shipped network as one row, from its card or evaluated anew, and which of the two is said."""

import base64
import json
import re
from io import BytesIO

import pytest
from PIL import Image

import segtutor as st
from segtutor.cli import main
from segtutor.errors import UserError
from segtutor.lessons import source_folder
from segtutor.models.zoo import cards
from segtutor.pages.site import Entry, contents_page
from segtutor.training import shelf
from segtutor.training.evaluate import evaluate


def test_parameters_are_those_of_the_loaded_networks():
    for name in cards():
        model = st.load(name).model
        # DETR's frozen norms keep what was learned as buffers.
        frozen = (weight for key, weight in model.named_buffers() if key.endswith((".weight", ".bias")))
        assert shelf.parameters(name) == sum(weight.numel() for weight in (*model.parameters(), *frozen)), name


def test_rows_are_what_the_cards_say():
    found = shelf.shelf_rows(timed=False)
    assert [row["name"] for row in found] == sorted(cards())
    for row in found:
        assert tuple(row) == shelf.COLUMNS
        card = cards()[row["name"]]
        assert row["figures"] == "card"
        assert row["cpu_minutes"] == card["training"]["cpu_minutes"] > 0
        assert {key: row[key] for key in shelf.MEASURES} == {key: card["metrics"].get(key) for key in shelf.MEASURES}
        assert any(row[key] is not None for key in shelf.MEASURES), row["name"]
        assert row["ms"] is None


@pytest.mark.parametrize(
    ("name", "measures"),
    [
        ("mask2former-toytown", {"pq", "miou", "ap"}),
        ("upernet-toytown", {"pq", "miou"}),
        ("maskrcnn-toytown", {"ap"}),
        ("sam-toytown", {"box_iou", "click1_iou", "click3_iou"}),
        ("clipseg-toytown", {"text_iou", "example_iou"}),
        ("seggpt-toytown", {"example_iou"}),
    ],
)
def test_each_task_defines_its_own_measures(name, measures):
    row = next(row for row in shelf.shelf_rows(timed=False) if row["name"] == name)
    assert {key for key in shelf.MEASURES if row[key] is not None} == measures


def test_a_size_evaluates_anew_and_says_so(monkeypatch):
    chosen = {name: card for name, card in cards().items() if name in ("mask2former-toytown", "sam-toytown")}
    monkeypatch.setattr(shelf, "cards", lambda: chosen)
    mask, clicks = shelf.shelf_rows(2)
    assert mask["figures"] == clicks["figures"] == "evaluated"
    assert mask["scenes"] == 2
    assert mask["ms"] > 0
    assert (
        mask["pq"] == evaluate("mask2former-toytown", size=2)["pq"] != cards()["mask2former-toytown"]["metrics"]["pq"]
    )
    assert clicks["click3_iou"] == evaluate("sam-toytown", size=2)["click3_iou"]
    assert "evaluated now on 2 scenes" in shelf.written([mask, clicks])


@pytest.mark.parametrize("size", [0, -1, True, 1.5, "3"])
def test_a_size_that_is_no_number_of_scenes(size):
    with pytest.raises(UserError):
        shelf.shelf_rows(size)


def test_the_command_prints_a_list_and_a_table(capsys):
    assert main(["evaluate", "--all", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in found] == sorted(cards())
    assert all(row["ms"] > 0 for row in found)
    table = shelf.written(found).splitlines()
    assert len(table) == len(found) + 2
    assert len({len(line) for line in table[:-1]}) == 1
    assert "cards" in table[-1]


@pytest.mark.parametrize(
    "arguments", [["mask2former-toytown", "--all"], ["--all", "--multi-scale"], ["--all", "--split", "test"], []]
)
def test_all_is_alone_or_a_model_is_named(arguments, capsys):
    assert main(["evaluate", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_site_shows_the_table():
    page = contents_page([]).decode()
    for row in shelf.shelf_rows(timed=False):
        assert f"<td>{row['name']}</td>" in page
        assert f"<td>{row['parameters']:,}</td>" in page


def test_the_site_begins_with_a_picture_and_shows_each_lesson_small_and_in_its_part():
    entries = [
        Entry(f"{path.stem}.html", path.stem, "", [], 1, "") for path in sorted(source_folder().glob("0*.ipynb"))
    ]
    explainer = Entry("explainer.html", "The Explainer", "", [], 1, "")
    page = contents_page([explainer, *entries]).decode()
    stored = re.findall(r'src="data:image/webp;base64,(.*?)"', page)
    pictures = [Image.open(BytesIO(base64.b64decode(one))) for one in stored]
    assert len(pictures) == 3 + len(entries)
    assert [one.size for one in pictures[:3]] == [(384, 384)] * 3
    assert len({one.tobytes() for one in pictures}) == len(pictures)
    assert all(one.width <= 336 and one.height <= 224 and len(one.getcolors(1 << 20)) > 50 for one in pictures[3:])
    assert [int(one) for one in re.findall(r"(?:picture with|network counts) (\d+)", page)] == [9, 4, 8]
    assert '<a href="explainer.html">Open' in page
    order = re.findall(r'<h2 class="part">Part (\d)|<a href="(0\d)_', page)
    assert [part or lesson for part, lesson in order][:6] == ["1", "00", "01", "02", "2", "03"]
    assert len(page) < 1e6
    assert '<a href="explainer.html">' not in contents_page(entries).decode()


def test_what_an_explorer_offers_and_refuses():
    pytest.importorskip("anywidget")
    from toy_explorers import ToyLayers

    made = st.widgets.QueryExplorer(ToyLayers())
    assert made.offered == []  # networks of other origin are not exchanged
    for wrong in (["eomt-toytown"], []):
        with pytest.raises(UserError):
            made.networks = wrong
    editor = st.widgets.SceneEditor([st.load("fcn-toytown")])
    for wrong in (["sam-toytown"], ["nothing"], ["fcn-toytown", "eomt-toytown"]):
        with pytest.raises(UserError):
            editor.networks = wrong
    assert editor.networks == ["fcn-toytown"]
