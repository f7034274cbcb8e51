"""What every part of the benchmark is given."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from .scale import Scale
from .subject import Subject


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Whom to measure and how much, and a folder for whatever it needs until it has its figures."""

    subject: Subject
    scale: Scale
    folder: Path

    def new_folder(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir()
        return path


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
