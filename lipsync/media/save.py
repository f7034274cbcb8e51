"""A film to the output folder: the same bytes where nothing changes, the same picture where only sound or tags do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from .. import host
from ..errors.media import NotWritten
from .compose import write_film
from .encode import THE_FRAMES, encode_frames
from .mux import Film
from .pixels import check_frames
from .playback import excerpt
from .probe import Probe, probe
from .sources import Frames, Samples, VideoFile
from .streams import MP4, opened
from .survey import moving_picture
from .true_size import true_size_tag
from .work import Progress, Stop, Work

_IN_MP4 = ("h264", "hevc", "av1", "vp9", "mpeg4")
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
        check_frames(THE_FRAMES, source.images, source.frame_rate)
        _, height, width, _ = source.images.shape
        changes = encode_frames(source, part, progress=progress, cancelled=cancelled, tags={**tags, **true_size_tag(width, height)})
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
    encode = source.trimmed or picture.codec not in _IN_MP4 or picture.hidden_frames > 0 or not picture.begins_whole
    work = Work("Saving the film", shown.frame_count, progress=progress, cancelled=cancelled)
    size = true_size_tag(*picture.shown_size) if encode else {}
    with Film(part, tags={**_own_tags(found), **tags, **size}) as film:
        write_film(film, found, picture, shown, encode=encode, work=work, new_sound=sound)
    done = "The picture is encoded to H.264" if encode else "The picture is saved as it was"
    return f"{done}{', with new sound cut to its length' if sound is not None else ''}."


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
