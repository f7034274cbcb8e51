"""How a clip of the set is made, as data: one recipe, one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

Light = Literal["sdr", "wide", "pq", "hlg"]
Fields = Literal["tff", "bff"]
Change = Callable[[Path], None]

UPRIGHT = (1, 0, 0, 1)
SECRETS = (b"+48.1371+011.5754/", b"Jane's phone")
"""What is planted in places where nothing private may go up: where, and whose."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """How pictures are stored. `matrix` is H.273's number of what they are encoded by, `tagged` whether the file says so; `aspect` is that
    of a pixel; `turn` is the upper left of the display matrix that makes them upright."""

    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    matrix: int = 1
    primaries: int | None = None
    transfer: int | None = None
    full: bool = False
    tagged: bool = True
    light: Light = "sdr"
    aspect: Fraction = Fraction(1)
    turn: tuple[int, int, int, int] = UPRIGHT
    fields: Fields | None = None
    b_frames: int = 2
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def colour_tags(self) -> tuple[int, int, int, int]:
        """Range, matrix, primaries and transfer as H.273 numbers them."""
        transfer = {"pq": 16, "hlg": 18, "wide": 14, "sdr": 6 if self.matrix in (5, 6) else 1}[self.light]
        return (2 if self.full else 1, self.matrix, self.primaries or self.matrix, self.transfer or transfer)


PLAIN = Look()


@dataclass(frozen=True, kw_only=True)
class Voice:
    """A sound track, from `start_s` to `end_s` of the film's clock, on which the first frame of the recipe stands at 0."""

    codec: str = "aac"
    rate: int = 48000
    channels: int = 1
    start_s: float = 0.0
    end_s: float = 1.0


@dataclass(frozen=True)
class Beside:
    """Another recipe's streams in the same file, before or behind its own, with their disposition by libav's name ("" for none)."""

    recipe: Recipe
    before: bool = False
    disposition: str = ""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """`size` is that of the upright picture in square pixels. `times` (seconds from the first frame's) make the rate vary, and
    `clock` counts them. `shift_s` moves everything on the file's clock. `beside` are other streams, and `disposition` is then that of its
    own; `chapters` are the times at which they begin. `changes` are made to the finished file, in order."""

    name: str
    look: Look = PLAIN
    size: tuple[int, int] = (96, 72)
    frames: int = 16
    first: int = 0
    rate: Fraction = Fraction(25)
    times: tuple[Fraction, ...] | None = None
    clock: Fraction | None = None
    voice: Voice | None = None
    shift_s: Fraction = Fraction(0)
    format: str | None = None
    container_options: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[Beside, ...] = ()
    disposition: str = ""
    chapters: tuple[float, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def times_s(self) -> tuple[Fraction, ...]:
        """When each frame is shown, the first at 0."""
        return self.times if self.times is not None else tuple(Fraction(index) / self.rate for index in range(self.frames))
