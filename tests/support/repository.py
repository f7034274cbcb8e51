"""What belongs to the repository: the files that git tracks or would track."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def files(*suffixes: str, under: str = "") -> list[Path]:
    """Files below `under`, as paths from the root; all of them, or those that end in one of `suffixes`."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"]
    listed = [Path(line) for line in subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()]
    return [path for path in listed if (ROOT / path).is_file() and path.is_relative_to(under) and (not suffixes or path.suffix in suffixes)]
