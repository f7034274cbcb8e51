"""`python -m lipsync.media`: from the shell what the nodes do with media, by the same code.

`prepare IN OUT` makes IN ready for an upload; OUT's ending says what it is to be: speech (.wav, .mp3, .flac, .ogg), a photo (.png),
else a video. `decode IN OUT.npz` makes frames of a video: `frames` uint8 [T, H, W, 3] and `fps` int64 [2] (numerator, denominator),
and only where there is one, `alpha` uint8 [T, H, W] (255 is opaque), and `audio` float32 [C, S] with its `sample_rate`.
`report IN [--speech FILE]` tells what a lip sync of IN would come to, by the price list: length, price, what is changed, what to beware of.
It asks no service and costs nothing.
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
from ..catalogue import CHOICES, SERVICES, SYNC_MODES, ServiceFacts, models_of
from ..errors import LipsyncError
from ..errors.media import NotWritten
from ..preflight import offers_for, report  # the one place where media looks up: the shell's door, through which nothing else comes in
from ..request import Wish
from ..settings import sync_plan
from .decode import decode, plan_decoding
from .photo import read_photo
from .prepare import prepare_speech, prepare_video, survey_speech, survey_video
from .prepared import Prepared
from .sources import AudioFile, Photo, Speech, VideoFile

_SPEECH_ENDINGS = (".wav", ".mp3", ".flac", ".ogg")
_PHOTO_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
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
    report = commands.add_parser("report", help="tell length, price and problems of a lip sync, without ordering one")
    report.add_argument("input", metavar="IN", type=Path, help="a video, or a photo (.png, .jpg, .jpeg, .webp)")
    report.add_argument("--speech", metavar="FILE", type=Path, help="what is spoken; without it, as long as the video")
    report.add_argument("--sync-mode", choices=tuple(SYNC_MODES), default=next(iter(SYNC_MODES)))
    report.add_argument("--service", choices=tuple(choice.label for choice in CHOICES if not choice.sandbox), default=CHOICES[0].label)
    report.add_argument("--model", help="default: the first of the service")
    report.set_defaults(work=_report)
    chosen = vars(parser.parse_args(arguments))
    del chosen["command"]
    work = chosen.pop("work")
    try:
        note = work(**chosen)
    except LipsyncError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return _REFUSED
    sys.stdout.write(f"{note}\n")
    return 0


def _prepare(input: Path, output: Path) -> str:
    with _written(output) as part, tempfile.TemporaryDirectory(prefix="lipsync-") as folder:
        ready = _ready(input, output.suffix.lower(), SERVICES["sync"], Path(folder))
        with ready.path.open("rb") as content, part.open("wb") as copy:
            while chunk := content.read(1 << 20):
                copy.write(chunk)
    return ready.note


def _decode(input: Path, output: Path) -> str:
    film = decode(plan_decoding(VideoFile(path=input)), progress=_untold, cancelled=_never, dtype=torch.uint8)
    rate = film.frame_rate
    arrays: dict[str, Any] = {"frames": film.images.numpy(), "fps": np.array([rate.numerator, rate.denominator], np.int64)}
    if film.alpha is not None:
        arrays["alpha"] = film.alpha.numpy()
    if film.waveform is not None:
        arrays |= {"audio": film.waveform.numpy(), "sample_rate": np.array(film.sample_rate, np.int64)}
    with _written(output) as part, part.open("wb") as file:
        np.savez(file, **arrays)
    count, height, width, _ = film.images.shape
    return f"{count} frames of {width}x{height} at {float(rate):.5g} frames a second, {'with' if 'audio' in arrays else 'without'} sound."


def _report(input: Path, speech: Path | None, sync_mode: str, service: str, model: str | None) -> str:
    choice = next(choice for choice in CHOICES if choice.label == service)
    wish = Wish(
        node="report",
        service=service,
        model=model or models_of(choice.service)[0].name,
        video=_video(input),
        speech=None if speech is None else Speech(source=AudioFile(path=speech)),
        options={"sync_mode": sync_mode},
    )
    return report(offers_for(wish, sync_plan(None).value))


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
    video = Photo(image=read_photo(source)) if ending == ".png" else VideoFile(path=source)
    survey_video(video, limits)
    return prepare_video(video, limits=limits, folder=folder, progress=_untold, cancelled=_never)


def _video(path: Path) -> VideoFile | Photo:
    return Photo(image=read_photo(path)) if path.suffix.lower() in _PHOTO_ENDINGS else VideoFile(path=path)


def _untold(_text: str, _done: int, _total: int) -> None:
    """A command line that prints one line has no place for progress."""


def _never() -> bool:
    """Ctrl-C ends the process; nothing else asks it to stop."""
    return False


if __name__ == "__main__":
    sys.exit(main())
