"""`python -m lipsync.media`: from the shell what the nodes do with media, by the same code.

`prepare IN OUT` makes IN ready for an upload; OUT's ending says what it is to be: speech (.wav, .mp3, .flac, .ogg), a photo (.png),
else a video. `decode IN OUT.npz` makes frames of a video: `frames` uint8 [T, H, W, 3] and `fps` int64 [2] (numerator, denominator),
and only where there is one, `alpha` uint8 [T, H, W] (255 is opaque), and `audio` float32 [C, S] with its `sample_rate`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import torch

from .. import host
from ..catalogue import SERVICES, ServiceFacts
from ..errors import LipsyncError
from ..errors.media import NotWritten
from .decode import decode, plan_decoding
from .photo import read_photo
from .prepare import prepare_speech, prepare_video, survey_speech, survey_video
from .prepared import Prepared
from .sources import AudioFile, Photo, VideoFile

_SPEECH_ENDINGS = (".wav", ".mp3", ".flac", ".ogg")
_PHOTO_ENDINGS = (".png",)
_REFUSED = 2


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status: 2 where the media is refused, with one sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m lipsync.media", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    prepare = commands.add_parser("prepare", help="make a file ready to be uploaded, without uploading it")
    prepare.add_argument("input", metavar="IN", type=Path)
    prepare.add_argument("output", metavar="OUT", type=Path)
    prepare.set_defaults(work=_prepare)
    decode = commands.add_parser("decode", help="make frames of a video")
    decode.add_argument("input", metavar="IN", type=Path)
    decode.add_argument("output", metavar="OUT.npz", type=Path)
    decode.set_defaults(work=_decode)
    chosen = parser.parse_args(arguments)
    try:
        note = chosen.work(chosen.input, chosen.output)
    except LipsyncError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return _REFUSED
    sys.stdout.write(f"{note}\n")
    return 0


def _prepare(source: Path, target: Path) -> str:
    with _written(target) as part, tempfile.TemporaryDirectory(prefix="lipsync-") as folder:
        ready = _ready(source, target.suffix.lower(), SERVICES["sync"], Path(folder))
        with ready.path.open("rb") as content, part.open("wb") as copy:
            while chunk := content.read(1 << 20):
                copy.write(chunk)
    return ready.note


def _decode(source: Path, target: Path) -> str:
    film = decode(plan_decoding(VideoFile(path=source)), progress=_untold, cancelled=_never, dtype=torch.uint8)
    rate = film.frame_rate
    arrays: dict[str, Any] = {"frames": film.images.numpy(), "fps": np.array([rate.numerator, rate.denominator], np.int64)}
    if film.alpha is not None:
        arrays["alpha"] = film.alpha.numpy()
    if film.waveform is not None:
        arrays |= {"audio": film.waveform.numpy(), "sample_rate": np.array(film.sample_rate, np.int64)}
    with _written(target) as part, part.open("wb") as file:
        np.savez(file, **arrays)
    count, height, width, _ = film.images.shape
    return f"{count} frames of {width}x{height} at {float(rate):.5g} frames a second, {'with' if 'audio' in arrays else 'without'} sound."


@contextmanager
def _written(target: Path) -> Iterator[Path]:
    """A name beside `target` that becomes it at the end: nothing is at `target` before it is whole. Raises NotWritten."""
    part = target.with_name(f"{target.name}.{uuid4().hex[:8]}.part")
    try:
        yield part
        host.replace(part, target)
    except OSError as error:
        raise NotWritten(str(target), error.strerror or str(error)) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _ready(source: Path, ending: str, limits: ServiceFacts, folder: Path) -> Prepared:
    if ending in _SPEECH_ENDINGS:
        speech = AudioFile(path=source)
        survey_speech(speech, limits)
        return prepare_speech(speech, limits=limits, folder=folder, progress=_untold, cancelled=_never)
    video = Photo(image=read_photo(source)) if ending in _PHOTO_ENDINGS else VideoFile(path=source)
    survey_video(video, limits)
    return prepare_video(video, limits=limits, folder=folder, progress=_untold, cancelled=_never)


def _untold(_text: str, _done: int, _total: int) -> None:
    """A command line that prints one line has no place for progress."""


def _never() -> bool:
    """Ctrl-C ends the process; nothing else asks it to stop."""
    return False


if __name__ == "__main__":
    sys.exit(main())
