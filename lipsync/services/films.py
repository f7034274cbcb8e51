"""A film's bytes, fetched again for as long as it is the way that fails and not the film."""

from __future__ import annotations

from pathlib import Path

from .. import clock
from ..catalogue import ServiceFacts
from ..errors import FilmGone, ServiceTrouble
from .base import BytesDone
from .transport import AnswerLost, NotReached, Transport

_TRIES = 4


async def fetch_film(http: Transport, facts: ServiceFacts, url: str, part: Path, *, progress: BytesDone) -> None:
    """Stream `url` into `part`, without the key. Raises OSError if the disk refuses, ServiceTrouble if the service does,
    FilmGone if it is not there any more."""
    pause_s, trouble, answer_status = 1.0, "", 0
    for attempt in range(_TRIES):
        if attempt:
            await clock.sleep(pause_s)
            pause_s *= 2
        try:
            answer = await http.get_file(url, part, progress=progress)
            if answer.status == 200:
                return
            answer_status, trouble = answer.status, f"HTTP {answer.status} {answer.excerpt()}"
            if answer.status < 500 and answer.status != 429:
                break
        except (NotReached, AnswerLost) as error:
            trouble = str(error)
    kind = FilmGone if answer_status in (404, 410) else ServiceTrouble
    raise kind(service=facts.title, status_page=facts.status_page, detail=f"the film could not be fetched: {trouble}")
