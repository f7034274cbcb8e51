"""Drawn pictures as libav stores them, pixel by pixel, without its scaler: what a clip holds is what the standards' formulas say."""

from __future__ import annotations

from fractions import Fraction

import av
import av.filter
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from tests.media.torture import colours
from tests.media.torture.recipe import Look
from tests.media.torture.scene import Image, draw

_SHIFTS = {"444": (0, 0), "422": (1, 0), "420": (1, 1), "440": (0, 1), "411": (2, 0), "410": (2, 2)}
_LIGHTS = {"sdr": lambda rgb: rgb, "wide": colours.wide, "pq": colours.pq, "hlg": colours.hlg}
ALPHA_LEFT_OF = 0.5
"""In a clip with alpha, what lies left of this share of the width (and between number and mark) is half transparent."""
HALF = 128


def stored(number: int, size: tuple[int, int], look: Look) -> VideoFrame:
    """The picture `number` of `size`, as a file of this `look` stores it."""
    image = _pixels(number, size, look)
    alpha = alpha_of(*image.shape[:2])
    return _flagged(_packed(_turned_back(image, look), _turned_back(alpha, look), look), look)


def _pixels(number: int, size: tuple[int, int], look: Look) -> Image:
    width, height = size
    aspect = look.aspect if look.turn[0] else 1 / look.aspect  # of an upright pixel
    first, second = 2 * number, 2 * number + 1
    fields = {None: (first, first), "tff": (first, second), "bff": (second, first)}[look.fields]
    return draw(number, width, height, fields=fields, aspect=aspect)


def _turned_back(image: Image, look: Look) -> Image:
    """The stored picture, which x' = ax + cy, y' = bx + dy makes upright."""
    a, b, c, d = look.turn
    height, width = image.shape[:2]
    stored_size = (height, width) if a else (width, height)
    y, x = np.mgrid[: stored_size[0], : stored_size[1]]
    shown_x, shown_y = a * x + c * y, b * x + d * y
    turned: Image = image[shown_y - shown_y.min(), shown_x - shown_x.min()]
    return turned


def alpha_of(height: int, width: int) -> Image:
    alpha = np.full((height, width), 255, np.uint8)
    alpha[round(0.3 * height) : round(0.8 * height), : round(ALPHA_LEFT_OF * width)] = HALF
    return alpha


def _packed(image: Image, alpha: Image, look: Look) -> VideoFrame:
    height, width = image.shape[:2]
    kind = av.VideoFormat(look.pixel_format, width, height)
    if kind.is_rgb or look.pixel_format == "pal8":
        return _rgb(image, alpha, look)
    bits = kind.components[0].bits
    rgb = _LIGHTS[look.light](image / 255.0)
    values = colours.to_yuv(rgb, look.matrix, full=look.full, bits=bits)
    planes = [values[..., 0]]
    if len(kind.components) >= 3:
        shifts = next(shifts for name, shifts in _SHIFTS.items() if name in look.pixel_format)
        planes += [_subsampled(values[..., channel], shifts, interlaced=look.fields is not None) for channel in (1, 2)]
    if any(component.is_alpha for component in kind.components):
        planes.append(alpha * (((1 << bits) - 1) / 255))
    frame = VideoFrame(width, height, look.pixel_format)
    for plane, content in zip(frame.planes, planes, strict=True):
        kind_of = np.dtype("<u2" if bits > 8 else "u1")
        rows = np.zeros((plane.buffer_size // plane.line_size, plane.line_size // kind_of.itemsize), kind_of)
        rows[: content.shape[0], : content.shape[1]] = np.clip(np.rint(content), 0, (1 << bits) - 1)
        plane.update(rows.tobytes())
    return frame


def _rgb(image: Image, alpha: Image, look: Look) -> VideoFrame:
    if look.pixel_format == "pal8":
        colours_used, indices = np.unique(image.reshape(-1, 3), axis=0, return_inverse=True)
        palette = np.zeros((256, 4), np.uint8)
        palette[: len(colours_used)] = np.hstack([np.full((len(colours_used), 1), 255, np.uint8), colours_used])  # ARGB
        return VideoFrame.from_ndarray((indices.reshape(image.shape[:2]).astype(np.uint8), palette), format="pal8")
    if "a" in look.pixel_format:
        image = np.dstack([image, alpha])
        return VideoFrame.from_ndarray(image, format="rgba").reformat(format=look.pixel_format)
    return VideoFrame.from_ndarray(image, format="rgb24").reformat(format=look.pixel_format)


def _subsampled(plane: NDArray[np.float64], shifts: tuple[int, int], *, interlaced: bool) -> NDArray[np.float64]:
    """The mean of each block; of an interlaced picture, within its field."""
    if interlaced:
        fields = [_subsampled(plane[parity::2], shifts, interlaced=False) for parity in (0, 1)]
        woven = np.empty((len(fields[0]) + len(fields[1]), fields[0].shape[1]))
        woven[0::2], woven[1::2] = fields
        return woven
    across, down = 1 << shifts[0], 1 << shifts[1]
    padded = np.pad(plane, ((0, -plane.shape[0] % down), (0, -plane.shape[1] % across)), mode="edge")
    mean: NDArray[np.float64] = padded.reshape(padded.shape[0] // down, down, -1, across).mean(axis=(1, 3))
    return mean


def _flagged(frame: VideoFrame, look: Look) -> VideoFrame:
    """With the order of its fields, which only a filter can write."""
    if look.fields is None:
        return frame
    graph = av.filter.Graph()
    source = graph.add(
        "buffer", video_size=f"{frame.width}x{frame.height}", pix_fmt=frame.format.name, time_base="1/25", pixel_aspect="1/1"
    )
    graph.link_nodes(source, graph.add("setfield", mode=look.fields), graph.add("buffersink")).configure()
    frame.time_base = Fraction(1, 25)
    graph.vpush(frame)
    return graph.vpull()
