"""The generation that is always there, finished, under a fixed id, for every key: something to read without buying."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from ..core import Sandbox
from ..jobs import EVERYONE, Job
from ..objects import StoredObject
from ..probe import probe
from ..render import FilmPlan, Speaker, SpeechPart, make_film
from ..render.tones import speak
from .purchase import echo
from .voices import BUILT_IN

FINISHED_ID = "00000000-0000-4000-8000-000000000001"
_CREATED_AT = 1767225600.0  # 2026-01-01T00:00:00Z
_SCRIPT = "This film is always here."
_WIDTH, _HEIGHT, _RATE, _FRAMES = 320, 180, Fraction(25), 25


def put_finished_job(sandbox: Sandbox) -> None:
    """Make it, unless a former process has. Takes a moment, so it is done before the sandbox opens."""
    if sandbox.jobs.get(EVERYONE, FINISHED_ID):
        return
    clip, voice = _object(sandbox, "clip.mp4"), _object(sandbox, "speech.wav")
    _draw_clip(sandbox.objects.file(clip.id))
    length_s = speak(_SCRIPT, pitch_hz=BUILT_IN[0].pitch_hz, target=sandbox.objects.file(voice.id))
    plan = FilmPlan(
        picture=clip.id,
        order="bounce",
        frame_rate=_RATE,
        picture_s=float(_FRAMES / _RATE),
        output_s=length_s,
        speeches=(SpeechPart(speech=voice.id, length_s=length_s),),
        speaker=Speaker(),
    )
    film = _object(sandbox, "finished.mp4")
    part = sandbox.objects.part(film.id)
    make_film(plan, file_of=sandbox.objects.file, target=part, watermarked=False)
    sandbox.objects.keep(film.id, part)
    sandbox.jobs.add(_job(sandbox, plan, film))


def _object(sandbox: Sandbox, name: str) -> StoredObject:
    return sandbox.objects.declare(org=EVERYONE, name=name, content_type="video/mp4", public=False)


def _job(sandbox: Sandbox, plan: FilmPlan, film: StoredObject) -> Job:
    inputs = [
        {"type": "video", "url": "https://sandbox.invalid/clip.mp4"},
        {"type": "audio", "url": "https://sandbox.invalid/speech.wav"},
    ]
    return Job(
        id=FINISHED_ID,
        org=EVERYONE,
        created_at=_CREATED_AT,
        request=echo({"model": "sync-3", "input": inputs, "options": {"sync_mode": "bounce"}}, None),
        processing_at=_CREATED_AT,
        due_at=_CREATED_AT,
        finished_at=_CREATED_AT,
        cost_usd=0.0,
        plan=plan,
        status="COMPLETED",
        film=film.id,
        output_s=probe(sandbox.objects.file(film.id)).container_s,
    )


def _draw_clip(target: Path) -> None:
    """A second of a slowly brightening grey slope."""
    slope = np.linspace(60, 150, _WIDTH)
    with av.open(str(target), "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=_RATE)
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        for number in range(_FRAMES):
            grey = np.tile((slope + number).astype(np.uint8), (_HEIGHT, 1))
            output.mux(stream.encode(av.VideoFrame.from_ndarray(np.stack([grey] * 3, axis=-1), format="rgb24")))
        output.mux(stream.encode(None))
