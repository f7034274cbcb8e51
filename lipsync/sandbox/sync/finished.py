"""The generation that is always there, finished, under a fixed id, for every key: something to read without buying."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

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
    film = sandbox.objects.declare(org=EVERYONE, name="finished.mp4", content_type="video/mp4", public=False)
    part = sandbox.objects.part(film.id)
    with TemporaryDirectory() as folder:
        _make(Path(folder), part)
    length_s = probe(part).container_s
    sandbox.objects.keep(film.id, part)
    sandbox.jobs.add(_job(film, length_s))


def _make(folder: Path, target: Path) -> None:
    _draw_clip(folder / "clip.mp4")
    length_s = speak(_SCRIPT, pitch_hz=BUILT_IN[0].pitch_hz, target=folder / "speech.wav")
    plan = FilmPlan(
        picture="clip.mp4",
        order="bounce",
        frame_rate=_RATE,
        picture_s=float(_FRAMES / _RATE),
        output_s=length_s,
        speeches=(SpeechPart(speech="speech.wav", length_s=length_s),),
        speaker=Speaker(),
    )
    make_film(plan, file_of=lambda name: folder / name, target=target, watermarked=False)


def _job(film: StoredObject, length_s: float | None) -> Job:
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
        status="COMPLETED",
        film=film.id,
        output_s=length_s,
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
