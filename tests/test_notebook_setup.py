"""`segtutor.setup()`: repeatable, light, readable, and the same text in every stored notebook."""

import random
import subprocess
import sys
import types

import numpy as np
import pytest
from environments import run

import segtutor as st


@pytest.fixture(autouse=True)
def _as_before(monkeypatch):
    """Undo what setup changes for the whole process."""
    import matplotlib

    finders = list(sys.meta_path)
    with matplotlib.rc_context():
        yield
    sys.meta_path[:] = finders


def draws() -> tuple:
    import torch

    return random.random(), float(np.random.rand()), float(torch.rand(()))  # noqa: NPY002


def test_the_same_seed_gives_the_same_numbers():
    st.setup(3)
    first = draws()
    st.setup(3)
    assert draws() == first
    st.setup(4)
    second = draws()
    assert all(a != b for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("between", ["", "import importlib.util; assert importlib.util.find_spec('torch')"])
def test_torch_is_seeded_when_it_is_imported_later(between):
    """Also when somebody only looks for torch before, as transformers does."""
    code = f"""
import sys, segtutor
segtutor.setup(11)
assert "torch" not in sys.modules
{between}
import torch
drawn = torch.rand(()).item()
assert drawn == torch.rand((), generator=torch.Generator().manual_seed(11)).item(), drawn
assert not [finder for finder in sys.meta_path if type(finder).__module__.startswith("segtutor")]
"""
    run([sys.executable, "-c", code])


def test_the_last_seed_counts():
    code = """
import segtutor
segtutor.setup(11); segtutor.setup(12)
import torch
assert torch.initial_seed() == 12
"""
    run([sys.executable, "-c", code])


def test_it_is_light():
    code = "import sys, segtutor; segtutor.setup(); print(' '.join(sys.modules))"
    loaded = set(run([sys.executable, "-c", code]).stdout.splitlines()[-1].split())
    assert not loaded & {"torch", "transformers", "datasets", "matplotlib.pyplot", "ipywidgets", "IPython", "scipy"}


def test_it_prints_one_line_for_a_bug_report(capsys):
    done = st.setup()
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert said.strip() == done.versions
    for name in ("segtutor", "Python", "torch", "transformers", "ipywidgets"):
        assert f"{name} " in said


def test_its_text_in_a_notebook_is_the_same_everywhere():
    assert repr(st.setup()) == "Setup(seed=0)"


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "0", None])
def test_a_seed_that_is_none(seed):
    with pytest.raises(ValueError, match="an int from 0"):
        st.setup(seed)


def test_figures_read_on_their_own_paper():
    """Dark ink on opaque white, at least 4.5 to 1 (WCAG AA), so that a dark theme around them changes nothing."""
    import matplotlib
    from matplotlib.colors import to_rgba

    st.setup()
    settings = matplotlib.rcParams

    def luminance(color) -> float:
        red, green, blue, alpha = to_rgba(color)
        assert alpha == 1
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    for paper in ("figure.facecolor", "axes.facecolor", "savefig.facecolor"):
        for ink in ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"):
            assert (luminance(settings[paper]) + 0.05) / (luminance(settings[ink]) + 0.05) >= 4.5
    curves = settings["axes.prop_cycle"].by_key()["color"]
    assert len(set(curves)) >= 6


def test_on_colab_it_switches_third_party_widgets_on(monkeypatch):
    calls = []
    colab = types.ModuleType("google.colab")
    colab.output = types.SimpleNamespace(enable_custom_widget_manager=lambda: calls.append("on"))
    monkeypatch.setitem(sys.modules, "google", types.ModuleType("google"))
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    st.setup()
    assert calls == ["on"]


def test_elsewhere_nobody_asks_for_colab():
    done = subprocess.run(
        [sys.executable, "-c", "import sys, segtutor; segtutor.setup(); assert 'google.colab' not in sys.modules"],
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0
