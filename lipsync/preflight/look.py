"""The look at the media itself: what it is, what will be done to it, how it sounds and whether it moves. Nothing is converted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..catalogue import ServiceFacts
from ..errors import Silent
from ..media.prepared import Facts
from ..media.sources import Asset, Frames, Link, Photo, Script, SpeechSource, VideoFile, VideoSource

if TYPE_CHECKING:  # a machine that only collects has neither av nor torch
    from ..media.glance import Glance
    from ..media.loudness import Loudness

_SCRIPT_CHARS_PER_S = 12.0  # slow speech, so that the price is rather told too high
_UNSEEN = "for low resolution, cuts and a standing picture it was not looked at"


@dataclass(frozen=True, kw_only=True)
class Media:
    """A clip and its speeches. `speech_s` is the length of all speeches together, None where it is not known (or there is no speech), and
    `speech_guessed` whether texts, which nobody has spoken yet, are among them; `upload_bytes` what goes up of the video, where that
    is known."""

    video: Facts
    speech_s: float | None
    conversions: tuple[str, ...]
    upload_bytes: int | None
    glance: Glance | None
    loudness: tuple[Loudness, ...]
    remarks: tuple[str, ...]
    speech_guessed: bool = False


def look_at(video: VideoSource, speeches: Sequence[SpeechSource], limits: ServiceFacts) -> Media:
    """Look at the media of one film. Blocks and loads av and torch: run it in a thread. Raises MediaRefused."""
    seen = _seen(video, limits)
    heard = [_heard(speech, limits) for speech in speeches]
    lengths = [speech.length_s for speech in heard]
    return Media(
        video=seen.facts,
        speech_s=sum(length for length in lengths if length is not None) if lengths and None not in lengths else None,
        conversions=(seen.note, *(speech.note for speech in heard)),
        upload_bytes=seen.upload_bytes,
        glance=seen.glance,
        loudness=tuple(speech.loudness for speech in heard if speech.loudness is not None),
        remarks=seen.remarks,
        speech_guessed=any(isinstance(speech, Script) for speech in speeches),
    )


@dataclass(frozen=True, kw_only=True)
class _Seen:
    facts: Facts
    note: str
    upload_bytes: int | None = None
    glance: Glance | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Heard:
    length_s: float | None
    note: str
    loudness: Loudness | None = None


def _seen(video: VideoSource, limits: ServiceFacts) -> _Seen:
    from ..media.glance import glance_at_frames
    from ..media.survey import frames_facts, photo_facts

    if isinstance(video, VideoFile):
        return _seen_file(video, limits)
    if isinstance(video, Frames):
        facts = frames_facts(video, limits)
        note = f"{facts.frame_count} frames are encoded to H.264 at {float(video.frame_rate):.5g} a second."
        glance = glance_at_frames(video)
        return _Seen(facts=facts, note=note, glance=glance, remarks=_how_much(glance, facts))
    if isinstance(video, Photo):
        return _Seen(facts=photo_facts(video, limits), note="The photo goes up as PNG.")
    what = "a link" if isinstance(video, Link) else "an asset"
    note = f"The video is {what}: {limits.title} fetches it as it is."
    if video.here is None:
        remark = f"The video is {what} that was not downloaded here: its length is not known, and {_UNSEEN}."
        return _Seen(facts=Facts(kind="video"), note=note, remarks=(remark,))
    here = _seen_file(VideoFile(path=video.here), limits)
    return _Seen(facts=here.facts, note=note, glance=here.glance, remarks=here.remarks)


def _seen_file(video: VideoFile, limits: ServiceFacts) -> _Seen:
    from ..media.glance import glance_at_file
    from ..media.survey import survey_file
    from ..media.verdict import Way, verdict

    seen = survey_file(video, limits)
    judged = verdict(video, seen.found, seen.picture)
    glance = glance_at_file(seen.found, seen.picture, seen.part)
    return _Seen(
        facts=seen.facts,
        note=judged.note,
        upload_bytes=video.path.stat().st_size if judged.way is Way.ORIGINAL else None,
        glance=glance,
        remarks=_how_much(glance, seen.facts),
    )


def _how_much(glance: Glance, facts: Facts) -> tuple[str, ...]:
    if glance.whole:
        return ()
    return (f"For cuts and a standing picture, {glance.seen_s:.0f} s of the {facts.duration_s or 0:.0f} s of video were looked at.",)


def _heard(speech: SpeechSource, limits: ServiceFacts) -> _Heard:
    from ..media.loudness import loudness_of
    from ..media.speech import speech_note
    from ..media.survey import open_speech, speech_name

    if isinstance(speech, Script):
        length_s = len(speech.script) / _SCRIPT_CHARS_PER_S
        note = (
            f"The speech is made of the text by the service, which may cost extra. That it takes {length_s:.0f} s to speak is a guess, "
            "and so are length and price. Make the speech beforehand to know them."
        )
        return _Heard(length_s=length_s, note=note)
    if isinstance(speech, Link | Asset):
        what = "a link" if isinstance(speech, Link) else "an asset"
        return _Heard(length_s=None, note=f"The speech is {what}: {limits.title} fetches it as it is.")
    track, length_s = open_speech(speech)
    loudness = loudness_of(track)
    if loudness is None:
        raise Silent(speech_name(speech))
    return _Heard(length_s=length_s, note=speech_note(speech, limits), loudness=loudness)
