"""How much is measured: as the goals want it, or just enough to see that it runs."""

from __future__ import annotations

from dataclasses import dataclass

from .noise import Shape


@dataclass(frozen=True, kw_only=True)
class Scale:
    shapes: tuple[Shape, ...]
    rounds: int


FULL = Scale(shapes=(Shape(250, 1280, 720), Shape(120, 1920, 1080)), rounds=3)
TINY = Scale(shapes=(Shape(10, 320, 240), Shape(5, 480, 270)), rounds=1)
