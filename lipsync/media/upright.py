"""Decoded pictures made ordinary: upright, square pixels, BT.709, no alpha. All of it by libav's own filters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from av.video.frame import VideoFrame

from ..errors.media import NotReadable
from .colour import full_in_libav, place_in
from .filters import TOLD_BT709, Filters, Step
from .geometry import even_size
from .probe import Picture
from .tonemap import write_table

_SCALER = "bicubic+accurate_rnd+full_chroma_int"
_SAME_SIZE = "bilinear+accurate_rnd+full_chroma_int"  # only chroma is scaled then: as ComfyUI's own decoder does it
_DEEP = 10  # the bits of YUV with alpha
_WHOLE_COLOURS = {"yuv420p": "yuv444p", "yuv422p10le": "yuv444p10le"}
_PLACES = {
    **dict.fromkeys(("h264", "hevc", "mpeg2video", "mpeg4"), "left"),
    **dict.fromkeys(("mjpeg", "h263", "flv1", "mpeg1video"), "center"),
}
"""Where colours stand that several pixels share. Sources: ITU-T H.264 and H.265 annex E, H.262 section 6.1.1.8."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """What pictures are to become. YUV is BT.709 limited range with both sides even (the last row or column repeated), without alpha
    or, with `alpha`, of a format that has it.

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

    @property
    def _place(self) -> str:
        """A codec that does not say is taken as ComfyUI takes it to be seen, and as it is to be stored again."""
        return _PLACES.get(self._picture.codec, place_in(self._form.pixel_format))

    def _steps(self, folder: Path) -> Iterator[Step]:
        picture, colour = self._picture, self._picture.colour
        matrix = colour.matrix_name(picture.width, picture.height)
        if matrix is None:
            raise NotReadable(self._what, "has colours of a kind that is not known here")
        span = "full" if colour.full_range else "limited"
        source = {} if colour.rgb else {"in_color_matrix": matrix, "in_range": span, "in_chroma_loc": self._place}
        width, height = picture.shown_size
        if picture.orientation.sideways:
            width, height = height, width
        to_yuv = self._form.pixel_format.startswith("yuv")
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
            write_table(colour, table, white=_full_colour(picture), shown_white=full_in_libav(8) if to_yuv else 1.0)
            yield "lut3d", {"file": str(table), "interp": "tetrahedral"}
            source = {"in_range": "full"}

        if to_yuv:
            yield from self._to_yuv({**source, **size}, odd=picture.even_size != picture.shown_size)
        else:
            yield from self._to_rgb({**source, **size, "out_range": "full"})

    def _to_rgb(self, scale: dict[str, str]) -> Iterator[Step]:
        form = self._form
        yield from _scaled(scale, form.pixel_format)
        yield from ((name, {"dir": way} if way else {}) for name, way in self._picture.orientation.steps)
        if form.crop is not None:
            yield "crop", {"w": str(form.crop[0]), "h": str(form.crop[1]), "x": "0", "y": "0"}
        if form.size is not None:
            yield from _scaled({"w": str(form.size[0]), "h": str(form.size[1]), "flags": _SCALER}, form.pixel_format)

    def _to_yuv(self, scale: dict[str, str], *, odd: bool) -> Iterator[Step]:
        wanted, orientation = self._form.pixel_format, self._picture.orientation
        # Colours of half the size have no odd edge, and those of half the width cannot be turned.
        whole = _WHOLE_COLOURS.get(wanted, wanted) if odd or (orientation.sideways and wanted == "yuv422p10le") else wanted
        yield from _scaled({**scale, "out_color_matrix": "bt709", "out_range": "limited", "out_chroma_loc": place_in(wanted)}, whole)
        yield from ((name, {"dir": way} if way else {}) for name, way in orientation.steps)
        if odd:
            (width, height), (full_width, full_height) = self._picture.shown_size, even_size(*self._picture.shown_size)
            yield "pad", {"w": str(full_width), "h": str(full_height), "x": "0", "y": "0"}
            yield "fillborders", {"right": str(full_width - width), "bottom": str(full_height - height), "mode": "smear"}
        if whole != wanted:
            yield "format", {"pix_fmts": wanted}
        if self._form.alpha and self._picture.has_alpha and self._picture.bit_depth < _DEEP:
            full = (1 << _DEEP) - (1 << _DEEP - self._picture.bit_depth)  # where the scaler leaves what was opaque
            yield "lutyuv", {"y": "val", "u": "val", "v": "val", "a": f"val*{(1 << _DEEP) - 1}/{full}+0.5"}
        yield TOLD_BT709


def _full_colour(picture: Picture) -> float:
    """What full RGB comes to: libav reckons limited range in 8 bits, whatever the picture has."""
    return full_in_libav(picture.bit_depth if picture.colour.rgb or picture.colour.full_range else 8)


def _scaled(arguments: dict[str, str], pixel_format: str) -> Iterator[Step]:
    yield "scale", arguments
    yield "format", {"pix_fmts": pixel_format}
