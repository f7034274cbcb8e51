"""The Python that is measured: ComfyUI's own, which both sides use, each measurement in a new process."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.comfy_checkout import ROOT, Checkout, borrowed_packages, checkouts

ABOUT = "import av, sys, torch; print('Python', sys.version.split()[0] + ', PyAV', av.__version__ + ', torch', torch.__version__)"


class NoMeasurement(Exception):
    """A process that measures ended without a figure."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """ComfyUI's checkout and its Python, to which `packages` lends what the pack requires."""

    checkout: Checkout
    packages: Path

    def work(self, name: str, *arguments: object, environment: dict[str, str] | None = None) -> dict[str, Any]:
        """What `benchmarks.work` finds. Raises NoMeasurement."""
        return json.loads(self.output_of("-m", "benchmarks.work", name, *arguments, environment=environment))

    def output_of(self, *arguments: object, environment: dict[str, str] | None = None) -> str:
        """The last line that this Python writes, started at the repository's root. Raises NoMeasurement."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(("SYNC_", "SEGMIND_", "PYTHON"))}
        env |= {"PYTHONNOUSERSITE": "1", "PYTHONPATH": os.pathsep.join([str(self.packages), str(self.checkout.root)])}
        command = [str(self.checkout.python), *map(str, arguments)]
        ended = subprocess.run(command, cwd=ROOT, env=env | (environment or {}), capture_output=True, text=True, check=False)
        if ended.returncode:
            raise NoMeasurement(f"{' '.join(command[1:])} ended with {ended.returncode}:\n{ended.stderr[-4000:]}")
        return ended.stdout.splitlines()[-1]


def newest_subject(folder: Path) -> Subject | None:
    """The newest ComfyUI of this machine, with its loans in `folder`; None where there is none."""
    found = checkouts()
    return Subject(checkout=found[0], packages=borrowed_packages(found[0].python, folder)) if found else None
