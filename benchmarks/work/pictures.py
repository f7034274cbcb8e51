"""Decoding and encoding, by either side, and what the machine can do at best."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import av
import torch

from ..measured import measured
from ..noise import Shape, draw, pictures
from .luma import psnr_db
from .sides import SIDES

CORES = len(os.sched_getaffinity(0))
_SMALL = Shape(8, 64, 48)

torch.set_num_threads(CORES)


def decode(side: str, path: str) -> dict[str, Any]:
    """The film at `path` to a tensor."""
    do = SIDES[side]().decode
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.mp4"
        draw(small, _SMALL)
        found = measured(lambda: do(Path(path)), warm_up=lambda: do(small))
    return {**found.figures(), "shape": list(found.result.shape)}


def encode(side: str, path: str, *shape: str) -> dict[str, Any]:
    """The pictures of `shape`, a tensor that is there already, to a film at `path`."""
    do = SIDES[side]().encode
    images, few = _tensor(Shape(*map(int, shape))), _tensor(_SMALL)
    with tempfile.TemporaryDirectory() as folder:
        return measured(lambda: do(images, Path(path)), warm_up=lambda: do(few, Path(folder) / "small.mp4")).figures()


def decoder_alone(path: str) -> dict[str, Any]:
    """A ceiling: the decoder with a thread per core, each picture dropped."""

    def do() -> None:
        with av.open(path) as container:
            stream = container.streams.video[0]
            stream.thread_type, stream.thread_count = "AUTO", CORES
            for _ in container.decode(stream):
                pass

    return measured(do, warm_up=lambda: None).figures()


def first_touch(*shape: str) -> dict[str, Any]:
    """The other ceiling: new memory for the pictures, every byte written once, by a thread per core."""

    def fill(shape: Shape) -> torch.Tensor:
        return torch.empty((shape.count, shape.height, shape.width, 3)).fill_(0.5)

    return measured(lambda: fill(Shape(*map(int, shape))), warm_up=lambda: fill(_SMALL)).figures()


def luma(path: str, *shape: str) -> dict[str, Any]:
    """How true the film at `path` is, in dB, as a right player shows it and as its encoder may have meant it."""
    size = Shape(*map(int, shape))
    return {"shown_db": psnr_db(Path(path), size), "meant_db": psnr_db(Path(path), size, untagged_is_bt601=True)}


def _tensor(shape: Shape) -> torch.Tensor:
    images = torch.empty((shape.count, shape.height, shape.width, 3))
    for image, picture in zip(images.numpy(), pictures(shape), strict=True):
        image[...] = picture
    return images
