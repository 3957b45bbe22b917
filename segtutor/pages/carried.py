"""What a page carries, and the page around it: one file that asks for nothing outside, which its own policy forbids.

Texts in script elements of type text/plain: JSON, or base64 of gzip, which the page's JavaScript unpacks by their ids.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from segtutor import __version__
from segtutor.data.toytown import layers
from segtutor.data.toytown.scene import Scene
from segtutor.pages.signature import signed

PLANES = 4
_PARTS = ("background", "stuff", "noise")  # of a scene's ground, as bytes


def assembled(
    title: str,
    body: str,
    script: str,
    styles: Sequence[Path | str],
    carried: Mapping[str, str],
    *,
    language: str = "en",
) -> bytes:
    """The whole file, signed. body: HTML; script: a module's text; carried: texts that it finds as segtutor-NAME.

    language: what title and body are written in, a tag of BCP 47.
    """
    script = f"\n{script}"
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{hashed}' 'wasm-unsafe-eval' blob:; style-src 'unsafe-inline'; "
        "img-src data: blob:; worker-src blob:; base-uri 'none'; form-action 'none'"
    )
    text = "\n".join(
        [
            f'<html lang="{language}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="generator" content="segtutor {__version__}"><meta name="color-scheme" content="light dark">',
            f"<title>{html.escape(title)}</title>",
            *(f"<style>{style}</style>" for style in styles),
            f"</head><body>\n{body}",
            *(f'<script type="text/plain" id="segtutor-{name}">{text}</script>' for name, text in carried.items()),
            f'<script type="module">{script}</script>',
            "</body></html>\n",
        ]
    )
    return signed(text.encode())


def runtime(worker: str) -> dict[str, str]:
    """What runs networks in a page: WebAssembly, and the program of a worker (a built file), which calls it `ort`."""
    javascript = gzip.decompress(vendored("ort.js.gz")).decode()
    program = f"const ort = (() => {{\n{javascript}\n}})();\n{text_of(f'built/{worker}')}"
    return {"program": packed(program.encode()), "wasm": base64.b64encode(vendored("ort.wasm.gz")).decode()}


def runtime_version() -> str:
    """Of ONNX Runtime Web."""
    (version,) = re.findall(r"^# ONNX Runtime Web (\S+)$", vendored("README.md").decode(), flags=re.MULTILINE)
    return version


def runtime_licence() -> str:
    """Of ONNX Runtime Web, as HTML."""
    return html.escape(" ".join(vendored("LICENSE").decode().split()))


def scene_facts(scene: Scene, ground: Mapping[str, Any]) -> dict[str, Any]:
    """A scene's things and ground, without the bytes that `ground_bytes` packs."""
    plain = {name: value for name, value in ground.items() if name not in _PARTS}
    return {"things": layers.things(scene), "ground": plain, "parts": [[part, len(ground[part])] for part in _PARTS]}


def ground_bytes(ground: Mapping[str, Any]) -> str:
    """The pictures of a scene's ground, one after the other, packed."""
    return packed(b"".join(ground[part] for part in _PARTS))


def card_facts(card: Mapping[str, Any]) -> dict[str, Any]:
    """What answers.js reads of a network, from its card."""
    size = [card["data"]["image_size"]] * 2
    return {name: card[name] for name in ("name", "family", "thresholds", "categories")} | {"size": size}


def packed(data: bytes) -> str:
    """Base64 of gzip."""
    return base64.b64encode(gzip.compress(data, 6, mtime=0)).decode()


def in_planes(data: bytes) -> bytes:
    """Every fourth byte from the first on, then from the second on, and so forth; up to three at the end stay there.

    The bytes of a number that resemble those of other numbers, sign and exponent, come to lie side by side: networks
    pack to 94 % of what they would else take. fromPlanes of scripts/planes.js puts the bytes back.
    """
    whole = len(data) // PLANES * PLANES
    return np.frombuffer(data[:whole], np.uint8).reshape(-1, PLANES).T.tobytes() + data[whole:]


def json_text(value: Any) -> str:
    """JSON that may stand in a script element: no "<" can end it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def vendored(name: str) -> bytes:
    """A file of onnxruntime/."""
    return (files("segtutor.pages") / "onnxruntime" / name).read_bytes()


def text_of(name: str) -> str:
    """A text file of this package."""
    return (files("segtutor.pages") / name).read_text(encoding="utf-8")
