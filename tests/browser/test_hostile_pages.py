"""A page made of somebody else's notebook runs nothing of it, asks for nothing, leads nobody elsewhere."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

pytest.importorskip("nh3", reason="nh3 is not installed: pip install 'segtutor[lab]'")

from segtutor.pages import find
from segtutor.pages.document import page
from segtutor.pages.views import STATE, VIEW

AWAY = "http://127.0.0.1:9/"  # nobody answers there, and a request is seen before that matters
SVG = base64.b64encode(f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{AWAY}"/></svg>'.encode()).decode()

# What authors of hostile notebooks put into HTML outputs, HTML widgets and Markdown.
HTML = [
    f'<meta http-equiv="refresh" content="0;url={AWAY}">',
    f'<me<link>ta http-equiv="refresh" content="0;url={AWAY}">',
    f'<meta/http-equiv="refresh"/content="0;url={AWAY}">',
    f'<META HTTP-EQUIV=refresh CONTENT="0;URL={AWAY}">',
    f'<meta\x0chttp-equiv="refresh" content="0;url={AWAY}">',
    f'<<meta http-equiv="refresh" content="0;url={AWAY}">',
    f'<noscript><meta http-equiv="refresh" content="0;url={AWAY}"></noscript>',
    f'<template><meta http-equiv="refresh" content="0;url={AWAY}"></template>',
    f'<!--><meta http-equiv="refresh" content="0;url={AWAY}">-->',
    f'<svg><style><!--</style><meta http-equiv="refresh" content="0;url={AWAY}"></svg>',
    f'<math><mtext><table><mglyph><style><!--</style><meta http-equiv="refresh" content="0;url={AWAY}">',
    f'<title><meta http-equiv="refresh" content="0;url={AWAY}"></title>',
    f'<textarea></textarea><meta http-equiv="refresh" content="0;url={AWAY}">',
    f'</main></body></html><meta http-equiv="refresh" content="0;url={AWAY}">',
    f'</div></section></main><base href="{AWAY}">',
    f'<base href="{AWAY}" target="_top">',
    f'<iframe src="{AWAY}"></iframe>',
    f"<iframe srcdoc=\"<script>top.location='{AWAY}'</script>\"></iframe>",
    f'<frameset><frame src="{AWAY}"></frameset>',
    f'<object data="{AWAY}"></object>',
    f'<embed src="{AWAY}">',
    f'<applet code="{AWAY}"></applet>',
    f'<form action="{AWAY}" id="f"><input autofocus onfocus="f.submit()"><button>go</button></form>',
    f'<button formaction="{AWAY}">go</button><input type="image" src="{AWAY}">',
    f'<link rel="stylesheet" href="{AWAY}">',
    f'<link rel="prefetch" href="{AWAY}"><link rel="dns-prefetch" href="//127.0.0.1">',
    f'<link rel="preload" as="image" href="{AWAY}"><link rel="manifest" href="{AWAY}">',
    f'<script>location="{AWAY}"</script>',
    f'<script src="{AWAY}"></script>',
    f'<scr<script>ipt>location="{AWAY}"</scr</script>ipt>',
    f'<script type="speculationrules">{{"prefetch": [{{"urls": ["{AWAY}"]}}]}}</script>',
    f'<img src="{AWAY}">',
    f'<img srcset="{AWAY} 2x" src="x">',
    '<img src="//127.0.0.1:9/"><img src="a.png"><img src="file:///etc/passwd">',
    f"<img src=x onerror=\"location='{AWAY}'\">",
    f"<img src=\"data:text/html,<script>location='{AWAY}'</script>\">",
    f'<picture><source srcset="{AWAY}"><img src=x></picture>',
    f'<svg onload="location=\'{AWAY}\'"><image href="{AWAY}"/><use href="{AWAY}#a"/></svg>',
    f'<svg><a xlink:href="javascript:location=\'{AWAY}\'"><text y="20">x</text></a></svg>',
    f'<video src="{AWAY}" poster="{AWAY}" autoplay></video><audio src="{AWAY}" autoplay></audio>',
    f'<video><source src="{AWAY}"><track src="{AWAY}"></video>',
    f'<table background="{AWAY}"><tr><td background="{AWAY}">x</td></tr></table>',
    f'<div style="background:url({AWAY})">x</div><div style="background-image:u\\72l({AWAY})">x</div>',
    f'<style>@import "{AWAY}"; body {{ background: url({AWAY}) }}</style>',
    f'<div style="list-style-image:url({AWAY});cursor:url({AWAY}),auto;content:url({AWAY})">x</div>',
    f'<a href="{AWAY}" style="position:fixed;top:0;left:0;width:100%;height:100%">x</a>',
    f"<a href=\"javascript:location='{AWAY}'\" autofocus>x</a>",
    f'<a href="java\tscript:location=\'{AWAY}\'">x</a><a href=" &#106;avascript:alert(1)">x</a>',
    f'<a href="data:text/html,<meta http-equiv=refresh content=0;url={AWAY}>">x</a>',
    f'<a href="#" ping="{AWAY}">x</a><area href="{AWAY}"><map name="m"></map>',
    f"<details ontoggle=\"location='{AWAY}'\" open>x</details>",
    f"<marquee onstart=\"location='{AWAY}'\">x</marquee><body onload=\"location='{AWAY}'\">",
    f'<p id="segtutor-store">{{"modules": {{"m": "location=\'{AWAY}\'"}}, "bytes": [], "models": {{}}}}</p>',
    '<figure class="widget" data-model="m"><figcaption class="kernel" data-kernel="x">x</figcaption></figure>',
    f'<portal src="{AWAY}"></portal><fencedframe></fencedframe><webview src="{AWAY}"></webview>',
    f'<x is="y" style="x" onclick=a><isindex action="{AWAY}"><keygen><plaintext>',
]
NAMES = [f"{place:02} {' '.join(text.split())[:40]}" for place, text in enumerate(HTML)]
BREAKS_OUT = f'x"><meta http-equiv="refresh" content="0;url={AWAY}"><img src="{AWAY}'


class Elements(HTMLParser):
    """(tag, {attribute: value}) of a page, as a browser would see the page's text, and ids in order."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def made(*outputs, markdown=(), widgets=None, attachments=None) -> str:
    cells = [new_markdown_cell("# Title")]
    for text in markdown:
        cells.append(new_markdown_cell(text, **({"attachments": attachments} if attachments else {})))
    for output in outputs:
        cells.append(new_code_cell("1", execution_count=1, outputs=[output]))
    notebook = new_notebook(cells=cells)
    if widgets is not None:
        notebook.metadata["widgets"] = nbformat.from_dict({STATE: {"state": widgets}})
    return page(notebook, find.Lesson(find.source_folder() / "x.ipynb", False), {}, executed=False).html.decode()


