"""Decoded pictures made ordinary: upright, square pixels, BT.709, no alpha. All of it by libav's own filters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from av.video.frame import VideoFrame

from ..errors.media import NotReadable
from .colour import full_in_libav
from .filters import Filters, Step
from .geometry import even_size
from .probe import Picture
from .tonemap import write_table

_SCALER = "bicubic+accurate_rnd+full_chroma_int"
_SAME_SIZE = "bilinear+accurate_rnd+full_chroma_int"  # only chroma is scaled then: as ComfyUI's own decoder does it
_SHARED_AT_THE_LEFT = ("h264", "hevc", "mpeg2video", "mpeg4")  # Sources: ITU-T H.264 and H.265 annex E, H.262 section 6.1.1.8
_SHARED_IN_THE_MIDDLE = ("mjpeg", "h263", "flv1", "mpeg1video")


@dataclass(frozen=True, kw_only=True)
class Form:
    """What pictures are to become. "yuv420p" is BT.709 limited range with both sides even (the last row or column repeated).

    An RGB format is full range, cut to the upper left `crop` and scaled to `size` (width, height), else of the picture's own size. With
    `alpha` it must have an alpha channel, and its colours stay as they are stored; without, they come over black.
    """

    pixel_format: str
    crop: tuple[int, int] | None = None
    size: tuple[int, int] | None = None
    alpha: bool = False


class Upright:
    """Turns the pictures of one file, which are progressive by now, into pictures of a `form`; each by itself, in any order."""

    def __init__(self, what: str, picture: Picture, form: Form, *, threads: int = 0) -> None:
        self._what = what
        self._picture = picture
        self._form = form
        self._filters = Filters(what, picture.time_base, self._steps, threads=threads)

    def made(self, frame: VideoFrame) -> VideoFrame:
        """`frame` in the form. Raises NotReadable if it cannot be shown, or has another size than those before."""
        for made in self._filters.push(frame):
            return made
        raise NotReadable(self._what, "is damaged: one of its pictures cannot be shown")

    @property
    def full(self) -> tuple[float, float]:
        """What full colour and full alpha come to in a float format, where they should be 1."""
        mapped = self._picture.colour.hdr or self._picture.colour.wide
        return 1.0 if mapped else _full_colour(self._picture), full_in_libav(self._picture.bit_depth)

    def _steps(self, folder: Path) -> Iterator[Step]:
        picture, colour = self._picture, self._picture.colour
        matrix = colour.matrix_name(picture.width, picture.height)
        if matrix is None:
            raise NotReadable(self._what, "has colours of a kind that is not known here")
        span = "full" if colour.full_range else "limited"
        source = {} if colour.rgb else {"in_color_matrix": matrix, "in_range": span, **self._place()}
        width, height = picture.shown_size
        if picture.orientation.sideways:
            width, height = height, width
        to_yuv = self._form.pixel_format == "yuv420p"
        flags = {"flags": _SCALER if to_yuv or (width, height) != (picture.width, picture.height) else _SAME_SIZE}
        size = {"w": str(width), "h": str(height), **flags}

        if picture.has_alpha:
            planes = "gbrap" if picture.bit_depth == 8 else "gbrap16le"
            if picture.pixel_format == "pal8":
                yield "format", {"pix_fmts": "rgba"}
            yield from _scaled({**source, "out_range": "full", **flags}, planes)
            if not self._form.alpha:
                yield "premultiply", {"inplace": "1"}
            source = {"in_range": "full"}
        if colour.hdr or colour.wide:
            yield from _scaled({**source, "out_range": "full", **flags}, "gbrap16le" if self._form.alpha else "gbrp16le")
            table = folder / "colours.cube"
            write_table(colour, table, white=_full_colour(picture))
            yield "lut3d", {"file": str(table), "interp": "tetrahedral"}
            source = {"in_range": "full"}

        if to_yuv:
            yield from self._to_yuv({**source, **size}, odd=picture.even_size != picture.shown_size)
        else:
            yield from self._to_rgb({**source, **size, "out_range": "full"})

    def _place(self) -> dict[str, str]:
        """Where colours stand that several pixels share. A codec that does not say is taken as ComfyUI takes it to be seen, and as it is
        to be stored again."""
        codec, stored_again = self._picture.codec, self._form.pixel_format == "yuv420p"
        left = codec not in _SHARED_IN_THE_MIDDLE if stored_again else codec in _SHARED_AT_THE_LEFT
        return {"in_chroma_loc": "left" if left else "center"}

    def _to_rgb(self, scale: dict[str, str]) -> Iterator[Step]:
        form = self._form
        yield from _scaled(scale, form.pixel_format)
        yield from ((name, {"dir": way} if way else {}) for name, way in self._picture.orientation.steps)
        if form.crop is not None:
            yield "crop", {"w": str(form.crop[0]), "h": str(form.crop[1]), "x": "0", "y": "0"}
        if form.size is not None:
            yield from _scaled({"w": str(form.size[0]), "h": str(form.size[1]), "flags": _SCALER}, form.pixel_format)

    def _to_yuv(self, scale: dict[str, str], *, odd: bool) -> Iterator[Step]:
        yield from _scaled(
            {**scale, "out_color_matrix": "bt709", "out_range": "limited", "out_chroma_loc": "left"}, "yuv444p" if odd else "yuv420p"
        )
        yield from ((name, {"dir": way} if way else {}) for name, way in self._picture.orientation.steps)
        if odd:
            (width, height), (full_width, full_height) = self._picture.shown_size, even_size(*self._picture.shown_size)
            yield "pad", {"w": str(full_width), "h": str(full_height), "x": "0", "y": "0"}
            yield "fillborders", {"right": str(full_width - width), "bottom": str(full_height - height), "mode": "smear"}
            yield "format", {"pix_fmts": "yuv420p"}


def _full_colour(picture: Picture) -> float:
    """What full RGB comes to: libav reckons limited range in 8 bits, whatever the picture has."""
    return full_in_libav(picture.bit_depth if picture.colour.rgb or picture.colour.full_range else 8)


def _scaled(arguments: dict[str, str], pixel_format: str) -> Iterator[Step]:
    yield "scale", arguments
    yield "format", {"pix_fmts": pixel_format}
