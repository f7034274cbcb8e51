"""`python -m lipsync.media prepare IN OUT`: from the shell what the nodes do before an upload, by the same code.

OUT's ending says what IN is to be: speech (.wav, .mp3, .flac, .ogg), a photo (.png), else a video.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from .. import host
from ..catalogue import SERVICES, ServiceFacts
from ..errors import LipsyncError
from ..errors.media import NotWritten
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
    chosen = parser.parse_args(arguments)
    try:
        note = _prepare(chosen.input, chosen.output, SERVICES["sync"])
    except LipsyncError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return _REFUSED
    sys.stdout.write(f"{note}\n")
    return 0


def _prepare(source: Path, target: Path, limits: ServiceFacts) -> str:
    """Nothing is at `target` before it is whole."""
    part = target.with_name(f"{target.name}.{uuid4().hex[:8]}.part")
    try:
        with tempfile.TemporaryDirectory(prefix="lipsync-") as folder:
            ready = _ready(source, target.suffix.lower(), limits, Path(folder))
            with ready.path.open("rb") as content, part.open("wb") as copy:
                while chunk := content.read(1 << 20):
                    copy.write(chunk)
        host.replace(part, target)
    except OSError as error:
        raise NotWritten(str(target), error.strerror or str(error)) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return ready.note


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
