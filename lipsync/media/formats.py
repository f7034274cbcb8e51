"""The formats in which a film can be saved: what each holds, and to what its picture is encoded where it must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How pictures of the kind `pixels` are encoded, in libav's words."""

    encoder: str
    options: Mapping[str, str] = field(hash=False)
    pixels: str


@dataclass(frozen=True, kw_only=True)
class FilmFormat:
    """`label` is what a user chooses, `encoded` what a picture becomes, both as people call it; `container` is libav's name.

    A picture of one of the `kept` codecs, whose own kind of pixels contains `kept_pixels`, is saved as it is; others are encoded, those
    with alpha as `with_alpha` (None: this format has none).
    """

    label: str
    encoded: str
    suffix: str
    container: str
    kept: tuple[str, ...]
    kept_pixels: str = ""
    opaque: Encoding
    with_alpha: Encoding | None = None

    @property
    def for_editing(self) -> bool:
        """Whether its sound is PCM, its pictures have ten bits, and no browser shows it."""
        return self.container == "mov"

    def keeps(self, codec: str, pixel_format: str) -> bool:
        """Whether a picture of this kind needs no encoding."""
        return codec in self.kept and self.kept_pixels in pixel_format

    def encoding(self, *, alpha: bool) -> Encoding:
        """For pictures with `alpha`, if this format has any, or without."""
        return self.with_alpha if alpha and self.with_alpha is not None else self.opaque


MP4 = FilmFormat(
    label="MP4",
    encoded="H.264",
    suffix=".mp4",
    container="mp4",
    kept=("h264", "hevc", "av1", "vp9", "mpeg4"),
    opaque=Encoding(encoder="libx264", options={"profile": "high"}, pixels="yuv420p"),
)
PRORES_422 = FilmFormat(
    label="ProRes 422",
    encoded="ProRes 422 HQ",
    suffix=".mov",
    container="mov",
    kept=("prores",),
    kept_pixels="422",
    opaque=Encoding(encoder="prores_aw", options={"profile": "3"}, pixels="yuv422p10le"),
)
# libav's other encoder, prores_ks, takes three times as long or more. But what prores_aw makes of an opaque alpha is 65472 of 65535.
# At its own choice of bits prores_ks spoils noise; with as many as these it searches less, and nothing is to be seen.
PRORES_4444 = FilmFormat(
    label="ProRes 4444",
    encoded="ProRes 4444",
    suffix=".mov",
    container="mov",
    kept=("prores",),
    kept_pixels="444",
    opaque=Encoding(encoder="prores_aw", options={"profile": "4"}, pixels="yuv444p10le"),
    with_alpha=Encoding(encoder="prores_ks", options={"profile": "4444", "bits_per_mb": "8000"}, pixels="yuva444p10le"),
)
FORMATS = {film_format.label: film_format for film_format in (MP4, PRORES_422, PRORES_4444)}
