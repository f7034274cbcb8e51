"""Video made ready to go up: the original bytes where they are right, else a new packaging, else one good encode."""

from __future__ import annotations

from pathlib import Path

from ..catalogue import ServiceFacts
from .compose import write_film
from .delivery import Digest, made, original, passing_file
from .encode import THE_FRAMES, encode_frames
from .mux import Film
from .photo import write_photo
from .prepared import Prepared
from .sources import Frames, Photo, VideoFile
from .speech import prepare_speech
from .survey import THE_PHOTO, frames_facts, photo_facts, survey_file, survey_speech, survey_video
from .verdict import Way, verdict
from .work import Progress, Stop, Work

__all__ = ["prepare_speech", "prepare_video", "survey_speech", "survey_video"]

_DOING = {Way.REMUX: "Packing the video", Way.ENCODE: "Encoding the video"}


def prepare_video(
    source: VideoFile | Frames | Photo,
    *,
    limits: ServiceFacts,
    folder: Path,
    progress: Progress,
    cancelled: Stop,
    digest: Digest | None = None,
) -> Prepared:
    """Make `source` ready for the service whose `limits` are given; files of ours go into `folder`.

    `progress` hears (what is done, steps done, steps in all); `cancelled` is asked at least four times a second. `digest` gives the
    SHA-256 of a file that goes up as it is (default: it is read for that). Raises MediaRefused and Cancelled, and leaves nothing
    behind then.
    """
    if isinstance(source, VideoFile):
        return _prepare_file(source, limits, folder, progress, cancelled, digest)
    if isinstance(source, Frames):
        return _prepare_frames(source, limits, folder, progress, cancelled)
    facts = photo_facts(source, limits)
    with passing_file(folder, ".png") as path:
        note = _with_changes("The photo goes up as PNG, with its pixels as they are", write_photo(source.image, path))
        return made(
            path, what=THE_PHOTO, kind="image", content_type="image/png", facts=facts, note=note, limits=limits, cancelled=cancelled
        )


def _prepare_file(
    source: VideoFile, limits: ServiceFacts, folder: Path, progress: Progress, cancelled: Stop, digest: Digest | None
) -> Prepared:
    seen = survey_file(source, limits, cancelled)
    found, picture, part, facts = seen.found, seen.picture, seen.part, seen.facts
    judged = verdict(source, found, picture)
    if judged.way is Way.ORIGINAL:
        return original(
            source.path,
            kind="video",
            content_type="video/quicktime" if found.brand == "qt" else "video/mp4",
            facts=facts,
            note=judged.note,
            limits=limits,
            cancelled=cancelled,
            digest=digest,
        )
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


def _prepare_frames(source: Frames, limits: ServiceFacts, folder: Path, progress: Progress, cancelled: Stop) -> Prepared:
    facts = frames_facts(source, limits)
    with passing_file(folder, ".mp4") as path:
        changes = encode_frames(source, path, progress=progress, cancelled=cancelled)
        note = _with_changes(f"{facts.frame_count} frames encoded to H.264 at {float(source.frame_rate):.5g} a second", changes)
        return made(
            path, what=THE_FRAMES, kind="video", content_type="video/mp4", facts=facts, note=note, limits=limits, cancelled=cancelled
        )


def _with_changes(done: str, changes: tuple[str, ...]) -> str:
    return f"{done}: {', '.join(changes)}." if changes else f"{done}."
