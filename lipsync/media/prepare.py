"""Video made ready to go up: the original bytes where they are right, else a new packaging, else one good encode."""

from __future__ import annotations

from pathlib import Path

from ..catalogue import ServiceFacts
from .audio import file_track
from .delivery import Digest, made, original, passing_file
from .digests import sha256_of
from .encode import THE_FRAMES, encode_frames
from .mux import Film
from .photo import write_photo
from .playback import Excerpt, excerpt, played
from .prepared import Prepared
from .probe import Picture, Probe, probe
from .sources import Frames, Photo, VideoFile
from .speech import prepare_speech
from .survey import THE_PHOTO, check_size, frames_facts, moving_picture, photo_facts, survey_speech, survey_video, video_facts
from .verdict import Way, sound_can_be_copied, verdict
from .work import Progress, Stop, Work

__all__ = ["prepare_speech", "prepare_video", "survey_speech", "survey_video", "write_film"]


def prepare_video(
    source: VideoFile | Frames | Photo,
    *,
    limits: ServiceFacts,
    folder: Path,
    progress: Progress,
    cancelled: Stop,
    digest: Digest = sha256_of,
) -> Prepared:
    """Make `source` ready for the service whose `limits` are given; files of ours go into `folder`.

    `progress` hears (what is done, steps done, steps in all); `cancelled` is asked at least four times a second. `digest` gives the
    SHA-256 of a file that goes up as it is. Raises MediaRefused and Cancelled, and leaves nothing behind then.
    """
    if isinstance(source, VideoFile):
        return _prepare_file(source, limits, folder, progress, cancelled, digest)
    if isinstance(source, Frames):
        facts = frames_facts(source, limits)
        with passing_file(folder, ".mp4") as path:
            changes = encode_frames(source, path, progress=progress, cancelled=cancelled)
            note = _with_changes(f"{facts.frame_count} frames encoded to H.264 at {float(source.frame_rate):.5g} a second", changes)
            return made(
                path, what=THE_FRAMES, kind="video", content_type="video/mp4", facts=facts, note=note, limits=limits, cancelled=cancelled
            )
    facts = photo_facts(source, limits)
    with passing_file(folder, ".png") as path:
        note = _with_changes("The photo goes up as PNG, with its pixels as they are", write_photo(source.image, path))
        return made(
            path, what=THE_PHOTO, kind="image", content_type="image/png", facts=facts, note=note, limits=limits, cancelled=cancelled
        )


def _prepare_file(source: VideoFile, limits: ServiceFacts, folder: Path, progress: Progress, cancelled: Stop, digest: Digest) -> Prepared:
    found = probe(source.path, cancelled)
    picture = moving_picture(found)
    check_size(source.path.name, picture.even_size, limits)
    part = excerpt(source, found, picture)
    facts = video_facts(found, picture, part)
    judged = verdict(source, found, picture)
    if judged.way is Way.ORIGINAL:
        content_type = "video/quicktime" if found.brand == "qt" else "video/mp4"
        return original(source.path, kind="video", content_type=content_type, facts=facts, note=judged.note, limits=limits, digest=digest)
    with passing_file(folder, ".mp4") as path:
        work = Work(_DOING[judged.way], part.frame_count, progress=progress, cancelled=cancelled)
        with Film(path) as film:
            write_film(film, found, picture, part, encode=judged.way is Way.ENCODE, work=work)
        return made(
            path,
            what=source.path.name,
            kind="video",
            content_type="video/mp4",
            facts=facts,
            note=judged.note,
            limits=limits,
            cancelled=cancelled,
        )


_DOING = {Way.REMUX: "Packing the video", Way.ENCODE: "Encoding the video"}


def write_film(film: Film, found: Probe, picture: Picture, part: Excerpt, *, encode: bool, work: Work) -> None:
    """Write `part` of the file that was `found` into `film`: its picture encoded or copied, its sound where it was heard."""
    if encode:
        frames = played(found.path, picture, part, "yuv420p")
        film.encode_picture(frames, size=picture.even_size, frame_rate=part.frame_rate)
    else:
        film.copy_picture(found.path, picture, zero_s=part.zero_s)
    add_sound(film, found, part, whole=not encode or part.zero_s == picture.start_s)
    film.write(lambda time_s: work.done(round(time_s * float(part.frame_rate))))


def add_sound(film: Film, found: Probe, part: Excerpt, *, whole: bool) -> None:
    """The sound of `part`, if there is any: copied where it is whole and needs no shifting, else encoded once."""
    sound = found.sound
    if sound is None:
        return
    if whole and part.end_s is None and sound_can_be_copied(sound, part.zero_s):
        film.copy_sound(found.path, sound, zero_s=part.zero_s)
        return
    end_s = None if part.end_s is None else float(part.end_s)
    if sound.end_s > part.zero_s and (end_s is None or end_s > sound.start_s):
        film.encode_sound(file_track(found.path, sound, start_s=float(part.zero_s), end_s=end_s))


def _with_changes(done: str, changes: tuple[str, ...]) -> str:
    return f"{done}: {', '.join(changes)}." if changes else f"{done}."
