"""A Python that has the pack's two requirements and nothing else: a machine without ComfyUI."""

from __future__ import annotations

import os
import re
import sys
from importlib.metadata import distribution
from pathlib import Path

from .comfy_checkout import ROOT, with_dependencies


class BarePython:
    """The running interpreter without its site-packages; `folder` is filled with links to what requirements.txt asks for."""

    def __init__(self, folder: Path) -> None:
        self._packages = folder
        folder.mkdir()
        for name in with_dependencies(re.findall(r"^[\w-]+", (ROOT / "requirements.txt").read_text(), re.M)):
            files = distribution(name).files or []
            for top in {path.parts[0] for path in files if not path.parts[0].startswith("..")} - {"__pycache__"}:
                (folder / top).symlink_to(Path(str(distribution(name).locate_file(top))))

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-S"]

    def environment(self, **changes: str | None) -> dict[str, str]:
        """The environment of now with `changes`; None takes a variable away."""
        mixed = {**os.environ, "PYTHONPATH": str(self._packages), **changes}
        return {name: value for name, value in mixed.items() if value is not None}
