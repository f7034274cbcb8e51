"""A film to the output folder: the same bytes where nothing changes, the same picture where only sound or tags do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

from .. import host
from ..errors.media import NotWritten
from .audio import check_samples, samples_track
from .encode import encode_frames
from .mux import Film
from .playback import Excerpt, excerpt, played
from .prepare import add_sound
from .probe import Picture, Probe, probe
from .sources import Frames, Samples, VideoFile
from .streams import MP4, opened
from .survey import moving_picture
from .work import Progress, Stop, Work

_IN_MP4 = ("h264", "hevc", "av1", "libdav1d", "vp9", "mpeg4")
_STRUCTURE = ("major_brand", "minor_version", "compatible_brands", "encoder", "creation_time", "language")


def save_film(
    source: VideoFile | Frames,
    *,
    sound: Samples | None,
    target: Path,
    tags: Mapping[str, str],
    progress: Progress,
    cancelled: Stop,
) -> str:
    """Write `source` to `target`, an MP4, with `sound` in place of its own if there is any, and `tags` (values as text or JSON).

    Returns one line on what was done. The picture of a file is never encoded again, unless it is trimmed or of a kind that an MP4
    cannot hold; a file without changes is linked or copied. Whatever was at `target` is replaced in one step at the end. Raises
    MediaRefused and Cancelled, and leaves nothing behind then.
    """
    with _part_of(target) as part:
        if isinstance(source, VideoFile):
            return _save_file(source, sound, part, target.suffix, tags, progress, cancelled)
        if sound is not None:
            source = Frames(images=source.images, frame_rate=source.frame_rate, waveform=sound.waveform, sample_rate=sound.sample_rate)
        changes = encode_frames(source, part, progress=progress, cancelled=cancelled, tags=tags)
        return f"Frames encoded to H.264{', '.join(('', *changes))}."


def _save_file(
    source: VideoFile, sound: Samples | None, part: Path, suffix: str, tags: Mapping[str, str], progress: Progress, cancelled: Stop
) -> str:
    found = probe(source.path, cancelled)
    picture = moving_picture(found)
    shown = excerpt(source, found, picture)
    fits = found.container == MP4 and (found.brand == "qt") == (suffix.lower() == ".mov")
    if fits and not source.trimmed and sound is None and not tags:
        _link(source.path, part)
        return "The film is saved byte for byte."
    encode = source.trimmed or picture.codec not in _IN_MP4 or picture.hidden_frames > 0
    work = Work("Saving the film", shown.frame_count, progress=progress, cancelled=cancelled)
    with Film(part, tags={**_own_tags(found), **tags}) as film:
        if encode:
            film.encode_picture(played(found.path, picture, shown, "yuv420p"), size=picture.even_size, frame_rate=shown.frame_rate)
        else:
            film.copy_picture(found.path, picture, zero_s=shown.zero_s)
        if sound is None:
            add_sound(film, found, shown, whole=not source.trimmed)
        else:
            check_samples("The sound", sound)
            film.encode_sound(samples_track(sound, end_s=float(_length_s(picture, shown, encode=encode))))
        film.write(lambda time_s: work.done(round(time_s * float(shown.frame_rate))))
    picture_note = "The picture is encoded to H.264" if encode else "The picture is saved as it was"
    return f"{picture_note}{', with new sound cut to its length' if sound is not None else ''}."


def _length_s(picture: Picture, shown: Excerpt, *, encode: bool) -> Fraction:
    return shown.duration_s if encode else picture.end_s - picture.start_s


def _own_tags(found: Probe) -> dict[str, str]:
    """What the film already tells about itself; a saved file stays on this machine."""
    with opened(found.path) as container:
        return {key: value for key, value in container.metadata.items() if key.lower() not in _STRUCTURE}


def _link(source: Path, part: Path) -> None:
    """Give `source` a second name if its disk can, else copy it."""
    try:
        os.link(source, part)
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