def shown(data) -> object:
    return new_output("display_data", data=data)


@pytest.fixture(scope="module")
def plain():
    return Elements(made(markdown=["$x$"])).found  # an equation brings a program of the page's own


def check(text: str, plain) -> None:
    """What is there beside a page of nothing neither loads, nor runs, nor leads elsewhere by itself."""
    found = Elements(text).found
    for tag in ("meta", "script", "style", "base", "link", "html", "body"):
        assert [one for one, _ in found].count(tag) <= [one for one, _ in plain].count(tag), tag
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert ids.count("segtutor-store") == 1
    banned = {"iframe", "frame", "object", "embed", "applet", "form", "input", "button", "template", "noscript",
              "video", "audio", "source", "svg", "math", "portal", "area", "base", "link"}  # fmt: skip
    own = {tag for tag, _ in plain}
    for tag, attributes in found:
        assert tag not in banned - own, tag
        assert not [name for name in attributes if name.startswith("on")], attributes
        assert not {"srcset", "ping", "background", "formaction", "action", "poster", "srcdoc"} & attributes.keys()
        assert str(attributes.get("src", "data:image/")).startswith("data:image/"), attributes
        assert "url" not in str(attributes.get("style", "")).lower().replace("\\", ""), attributes
        assert "fixed" not in str(attributes.get("style", "")), attributes
        address = re.sub(r"[\x00-\x20]", "", str(attributes.get("href", ""))).lower()
        assert not address.startswith(("javascript:", "data:", "vbscript:", "file:", "//")), attributes


