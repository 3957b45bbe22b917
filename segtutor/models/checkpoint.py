"""One model folder as a value: where it is, what a sentence calls it, and what its config.json says.

    found = Checkpoint(folder, "the folder 'mine'")     # nothing is read yet
    found = found.described(check_config(found))        # with a config that was checked

The functions that check, build and complete a model take this one value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Checkpoint:
    """A folder with config.json, weights and preprocessor_config.json.

    folder: where it lies. what: its name in an error message, such as "the Hub model 'owner/name'".
    config: the content of config.json, {} until it has been read and checked.
    """

    folder: Path
    what: str
    config: Mapping[str, Any] = field(default_factory=dict)

    def described(self, config: Mapping[str, Any]) -> Checkpoint:
        """The same folder with this config."""
        return replace(self, config=config)

    def path(self, name: str) -> Path:
        """A file of the folder, whether it exists or not."""
        return self.folder / name
