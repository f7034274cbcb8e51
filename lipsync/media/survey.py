"""The cheap look at media before money moves: what the service will see, or why it never could."""

from __future__ import annotations

from dataclasses import dataclass

from ..catalogue import ServiceFacts
from ..errors.media import AboveSize, BadFrames, BelowSize, NoFrames, NoSound, NotReadable, Silent, TrimPastEnd
from .audio import Track, check_samples, file_track, samples_track
from .encode import THE_FRAMES
from .pixels import CHANNELS, NOTHING, check_frames, no_number
from .playback import Excerpt, excerpt
from .prepared import Facts
from .probe import Picture, Probe, Sound, probe
from .sources import Asset, AudioFile, Frames, Link, Photo, Samples, Script, SoundOfVideo, SpeechSource, VideoFile, VideoSource
from .timing import MAX_RATE
from .work import Stop

THE_PHOTO = "The photo"
THE_SPEECH = "The speech"


def survey_video(source: VideoSource, limits: ServiceFacts) -> Facts:
    """What the service would see of a video, without preparing it. Of a link or an asset, nothing is known.

    Raises MediaRefused: not readable, no picture, no frames, too large, too small, trimmed away.
    """
    if isinstance(source, VideoFile):
        return survey_file(source, limits).facts
    if isinstance(source, Frames):
        return frames_facts(source, limits)
    if isinstance(source, Photo):
        return photo_facts(source, limits)
    return Facts(kind="video")


@dataclass(frozen=True, kw_only=True)
class SurveyedFile:
    """What `found` is of a video file, `part` of whose `picture` is to be seen, and the `facts` of that part."""

    found: Probe
    picture: Picture
    part: Excerpt
    facts: Facts


def survey_file(source: VideoFile, limits: ServiceFacts, cancelled: Stop = lambda: False) -> SurveyedFile:
    """The same of a file, with what was learnt on the way. Raises MediaRefused, Cancelled."""
    found = probe(source.path, cancelled)
    picture = moving_picture(found)
    check_size(source.path.name, picture.even_size, limits)
    part = excerpt(source, found, picture)
    return SurveyedFile(found=found, picture=picture, part=part, facts=_file_facts(found, picture, part))


def survey_speech(source: SpeechSource, limits: ServiceFacts) -> Facts:
    """What the service would hear, without preparing it. Of a link, an asset or a script, nothing is known.

    Raises MediaRefused: not readable, no sound, silent.
    """
    if isinstance(source, Link | Asset | Script):
        return Facts(kind="audio")
    track, duration_s = open_speech(source)
    if track.silent():
        raise Silent(speech_name(source))
    return Facts(kind="audio", duration_s=duration_s, has_sound=True)


def moving_picture(found: Probe) -> Picture:
    """The picture of a file that is to be a video. Raises NotReadable."""
    if found.picture is None:
        raise NotReadable(found.path.name, "has only sound")
    if found.picture.frame_rate > MAX_RATE:
        raise NotReadable(found.path.name, f"has {float(found.picture.frame_rate):g} frames per second")
    return found.picture


def _file_facts(found: Probe, picture: Picture, part: Excerpt) -> Facts:
    width, height = picture.even_size
    return Facts(
        kind="video",
        duration_s=float(part.duration_s),
        frame_rate=part.frame_rate,
        frame_count=part.frame_count,
        width=width,
        height=height,
        has_sound=found.sound is not None,
    )


def frames_facts(source: Frames, limits: ServiceFacts) -> Facts:
    """Facts of a batch of frames. Raises MediaRefused."""
    check_frames(THE_FRAMES, source.images, source.frame_rate)
    if no_number(source.images):
        raise BadFrames(THE_FRAMES, NOTHING)
    count, height, width, _ = source.images.shape
    check_size(THE_FRAMES, (width, height), limits)
    return Facts(
        kind="video",
        duration_s=float(count / source.frame_rate),
        frame_rate=source.frame_rate,
        frame_count=count,
        width=width + width % 2,
        height=height + height % 2,
        has_sound=source.waveform is not None,
    )


def photo_facts(source: Photo, limits: ServiceFacts) -> Facts:
    """Facts of a talking photo. Raises MediaRefused."""
    shape = source.image.shape
    if source.image.ndim == 3 and source.image.numel() == 0:
        raise NoFrames(THE_PHOTO)
    if source.image.ndim != 3 or shape[2] not in CHANNELS:
        raise BadFrames(THE_PHOTO, f"is no picture: its shape is {list(shape)}")
    if no_number(source.image):
        raise BadFrames(THE_PHOTO, NOTHING)
    height, width, _ = shape
    check_size(THE_PHOTO, (width, height), limits)
    return Facts(kind="image", width=width, height=height)


def check_size(what: str, size: tuple[int, int], limits: ServiceFacts) -> None:
    """Raise BelowSize or AboveSize. The largest picture may also stand upright, as Sync's own test has it (sync-api.md 4.3)."""
    width, height = size
    if min(size) < limits.min_side:
        raise BelowSize(what, width=width, height=height, min_side=limits.min_side)
    if max(size) > max(limits.max_width, limits.max_height) or width * height > limits.max_width * limits.max_height:
        raise AboveSize(what, width=width, height=height, max_width=limits.max_width, max_height=limits.max_height)


def speech_name(source: AudioFile | SoundOfVideo | Samples) -> str:
    """What to call it in a sentence."""
    if isinstance(source, AudioFile):
        return source.path.name
    return source.video.path.name if isinstance(source, SoundOfVideo) else THE_SPEECH


def open_speech(source: AudioFile | SoundOfVideo | Samples) -> tuple[Track, float]:
    """The sound of `source`, ready to be read, and its length in seconds. Raises MediaRefused."""
    if isinstance(source, Samples):
        check_samples(THE_SPEECH, source)
        return samples_track(source), source.waveform.shape[1] / source.sample_rate
    video = source.video if isinstance(source, SoundOfVideo) else VideoFile(path=source.path)
    found = probe(video.path)
    sound = sound_of(found)
    start_s, end_s = _span(video, found, sound)
    length_s = min(sound.end_s, end_s or sound.end_s) - start_s
    if length_s <= 0:
        raise Silent(video.path.name)
    return file_track(video.path, sound, start_s=start_s, end_s=end_s), length_s


def sound_of(found: Probe) -> Sound:
    """The sound of a file that is to be speech. Raises NoSound."""
    if found.sound is None:
        raise NoSound(found.path.name)
    return found.sound


def _span(video: VideoFile, found: Probe, sound: Sound) -> tuple[float, float | None]:
    """From where to where on the file's clock (None: its end): with a picture, from its first shown frame on, so that lips and sound
    stay together."""
    if found.picture is not None:
        part = excerpt(video, found, found.picture)
        return float(part.zero_s), None if part.end_s is None else float(part.end_s)
    start_s = sound.start_s
    if video.start_s < 0:
        start_s = max(start_s, sound.end_s + video.start_s)
    elif video.trimmed:
        start_s = sound.start_s + video.start_s
    if start_s >= sound.end_s:
        raise TrimPastEnd(video.path.name, start_s=video.start_s, length_s=sound.end_s - sound.start_s)
    return start_s, start_s + video.duration_s if video.duration_s else None
