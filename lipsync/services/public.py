"""Media at a public address, fetched to this machine because a node wants to look at it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ..errors import LinkUnreachable
from ..media.links import public_link, shown
from .transport import AnswerLost, Http, NotReached


async def fetch_link(url: str, part: Path, *, allow_loopback: bool) -> None:
    """Stream `url` into `part`; every redirect is checked as the first address was. Raises LinkNotPublic, LinkUnreachable, OSError."""
    http = Http(partial(public_link, allow_loopback=allow_loopback))
    try:
        answer = await http.get_file(url, part, progress=lambda done, total: None)
    except (NotReached, AnswerLost) as error:
        raise LinkUnreachable(shown(url), str(error)) from error
    finally:
        await http.aclose()
    if answer.status != 200:
        raise LinkUnreachable(shown(url), f"HTTP {answer.status}")
