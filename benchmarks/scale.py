"""How much is measured: as the goals want it, or just enough to see that it runs."""

from __future__ import annotations

from dataclasses import dataclass

from .noise import Shape


@dataclass(frozen=True, kw_only=True)
class Scale:
    """`clip` is the film of the graph that is run again, `jobs` how many are waited for at once, and `job_s` how long they take.

    `rest_s` goes before each decoding: on a virtual machine, memory that another process has just freed is quick to be had again, and
    memory that has gone back to the host is not, so that whoever comes soon after another would win.
    """

    rounds: int
    rest_s: float
    shapes: tuple[Shape, ...]
    upload_bytes: int
    clip: Shape
    clip_bytes: int
    jobs: int
    job_s: float


FULL = Scale(
    rounds=3,
    rest_s=10.0,
    shapes=(Shape(250, 1280, 720), Shape(120, 1920, 1080)),
    upload_bytes=2_000_000_000,
    clip=Shape(90, 1280, 720),
    clip_bytes=50_000_000,
    jobs=15,
    job_s=30.0,
)
TINY = Scale(
    rounds=1,
    rest_s=0.0,
    shapes=(Shape(10, 320, 240),),
    upload_bytes=10_000_000,
    clip=Shape(25, 320, 240),
    clip_bytes=1_000_000,
    jobs=3,
    job_s=1.0,
)
