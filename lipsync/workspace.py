"""The folders of one user: where state, films and passing files go."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FILMS = "lipsync"


@dataclass(frozen=True)
class Workspace:
    """`state_dir` holds the journal, owner-only; `output_dir` is ComfyUI's output root; `temp_dir` is our own folder below its temp."""

    state_dir: Path
    output_dir: Path
    temp_dir: Path

    @property
    def films_dir(self) -> Path:
        """Where paid films go: they outlive temp, and the output browser shows them."""
        return self.output_dir / FILMS