@pytest.mark.parametrize("text", HTML, ids=NAMES)
def test_html_of_outputs_widgets_and_texts(text, plain):
    model = {"model_name": "HTMLModel", "model_module": "@jupyter-widgets/controls", "state": {"value": text}}
    label = {**model, "model_name": "LabelModel"}
    page_of = made(
        shown({"text/html": text}),
        shown({"text/html": [text[:9], text[9:]]}),
        shown({"text/markdown": text}),
        shown({VIEW: {"model_id": "m"}, "text/html": text, "text/plain": text}),
        shown({VIEW: {"model_id": "l"}}),
        shown({"text/plain": text}),
        shown({"text/latex": text}),
        new_output("stream", name="stderr", text=text),
        new_output("error", ename=text, evalue=text, traceback=[text]),
        markdown=[text, f"[a link]({text})", f"![a picture]({text})", f"# {text}", f"$${text}$$", f"`{text}`"],
        widgets={"m": model, "l": label},
    )
    check(page_of, plain)


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/gif", "image/webp"])
def test_a_picture_that_is_more_than_base64_is_no_picture(kind, plain):
    about = {kind: {"alt": BREAKS_OUT, "width": BREAKS_OUT}}
    text = made(
        shown({kind: BREAKS_OUT, "text/plain": "its text"}),
        new_output("display_data", data={kind: "R0lGODlhAQABAAAAACw="}, metadata=about),
    )
    check(text, plain)
    assert "<pre>its text</pre>" in text


def test_pictures_of_widgets_and_svg(plain):
    def image(form, data):
        buffers = [{"path": ["value"], "encoding": "base64", "data": data}]
        return {"model_name": "ImageModel", "state": {"format": form}, "buffers": buffers}

    widgets = {"a": image(BREAKS_OUT, "AAAA"), "b": image("png", BREAKS_OUT), "c": image("svg+xml", SVG)}
    views = [shown({VIEW: {"model_id": name}}) for name in widgets]
    check(made(*views, shown({"image/svg+xml": BREAKS_OUT}), widgets=widgets), plain)


def test_what_people_do_show_is_kept():
    table = (
        "<table class='dataframe'><thead><tr><th>PQ</th></tr></thead><tr><td colspan='2'><b>89.7</b></td></tr></table>"
    )
    text = made(
        shown({"text/html": f"<h3>A title</h3>{table}<a href='https://example.org/a'>more</a> &lt;tag&gt; Größe"}),
        shown({"text/html": "<div style='color: red; text-align: right'>red</div><details open><summary>s</summary>"}),
        markdown=["## A part\n\n[here](#a-part), <kbd>Ctrl</kbd>, $x < y$\n\n| a | b |\n|---|---|\n| 1 | 2 |"],
    )
    assert '<th>PQ</th></tr></thead><tbody><tr><td colspan="2"><b>89.7</b></td></tr></tbody></table>' in text
    assert 'href="https://example.org/a"' in text
    assert 'rel="noopener noreferrer"' in text
    assert "&lt;tag&gt; Größe" in text
    assert re.search(r'<div style="color: ?red; ?text-align: ?right;?">red</div>', text)
    assert '<h2 id="a-part">A part</h2>' in text
    assert 'href="#a-part"' in text
    assert '<span class="tex">x &lt; y</span>' in text
    assert '<div class="wide"><table>' in text


def box(children, name="VBoxModel"):
    return {"model_name": name, "state": {"children": [f"IPY_MODEL_{child}" for child in children]}}


def output_of(*models):
    outputs = [{"output_type": "display_data", "metadata": {}, "data": {VIEW: {"model_id": one}}} for one in models]
    return {"model_name": "OutputModel", "state": {"outputs": outputs}}


