"""What is drawn on the film: the word in the corner, and the mouth that opens with the speech."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from .picture import Planes
from .plan import Box, Speaker

Colour = tuple[int, int, int]  # Y, U, V of BT.709, limited range

WHITE: Colour = (235, 128, 128)
BLACK: Colour = (16, 128, 128)
MOUTH: Colour = (60, 116, 180)  # dark red

_MOUTH_WIDTH = 1 / 6  # of the picture's shorter side, or of half the speaker's box
_MOUTH_IN_BOX = 0.75  # how far down a face its mouth is


@dataclass(frozen=True)
class Canvas:
    """One frame, to be drawn on in place."""

    planes: Planes
    width: int
    height: int

    def paint(self, left: int, top: int, coverage: NDArray[np.float64], colour: Colour) -> None:
        """Blend `colour` into the rectangle at (left, top) by `coverage`, 0 to 1 for each of its pixels."""
        box = coverage[max(0, -top) : self.height - top, max(0, -left) : self.width - left]
        left, top = max(0, left), max(0, top)
        if not box.size:
            return
        luma, *chroma = self._views()
        _blend(luma[top : top + box.shape[0], left : left + box.shape[1]], box, colour[0])
        half = box[top % 2 :: 2, left % 2 :: 2]
        top, left = (top + 1) // 2, (left + 1) // 2
        for plane, value in zip(chroma, colour[1:], strict=True):
            target = plane[top : top + half.shape[0], left : left + half.shape[1]]
            _blend(target, half[: target.shape[0], : target.shape[1]], value)

    def _views(self) -> tuple[Planes, Planes, Planes]:
        flat, area = self.planes.reshape(-1), self.width * self.height
        half = (self.height // 2, self.width // 2)
        return (
            flat[:area].reshape(self.height, self.width),
            flat[area : area + area // 4].reshape(half),
            flat[area + area // 4 :].reshape(half),
        )


def _blend(target: Planes, coverage: NDArray[np.float64], value: int) -> None:
    target[...] = np.rint(target + (value - target.astype(np.float64)) * coverage).astype(np.uint8)


@dataclass(frozen=True)
class Sign:
    """A word with its place and how strongly it shows."""

    coverage: NDArray[np.float64]
    left: int
    top: int
    background: float

    def draw(self, canvas: Canvas) -> None:
        if self.background:
            canvas.paint(self.left, self.top, np.full(self.coverage.shape, self.background), BLACK)
        canvas.paint(self.left, self.top, self.coverage, WHITE)


def sandbox_sign(width: int, height: int) -> Sign:
    """SANDBOX in the upper left corner."""
    return Sign(_word("SANDBOX", max(10, height // 20), 1.0, width), left=4, top=4, background=0.7)


def watermark(width: int, height: int) -> Sign:
    """WATERMARK across the middle, half transparent."""
    coverage = _word("WATERMARK", max(16, height // 6), 0.6, width)
    return Sign(coverage, left=(width - coverage.shape[1]) // 2, top=(height - coverage.shape[0]) // 2, background=0.0)


def _word(word: str, height: int, strength: float, room: int) -> NDArray[np.float64]:
    font = ImageFont.load_default()
    left, top, right, bottom = font.getbbox(word)
    letters = Image.new("L", (round(right - left) + 4, round(bottom - top) + 4))
    ImageDraw.Draw(letters).text((2 - left, 2 - top), word, fill=255, font=font)
    scale = min(height / letters.height, (room - 8) / letters.width)
    size = (max(1, round(letters.width * scale)), max(1, round(letters.height * scale)))
    return np.asarray(letters.resize(size), dtype=np.float64) / 255 * strength


@dataclass(frozen=True, kw_only=True)
class Mouth:
    """Where the mouth is, and its width, in pixels."""

    x: float
    y: float
    width: float

    def draw(self, canvas: Canvas, loudness: float) -> None:
        """Closed at loudness 0, as high as wide at 1."""
        across = max(3.0, self.width / 2)
        open_by = max(1.0, across * loudness)
        self._ellipse(canvas, across + 2, open_by + 2, WHITE)
        self._ellipse(canvas, across, open_by, MOUTH)

    def _ellipse(self, canvas: Canvas, across: float, up: float, colour: Colour) -> None:
        left, top = int(self.x - across), int(self.y - up)
        rows, columns = np.ogrid[top : int(self.y + up) + 2, left : int(self.x + across) + 2]
        inside = ((columns - self.x) / across) ** 2 + ((rows - self.y) / up) ** 2 <= 1
        canvas.paint(left, top, inside.astype(np.float64), colour)


def mouth_of(speaker: Speaker, frame: int, width: int, height: int) -> Mouth | None:
    """The speaker's mouth in the clip's frame `frame`, or None where the boxes say that nobody is there."""
    ordinary = min(width, height) * _MOUTH_WIDTH
    if speaker.boxes is not None:
        box = speaker.boxes[min(frame, len(speaker.boxes) - 1)]
        return None if box is None else _mouth_in(box)
    if speaker.point is not None:
        return Mouth(x=speaker.point[0], y=speaker.point[1], width=ordinary)
    return Mouth(x=width / 2, y=height * 5 / 6, width=ordinary)


def _mouth_in(box: Box) -> Mouth:
    left, top, right, bottom = box
    return Mouth(x=(left + right) / 2, y=top + (bottom - top) * _MOUTH_IN_BOX, width=(right - left) / 2)
