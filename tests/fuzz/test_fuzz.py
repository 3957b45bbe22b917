"""Files that were damaged at random, by fixed seeds: each is read, or refused in one sentence; nothing else.

Some hundreds of each kind (damage.py), some seconds; SEGTUTOR_FUZZ=100 makes a hundred times as many. What they cost is
measured by longer.py, which runs as long as it is told to.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from damage import KINDS

from segtutor.errors import UserError

TIMES = int(os.environ.get("SEGTUTOR_FUZZ", "1"))
# kind: how many, and the least share of each that is read and that is refused, so that damage reaches the readers
COUNTS = {
    "pictures": (400, 0.05),
    "labels": (400, 0.05),
    "json": (200, 0.06),
    "data sets": (84, 0.02),
    "processors": (150, 0.06),
    "checkpoints": (16, 0.06),
    "states": (120, 0.0),  # nearly every flipped bit of a state is found
    "pages": (60, 0.1),
}
NEEDED = {"pages": ("nh3", "nbclient"), "data sets": ("datasets", "scipy")}


def refused_or(work) -> bool:
    """Whether it was read. Whatever is raised but a UserError of one line fails the test."""
    said = None
    try:
        work()
    except UserError as error:
        said = str(error)
    assert said is None or ("\n" not in said and len(said) < 2000)
    return said is None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", KINDS)
def test_damaged(name, tmp_path, monkeypatch):
    for module in NEEDED.get(name, ()):
        pytest.importorskip(module)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    count, least = COUNTS[name]
    kind = KINDS[name](tmp_path)
    read = [refused_or(kind.work(seed)) for seed in range(count * TIMES)]
    assert least <= sum(read) / len(read) <= 1 - least


# What longer.py found, by kind and seed.
FOUND = [
    ("data sets", 138),  # a table of classes that is not UTF-8
    ("data sets", 1173),  # attributes that are a list of numbers
    ("data sets", 2675),  # a class whose name has 5000 letters
    ("pages", 7),  # true, lists or numbers in the place of texts
    ("pages", 107),  # a kind of output that is a list
    ("pages", 143),  # cells without source, without kind
    ("pages", 151),  # a view that is a text
    ("pages", 215),  # a number in the place of a text's lines
    ("pages", 4817),  # the same within an output that nbformat takes
    ("pages", 4855),
]


@pytest.mark.parametrize(("name", "seed"), FOUND)
def test_found_before(name, seed, tmp_path):
    for module in NEEDED.get(name, ()):
        pytest.importorskip(module)
    refused_or(KINDS[name](tmp_path).work(seed))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory as Linux counts it")
def test_longer_counts_what_it_ran(tmp_path):
    command = [sys.executable, Path(__file__).parent / "longer.py", "--kinds", "json", "states", "--count", "5"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {line.split()[0]: [int(number) for number in line.split()[1:6]] for line in done.stdout.splitlines()[1:]}
    assert {name: sum(row[:2]) for name, row in rows.items()} == {"json": 5, "states": 5}
    assert all(row[2:] == [0, 0, 0] for row in rows.values())
