"""An encoder that leaves the machine as it finds it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from av.video.stream import VideoStream


def open_encoder(stream: VideoStream) -> None:
    """Open what `stream` is encoded with; its size, format, clock and colours must be set by now."""
    with _without_root():
        stream.codec_context.open(strict=False)


@contextmanager
def _without_root() -> Iterator[None]:
    """SVT-AV1 makes its threads and the one that opens it real-time (SCHED_FIFO 99) if it is root that does so, and whatever that
    thread starts later is born so: a browser that spun at it took a machine of two cores away from everything else."""
    if sys.platform == "win32" or os.geteuid() != 0:
        yield
        return
    nobody = 65534
    os.seteuid(nobody)
    try:
        yield
    finally:
        os.seteuid(0)
