"""One file through everything that reads files: what came of it, and what is wrong with that."""

from __future__ import annotations

import time
import traceback
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import av
import torch

from lipsync.catalogue import SERVICES
from lipsync.errors import LipsyncError
from lipsync.media.decode import EVERYTHING, Selection, decode, plan_decoding
from lipsync.media.photo import read_photo
from lipsync.media.prepare import prepare_speech, prepare_video, survey_speech, survey_video
from lipsync.media.prepared import Cancelled, Prepared
from lipsync.media.sources import AudioFile, Photo, SoundOfVideo, VideoFile
from lipsync.preflight import look_at
from tests.fuzz.judge import flaws_of, packets_in, pictures_in, seconds_of_sound_in
from tests.fuzz.seeds import PHOTOS

PATIENCE_S = 4.0
_LIMITS = SERVICES["sync"]
_TRIMS = ((0.0, 0.0), (0.0, 0.0), (0.04, 0.08), (0.08, 0.0), (-1.0, 0.0))
_SELECTIONS = (EVERYTHING, EVERYTHING, Selection(start_frame=1, every_nth=2), Selection(frame_count=4, longest_side=32))
_SPOILT = 2  # pictures of which nothing is left once they are copied: nobody has decoded them
_PHOTO_ENDINGS = {Path(name).suffix for name in PHOTOS}


@dataclass
class Examined:
    """`wrong` has (kind of finding, what exactly); `outcomes` has one word for each thing that was tried, by its name."""

    outcomes: dict[str, str] = field(default_factory=dict)
    wrong: list[tuple[str, str]] = field(default_factory=list)


class Examiner:
    """Examines the file `path`, with `folder` for what is made of it: the `whole` file, or some part of it and not every frame."""

    def __init__(self, path: Path, folder: Path, *, whole: bool = False) -> None:
        self._path, self._folder = path, folder
        self._ends_at = time.monotonic() + PATIENCE_S
        chance = 0 if whole else zlib.crc32(path.read_bytes())  # of the file alone, so that one that was kept meets the same again
        start_s, duration_s = _TRIMS[chance % len(_TRIMS)]
        self._source = VideoFile(path=path, start_s=start_s, duration_s=duration_s)
        self._selection = _SELECTIONS[chance % len(_SELECTIONS)]
        self.examined = Examined()

    def __call__(self) -> Examined:
        films = {"look": self._look, "video": self._video, "speech": self._speech, "frames": self._frames}
        works = {"photo": self._photo} if self._path.suffix in _PHOTO_ENDINGS else films
        for name, work in works.items():
            self.examined.outcomes[name] = self._outcome(work)
        return self.examined

    def _outcome(self, work: Callable[[], None]) -> str:
        try:
            work()
        except Cancelled:
            return "stopped"
        except LipsyncError as refusal:
            self._read(str(refusal))
            return "refused"
        except Exception:  # noqa: BLE001  # whatever it is, it is a finding
            self.examined.wrong.append(("not_sentences", traceback.format_exc()))
            return "failed"
        return "accepted"

    def _read(self, sentence: str) -> None:
        for flaw in flaws_of(sentence, self._path.name, self._folder):
            self.examined.wrong.append(("not_sentences", f"{flaw}: {sentence}"))

    def _stopped(self) -> bool:
        return time.monotonic() > self._ends_at

    def _look(self) -> None:
        media = look_at(self._source, [], _LIMITS)
        for sentence in (*media.conversions, *media.remarks):
            self._read(sentence)

    def _video(self) -> None:
        survey_video(self._source, _LIMITS)
        ready = prepare_video(self._source, limits=_LIMITS, folder=self._folder, progress=_untold, cancelled=self._stopped)
        count = packets_in if ready.note.startswith("Packed anew") else pictures_in
        self._judge(ready, count, ready.facts.frame_count or 0, off=_SPOILT if count is packets_in else 0)

    def _speech(self) -> None:
        source = SoundOfVideo(video=self._source) if self._source.trimmed else AudioFile(path=self._path)
        survey_speech(source, _LIMITS)
        ready = prepare_speech(source, limits=_LIMITS, folder=self._folder, progress=_untold, cancelled=self._stopped)
        if ready.note.startswith("The sound is packed anew"):
            self._judge(ready, packets_in, 1, off=float("inf"))
        else:
            self._judge(ready, seconds_of_sound_in, ready.facts.duration_s or 0.0, off=0.05)

    def _photo(self) -> None:
        photo = Photo(image=read_photo(self._path))
        ready = prepare_video(photo, limits=_LIMITS, folder=self._folder, progress=_untold, cancelled=self._stopped)
        self._judge(ready, pictures_in, 1, off=0)

    def _frames(self) -> None:
        plan = plan_decoding(self._source, self._selection)
        film = decode(plan, progress=_untold, cancelled=self._stopped, dtype=torch.uint8)
        if film.images.shape != (plan.frame_count, plan.height, plan.width, 3):
            self.examined.wrong.append(("not_as_told", f"frames of {list(film.images.shape)} where {plan.frame_count} were told"))

    def _judge(self, ready: Prepared, measure: Callable[[Path], float], told: float, *, off: float) -> None:
        """What was made must be what its facts say, and what is the user's own must be left where it is."""
        self._read(ready.note)
        try:
            found = measure(ready.path) if ready.temporary else told
            if not found or abs(found - told) > off:
                self.examined.wrong.append(("not_as_told", f"{found} where {told} was told: {ready.note}"))
        except (av.error.FFmpegError, IndexError) as error:
            self.examined.wrong.append(("not_as_told", f"cannot be decoded ({error}): {ready.note}"))
        finally:
            if ready.temporary:
                ready.path.unlink()


def _untold(_text: str, _done: int, _total: int) -> None:
    """Nobody looks."""
