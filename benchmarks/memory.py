"""How much of the machine's memory this process takes, as Linux counts it."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path


def base_bytes() -> int:
    """What is resident now; peaks are counted from here on. Where the kernel does not let a process forget its old peak: that one."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak_bytes()


def peak_bytes() -> int:
    """The most that was resident since `base_bytes`."""
    told = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(encoding="ascii"), re.MULTILINE)
    if told is None:
        raise OSError("this system does not tell how much memory a process took at its peak")
    return int(told[1]) * 1024
