"""The real ComfyUIs on this machine, and how to start each with the pack's two dependencies, without touching its Python."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACK = "sync-lipsync-nodes"
"""The folder below custom_nodes in which the Manager would put us."""
CACHE = Path.home() / ".cache" / "comfyui"
ABSENT = "no ComfyUI: COMFYUI_PATH is not set and there is no checkout in ~/.cache/comfyui"


@dataclass(frozen=True, kw_only=True)
class Checkout:
    version: str
    root: Path
    python: Path

    @property
    def command(self) -> list[str]:
        """How it starts; `run.py` beside the checkouts, where there is one, knows what this machine's Python lacks."""
        launcher = self.root.parent / "run.py"
        return [str(self.python), str(launcher if launcher.is_file() else self.root / "main.py")]

    @property
    def frontend(self) -> list[str]:
        """The arguments for the browser side that belongs to this version."""
        return ["--front-end-root", str(self.root / "frontend")] if (self.root / "frontend").is_dir() else []


def checkouts() -> list[Checkout]:
    """Every checkout that `COMFYUI_PATH` names, else those in ~/.cache/comfyui; the newest version first."""
    named = [Path(part).resolve() for part in os.environ.get("COMFYUI_PATH", "").split(os.pathsep) if part]
    roots = named or [path for path in CACHE.glob("v*") if (path / "main.py").is_file()]
    found = [Checkout(version=_version(root), root=root, python=_python(root)) for root in roots]
    return sorted(found, key=lambda checkout: [int(part) for part in re.findall(r"\d+", checkout.version)], reverse=True)


def borrowed_packages(python: Path, folder: Path) -> Path:
    """`folder`, filled with links to what the pack requires and `python` lacks, taken from the Python that runs the tests."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = with_dependencies(re.findall(r"^[\w-]+", (ROOT / "requirements.txt").read_text(), re.M))
    tops = {path.parts[0] for name in wanted for path in distribution(name).files or [] if _is_top_level(path.parts[0])}
    for top in _lacking(python, sorted(tops)):
        (folder / top).symlink_to(Path(str(distribution("httpx").locate_file(top))))
    return folder


def _version(root: Path) -> str:
    found = re.search(r'__version__ = "([^"]+)"', (root / "comfyui_version.py").read_text())
    return found[1] if found else "unknown"


def _python(root: Path) -> Path:
    beside = root.parent / "venv" / "bin" / "python"
    return Path(os.environ.get("COMFYUI_PYTHON") or (beside if beside.is_file() else sys.executable))


def _is_top_level(part: str) -> bool:
    return not part.startswith("..") and not part.endswith((".dist-info", "__pycache__", ".pth"))


def with_dependencies(names: list[str]) -> set[str]:
    wanted: set[str] = set()
    while names:
        name = names.pop()
        try:
            requires = distribution(name).requires or []
        except PackageNotFoundError:
            continue
        if name not in wanted:
            wanted.add(name)
            names += [re.split(r"[ ;<>=!~\[(]", line)[0] for line in requires if "extra ==" not in line]
    return wanted


def _lacking(python: Path, tops: list[str]) -> list[str]:
    ask = "import importlib.util, sys; print(*(t for t in sys.argv[1:] if not importlib.util.find_spec(t.removesuffix('.py'))))"
    return subprocess.run([python, "-c", ask, *tops], capture_output=True, text=True, check=True).stdout.split()
