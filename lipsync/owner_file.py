"""A small JSON object in a file that its owner alone can read, changed in one step by however many processes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from . import host
from .errors import FileDamaged


class OwnerFile:
    """`read` and `change` may be called from every thread and process; nothing is created before the first change."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, object]:
        """The object, {} where there is no file. Raises FileDamaged."""
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            raise FileDamaged(self._path.name) from None  # the cause quotes the file, and what is in it is secret
        if not isinstance(found, dict):
            raise FileDamaged(self._path.name)
        return found

    def change(self, changes: Mapping[str, object]) -> None:
        """Set the named entries; None takes one away. Raises FileDamaged."""
        folder = host.owner_only_dir(self._path.parent)
        with host.process_lock(folder / "locks" / f"{self._path.name}.lock"):
            entries = {name: value for name, value in {**self.read(), **changes}.items() if value is not None}
            host.write_owner_only(self._path, json.dumps(entries, indent=1))