NESTED = {
    "a box in itself": {"m": box("m")},
    "two boxes in one another": {"m": box("n"), "n": box("m")},
    "an output in itself": {"m": output_of("m", "m")},
    "an output and a box": {"m": output_of("n", "n"), "n": box("m")},
    "boxes 40 deep": {"m": box(["1"]), **{str(i): box([str(i + 1)]) for i in range(1, 40)}},
    "boxes of two, 24 deep": {"m": box(["1"]), **{str(i): box([str(i + 1)] * 2) for i in range(1, 24)}},
    "a box of a million": {"m": box(["n"] * 100_000), "n": box([])},
}


@pytest.mark.parametrize("name", NESTED)
def test_widgets_within_widgets_end(name):
    assert len(made(shown({VIEW: {"model_id": "m"}}), widgets=NESTED[name])) < 2_000_000


DAMAGED = {
    "a text": "x",
    "no state": {"model_name": "BoxModel"},
    "state a list": {"model_name": "BoxModel", "state": []},
    "name a number": {"model_name": 3, "state": {}},
    "no name": {"state": {}},
    "children a number": {"model_name": "BoxModel", "state": {"children": 3}},
    "children of objects": {"model_name": "BoxModel", "state": {"children": [{"a": 1}, None]}},
    "outputs a text": {"model_name": "OutputModel", "state": {"outputs": "x"}},
    "outputs of nothing": {"model_name": "OutputModel", "state": {"outputs": [{}, 3, {"output_type": "stream"}]}},
    "value a list": {"model_name": "HTMLModel", "state": {"value": ["a"]}},
    "buffers a text": {"model_name": "ImageModel", "state": {}, "buffers": "x"},
    "buffer without a path": {"model_name": "ImageModel", "state": {}, "buffers": [{"data": "AAAA"}]},
    "buffer at the root": {"model_name": "ImageModel", "state": {}, "buffers": [{"path": [], "data": "AAAA"}]},
    "description a list": {"model_name": "IntSliderModel", "state": {"description": [1]}},
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_widget_state_is_a_page_all_the_same(name):
    assert "<h1" in made(shown({VIEW: {"model_id": "m"}}), widgets={"m": DAMAGED[name]})


@pytest.mark.parametrize("state", [3, [], {"state": 3}, {"state": []}])
def test_so_is_one_without_any(state):
    notebook = new_notebook(
        cells=[new_markdown_cell("# T"), new_code_cell("1", outputs=[shown({VIEW: {"model_id": "m"}})])]
    )
    notebook.metadata["widgets"] = {STATE: state}
    assert page(notebook, find.Lesson(find.source_folder() / "x.ipynb", False), {}, executed=False).html


def test_a_missing_attachment_is_its_words():
    assert "picture: four" in made(markdown=["![four](attachment:nothing.png)"])
    assert "picture: four" in made(
        markdown=["![four](attachment:nothing.png)"], attachments={"a.png": {"image/png": "AA"}}
    )


@pytest.mark.browser
def test_in_chromium_nothing_is_asked_for_and_nobody_is_led_away(browser, tmp_path):
    """All of them on one page, which is loaded, scrolled through and waited at."""
    hostile = [shown({"text/html": text}) for text in HTML]
    widgets = {str(i): {"model_name": "HTMLModel", "state": {"value": text}} for i, text in enumerate(HTML)}
    hostile += [shown({VIEW: {"model_id": name}}) for name in widgets]
    hostile += [shown({"image/png": BREAKS_OUT}), shown({"image/svg+xml": base64.b64decode(SVG).decode()})]
    (tmp_path / "page.html").write_text(made(*hostile, markdown=HTML, widgets=widgets), encoding="utf-8")
    opened = browser.new_context()
    tab = opened.new_page()
    asked, moved = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("framenavigated", lambda frame: moved.append(frame.url))
    tab.goto((tmp_path / "page.html").as_uri())
    tab.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    tab.wait_for_timeout(2000)
    address = (tmp_path / "page.html").as_uri()
    assert [url for url in asked if url != address and not url.startswith(("data:", "blob:"))] == []
    assert moved == [address]
    assert json.loads(tab.evaluate("JSON.stringify(Object.keys(window).filter((one) => one === 'ran'))")) == []
    opened.close()
