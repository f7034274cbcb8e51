"""`python -m benchmarks.work NAME ARGUMENT...`: one measurement in a process of its own; prints what it found as JSON.

Everything is loaded and has run once, on something small, before the clock starts and the memory is counted.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import torch

from .luma import psnr_db
from .memory import base_bytes, peak_bytes
from .noise import Shape, draw, pictures
from .sides import SIDES

CORES = len(os.sched_getaffinity(0))
_SMALL = Shape(8, 64, 48)


def decode(side: str, path: str) -> dict[str, Any]:
    """The film at `path` to a tensor, by one side."""
    do = SIDES[side]().decode
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.mp4"
        draw(small, _SMALL)
        return _measured(lambda: do(small), lambda: do(Path(path)))


def encode(side: str, path: str, *shape: str) -> dict[str, Any]:
    """The pictures of `shape`, a tensor that is there already, to a film at `path`, by one side."""
    do = SIDES[side]().encode
    images, few = _tensor(Shape(*map(int, shape))), _tensor(_SMALL)
    with tempfile.TemporaryDirectory() as folder:
        return _measured(lambda: do(few, Path(folder) / "small.mp4"), lambda: do(images, Path(path)))


def decoder_alone(path: str) -> dict[str, Any]:
    """A ceiling: the decoder with a thread per core, each picture dropped."""

    def do() -> None:
        with av.open(path) as container:
            stream = container.streams.video[0]
            stream.thread_type, stream.thread_count = "AUTO", CORES
            for _ in container.decode(stream):
                pass

    return _measured(lambda: None, do)


def first_touch(*shape: str) -> dict[str, Any]:
    """The other ceiling: new memory for the pictures, each byte written once, by a thread per core."""

    def fill(shape: Shape) -> torch.Tensor:
        return torch.empty((shape.count, shape.height, shape.width, 3)).fill_(0.5)

    return _measured(lambda: fill(_SMALL), lambda: fill(Shape(*map(int, shape))))


def luma(path: str, *shape: str) -> dict[str, Any]:
    """How true the film at `path` is, in dB, as a right player shows it and as its encoder may have meant it."""
    size = Shape(*map(int, shape))
    return {"shown_db": psnr_db(Path(path), size), "meant_db": psnr_db(Path(path), size, untagged_is_bt601=True)}


WORK = {"decode": decode, "encode": encode, "decoder_alone": decoder_alone, "first_touch": first_touch, "luma": luma}


def _measured(warm_up: Callable[[], Any], work: Callable[[], Any]) -> dict[str, Any]:
    """How long `work` takes, and how much memory more than before at its peak; of a tensor also its shape."""
    warm_up()
    gc.collect()
    base = base_bytes()
    started = time.perf_counter()
    result = work()
    took_s = time.perf_counter() - started
    return {"took_s": took_s, "extra_bytes": peak_bytes() - base, "shape": list(getattr(result, "shape", ()))}


def _tensor(shape: Shape) -> torch.Tensor:
    images = torch.empty((shape.count, shape.height, shape.width, 3))
    for image, picture in zip(images.numpy(), pictures(shape), strict=True):
        image[...] = picture
    return images


if __name__ == "__main__":
    torch.set_num_threads(CORES)
    sys.stdout.write(json.dumps(WORK[sys.argv[1]](*sys.argv[2:])) + "\n")
