"""A film to the output folder: the same bytes where nothing changes, the same picture where only sound or tags do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from torch import Tensor

from .. import host
from ..errors.media import NotWritten
from .compose import write_film
from .encode import THE_FRAMES, encode_frames
from .formats import MP4, FilmFormat
from .matte import Matte, matte_of_mask
from .mux import Film
from .pixels import check_frames
from .playback import excerpt
from .probe import Picture, Probe, probe
from .sources import Frames, Samples, VideoFile
from .streams import MP4 as MP4_OR_MOV
from .streams import opened
from .survey import moving_picture
from .true_size import true_size, true_size_tag
from .work import Progress, Stop, Work

_STRUCTURE = ("major_brand", "minor_version", "compatible_brands", "encoder", "creation_time", "language")


def save_film(
    source: VideoFile | Frames,
    *,
    sound: Samples | None,
    target: Path,
    tags: Mapping[str, str],
    progress: Progress,
    cancelled: Stop,
    film_format: FilmFormat = MP4,
    mask: Tensor | None = None,
) -> str:
    """Write `source` to `target` in `film_format`, with `sound` in place of its own if there is any, `tags` (values as text or JSON), and
    1 - `mask` as its alpha (only for a format that has one).

    Returns one line on what was done. The picture of a file is never encoded again, unless it is trimmed, gets a mask, or is of a kind
    that the format does not hold; a file without changes is linked or copied. Whatever was at `target` is replaced in one step at the
    end. Raises MediaRefused and Cancelled, and leaves nothing behind then.
    """
    with _part_of(target) as part:
        if isinstance(source, VideoFile):
            return _save_file(source, sound, part, film_format, mask, tags, progress, cancelled)
        if sound is not None:
            source = replace(source, waveform=sound.waveform, sample_rate=sound.sample_rate)
        return _save_frames(source, part, film_format, mask, tags, progress, cancelled)


def _save_frames(
    frames: Frames, part: Path, film_format: FilmFormat, mask: Tensor | None, tags: Mapping[str, str], progress: Progress, cancelled: Stop
) -> str:
    check_frames(THE_FRAMES, frames.images, frames.frame_rate)
    _, height, width, _ = frames.images.shape
    tags = {**tags, **true_size_tag(width, height)}
    changes = encode_frames(frames, part, progress=progress, cancelled=cancelled, tags=tags, film_format=film_format, mask=mask)
    return _said(f"Frames encoded to {film_format.encoded}", *changes)


def _save_file(
    source: VideoFile,
    sound: Samples | None,
    part: Path,
    film_format: FilmFormat,
    mask: Tensor | None,
    tags: Mapping[str, str],
    progress: Progress,
    cancelled: Stop,
) -> str:
    found = probe(source.path, cancelled)
    picture = moving_picture(found)
    shown = excerpt(source, found, picture)
    whole = picture.hidden_frames == 0 and picture.begins_whole and not picture.order_untold
    kept = film_format.keeps(picture.codec, picture.pixel_format) and whole
    beside = picture.has_alpha and picture.codec == "vp9"  # VP9's alpha lies beside its packets, where no MP4 has a place for it
    encode = source.trimmed or mask is not None or beside or not kept
    fits = found.container == MP4_OR_MOV and (found.brand == "qt") == (film_format.suffix == ".mov")
    if fits and not encode and sound is None and not tags:
        _link(source.path, part)
        return "The film is saved byte for byte."
    matte = None if mask is None else matte_of_mask(mask, frame_count=shown.frame_count, size=true_size(found, picture))
    work = Work("Saving the film", shown.frame_count, progress=progress, cancelled=cancelled)
    size = true_size_tag(*picture.shown_size) if encode else {}
    with Film(part, film_format=film_format, tags={**_own_tags(found), **tags, **size}) as film:
        write_film(film, found, picture, shown, encode=encode, work=work, new_sound=sound, matte=matte)
    new_sound = ("with new sound cut to its length",) * (sound is not None)
    if not encode:
        return _said("The picture is saved as it was", *new_sound)
    return _said(f"The picture is encoded to {film_format.encoded}", *_changes(picture, film_format, matte), *new_sound)


def _changes(picture: Picture, film_format: FilmFormat, matte: Matte | None) -> Iterator[str]:
    """What encoding takes from a picture."""
    if picture.has_alpha and film_format.with_alpha is None:
        yield "alpha flattened over black"
    if picture.colour.hdr is not None:
        yield f"{picture.colour.hdr} made SDR"
    if matte is not None:
        yield "the mask in place of its own alpha" if picture.has_alpha else "the mask as its alpha"
        yield from matte.changes


def _said(*phrases: str) -> str:
    return f"{', '.join(phrases)}."


def _own_tags(found: Probe) -> dict[str, str]:
    """What the film already tells about itself; a saved file stays on this machine."""
    with opened(found.path) as container:
        return {key: value for key, value in container.metadata.items() if key.lower() not in _STRUCTURE}


def _link(source: Path, part: Path) -> None:
    """Give `source` a second name if its disk can, else copy it."""
    try:
        os.link(source.resolve(), part)  # of a link that the user has made, the file behind it: else we would save a link
    except OSError:
        shutil.copyfile(source, part)


@contextmanager
def _part_of(target: Path) -> Iterator[Path]:
    """A name beside `target` that becomes `target` if the block ends well, and is gone otherwise."""
    part = target.with_name(f"{target.name}.{uuid4().hex[:8]}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield part
        host.replace(part, target)
        part.unlink(missing_ok=True)  # a rename between two names of one file does nothing, and leaves both
    except BaseException as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise NotWritten(target.name, error.strerror or str(error)) from None
        raise
