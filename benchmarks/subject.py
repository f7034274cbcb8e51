"""The Python that is measured: ComfyUI's own, which both sides use, each measurement in a new process."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.comfy_checkout import ROOT, Checkout, borrowed_packages, checkouts

from .measured import NoMeasurement

_ABOUT = "import av, sys, torch; print('Python', sys.version.split()[0] + ', PyAV', av.__version__ + ', torch', torch.__version__)"
_LAST_WORDS = 4000


@dataclass(frozen=True, kw_only=True)
class Subject:
    """ComfyUI's checkout and its Python, to which `packages` lends what the pack requires."""

    checkout: Checkout
    packages: Path

    def work(self, name: str, *arguments: object, environment: Mapping[str, str] = {}) -> dict[str, Any]:
        """What `benchmarks.work` finds. Raises NoMeasurement."""
        return json.loads(self._last_line("-m", "benchmarks.work", name, *map(str, arguments), environment=environment))

    def __str__(self) -> str:
        return f"ComfyUI {self.checkout.version}, {self._last_line('-c', _ABOUT, environment={})}"

    def _last_line(self, *arguments: str, environment: Mapping[str, str]) -> str:
        """What this Python prints last, started at the repository's root."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("SYNC_", "SEGMIND_", "PYTHON"))}
        lent = {"PYTHONNOUSERSITE": "1", "PYTHONPATH": os.pathsep.join([str(self.packages), str(self.checkout.root)])}
        command = [str(self.checkout.python), *arguments]
        ended = subprocess.run(command, cwd=ROOT, env={**own, **lent, **environment}, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise NoMeasurement(f"{' '.join(arguments)} ended with {ended.returncode}:\n{ended.stderr[-_LAST_WORDS:]}")
        return ended.stdout.splitlines()[-1]


def newest_subject(folder: Path) -> Subject | None:
    """The newest ComfyUI of this machine, with its loans in `folder`; None where there is none."""
    try:
        found = checkouts()
    except FileNotFoundError:  # COMFYUI_PATH names no checkout
        return None
    return Subject(checkout=found[0], packages=borrowed_packages(found[0].python, folder)) if found else None
