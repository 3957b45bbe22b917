"""Brings ONNX Runtime Web into segtutor/pages/onnxruntime, which the page of the networks is made with.

    python tools/vendor_onnxruntime.py [VERSION]        # needs npm and network; writes the files and their README

Of the package onnxruntime-web two files are taken: the WebAssembly build that needs no GPU, and the JavaScript around
it with its loader inside. A page from a file may have no module workers, so the module is rewritten as a function's
body: its one `export {...}` becomes `return {...}`, and `import.meta.url` a constant, since it only serves to look for
files beside it, which we never ask for. Nothing else changes. Both are kept as gzip.
"""

import gzip
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import onnxruntime  # the Python package of the same project, for the texts of its licence

VERSION = "1.30.0"
FOLDER = Path(__file__).parent.parent / "segtutor" / "pages" / "onnxruntime"
WASM, SCRIPT = "ort-wasm-simd-threaded.wasm", "ort.wasm.bundle.min.mjs"
README = """# ONNX Runtime Web {version}

Made by `python tools/vendor_onnxruntime.py {version}` from the npm package onnxruntime-web {version} (MIT, see LICENSE;
what it contains of others is in ThirdPartyNotices.txt.gz). `ort.js.gz` is its `dist/{script}` as the body
of a function (the tool says what is rewritten), `ort.wasm.gz` its `dist/{wasm}` unchanged.

| file | sha256 |
|---|---|
| npm package | {package} |
| dist/{script} | {script_hash} |
| dist/{wasm} | {wasm_hash} |
| ort.js.gz | {js_gz} |
| ort.wasm.gz | {wasm_gz} |
"""


def function_body(module: str) -> str:
    """The module's text as the body of a function that returns what the module exports."""
    (found,) = re.finditer(r"export\{([^}]*)\};\s*(//# sourceMappingURL=.*\s*)?$", module)
    pairs = [name.split(" as ") for name in found[1].split(",")]
    returned = ",".join(f"{outside}:{inside}" for inside, outside in pairs if outside != "default")
    return module[: found.start()].replace("import.meta.url", '"blob:null/onnxruntime"') + f"return {{{returned}}};\n"


def packed(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main(version: str = VERSION) -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", f"onnxruntime-web@{version}"], cwd=folder, check=True)
        (archive,) = Path(folder).glob("*.tgz")
        package = archive.read_bytes()
        with tarfile.open(archive) as files:
            script, wasm = (files.extractfile(f"package/dist/{name}").read() for name in (SCRIPT, WASM))
    js_gz, wasm_gz = packed(function_body(script.decode()).encode()), packed(wasm)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "ort.js.gz").write_bytes(js_gz)
    (FOLDER / "ort.wasm.gz").write_bytes(wasm_gz)
    texts = Path(onnxruntime.__file__).parent
    (FOLDER / "LICENSE").write_bytes((texts / "LICENSE").read_bytes())
    (FOLDER / "ThirdPartyNotices.txt.gz").write_bytes(packed((texts / "ThirdPartyNotices.txt").read_bytes()))
    hashes = {"package": package, "script_hash": script, "wasm_hash": wasm, "js_gz": js_gz, "wasm_gz": wasm_gz}
    hashed = {name: sha256(data) for name, data in hashes.items()}
    (FOLDER / "README.md").write_text(README.format(version=version, script=SCRIPT, wasm=WASM, **hashed))
    print(f"{FOLDER}: {sum(path.stat().st_size for path in FOLDER.iterdir()) / 1e6:.1f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
