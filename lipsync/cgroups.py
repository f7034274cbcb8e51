"""Memory that Linux leaves to the processes of a container: what its control groups allow, less what they use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class _Version:
    """Where groups are mounted, how /proc calls them, and the names of their files and figures."""

    mount: str
    controller: str
    limit: str
    usage: str
    prefix: str


_VERSIONS = (
    _Version("sys/fs/cgroup", "", "memory.max", "memory.current", ""),
    _Version("sys/fs/cgroup/memory", "memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
)


def free_in_groups(root: Path = Path("/")) -> int | None:
    """Bytes that the narrowest group of this process still has, None without a limit. `root` holds /proc and /sys."""
    return min((free for version in _VERSIONS for group in _groups(root, version) for free in _free(group, version)), default=None)


def _groups(root: Path, version: _Version) -> Iterator[Path]:
    """From the mount down to the process's own. A container may see only its own, at the mount, under a path that is not there."""
    mount = root / version.mount
    told = ""
    with suppress(OSError):
        told = (root / "proc/self/cgroup").read_text(encoding="utf-8")
    own = re.search(rf"^\d+:{version.controller}:/(.*)$", told, re.MULTILINE)
    parts = Path(own[1]).parts if own else ()
    yield from (mount.joinpath(*parts[:depth]) for depth in range(len(parts) + 1))


def _free(group: Path, version: _Version) -> Iterator[int]:
    with suppress(OSError, ValueError):  # no such group, or its limit is the word "max"
        limit, usage = (int((group / name).read_text(encoding="ascii")) for name in (version.limit, version.usage))
        # Copies of files are given up when memory is wanted, as in what /proc/meminfo calls available.
        files = re.findall(
            rf"^{version.prefix}(?:in)?active_file (\d+)$", (group / "memory.stat").read_text(encoding="ascii"), re.MULTILINE
        )
        yield max(0, limit - usage + sum(map(int, files)))
