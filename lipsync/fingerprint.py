"""The fingerprint of a purchase: equal wishes have equal ones, on every machine and after every update.

It covers what will be sent, not what the widgets say: the media's content, and every option that can change the film; not names,
the project, the webhook or the price limit. Golden values are under test: a changed fingerprint would make people pay again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import NotReadable
from .request import LipsyncRequest

VERSION = 1
SHORT_ID_CHARS = 12


@dataclass(frozen=True)
class Fingerprint:
    """`full` is 64 hex digits. `kin` is the same but for the pixels of generated frames, None where there are none."""

    full: str
    kin: str | None

    @property
    def short_id(self) -> str:
        """Our own id of the job, known before it is submitted."""
        return self.full[:SHORT_ID_CHARS]


def fingerprint(request: LipsyncRequest, *, origin: str, digest: Callable[[Path], str]) -> Fingerprint:
    """The fingerprint of `request` at `origin`. `digest` gives the SHA-256 of a file. Blocks: run it in a thread. Raises NotReadable."""
    from .media.identity import speech_identity, video_identity  # loads torch, which a machine that only collects does not have

    try:
        video = video_identity(request.video, digest)
        speeches = [speech_identity(speech.source, digest) for speech in request.speeches]
    except OSError as error:
        why = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        raise NotReadable(Path(error.filename).name, why) from None
    order = {speech.name: index for index, speech in enumerate(request.speeches)}
    wish = {
        "version": VERSION,
        "service": request.choice.service,
        "origin": origin,
        "model": request.model.slug,
        "take": request.take,
        "options": dict(request.options),
        "speaker": None if request.speaker is None else request.speaker.active_speaker_detection(),
        "segments": [
            {
                **asdict(row),
                "speech": order[row.speech],
                "speaker": None if row.speaker is None else row.speaker.active_speaker_detection(),
            }
            for row in request.segments
        ],
        "speeches": speeches,
    }
    full = _hash({**wish, "video": video})
    if "pixels" not in video:
        return Fingerprint(full, None)
    return Fingerprint(full, _hash({**wish, "video": {key: value for key, value in video.items() if key != "pixels"}}))


def _hash(value: object) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
