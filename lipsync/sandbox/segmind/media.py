"""The media of a submit: really fetched, really probed. Sources: segmind-api.md 2, 3, 6."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from ..core import Sandbox
from ..fetch import HOPS, Unreachable, fetch
from ..objects import TooLarge
from ..probe import MediaFacts, Unreadable, probe
from ..threads import in_thread
from .data_urls import BadDataUrl, decoded

_MAX_SIDE, _MAX_AREA = 4096, 4096 * 2160


class Unfetched(Exception):
    """The link led to nothing."""


class Unusable(Exception):
    """What came cannot be worked with."""


@dataclass(frozen=True, kw_only=True)
class Media:
    """`duration_s` in seconds, as the header tells it."""

    object_id: str
    duration_s: float
    facts: MediaFacts


async def find_video(sandbox: Sandbox, org: str, link: str) -> Media:
    """Raises Unfetched and Unusable."""
    media = await _find(sandbox, org, "video_url", link)
    if media.facts.kind != "video" or media.facts.frame_rate is None:
        raise Unusable("Invalid video_url: it is not a video")
    if max(media.facts.width, media.facts.height) > _MAX_SIDE or media.facts.width * media.facts.height > _MAX_AREA:
        raise Unusable(f"Invalid video_url: the resolution {media.facts.width}x{media.facts.height} is not supported")
    return media


async def find_speech(sandbox: Sandbox, org: str, link: str) -> Media:
    """Raises Unfetched and Unusable."""
    media = await _find(sandbox, org, "audio_url", link)
    if media.facts.kind != "audio":
        raise Unusable("Invalid audio_url: it is not a sound file")
    return media


async def _find(sandbox: Sandbox, org: str, name: str, link: str) -> Media:
    id = await _fetched(sandbox, org, name, link)
    try:
        facts = await in_thread(probe, sandbox.objects.file(id))
    except Unreadable as problem:
        raise Unusable(f"Invalid {name}: {problem}") from problem
    if not facts.duration_s:
        raise Unusable(f"Invalid {name}: its duration cannot be read")
    return Media(object_id=id, duration_s=facts.duration_s, facts=facts)


async def _fetched(sandbox: Sandbox, org: str, name: str, link: str) -> str:
    """The object that holds what `link` leads to. Uploads come by HTTP like everything else."""
    file_name = "data" if link.startswith("data:") else urlsplit(link).path.rpartition("/")[2] or "fetched"
    made = sandbox.objects.declare(org=org, name=file_name, content_type="application/octet-stream", public=False)
    try:
        if link.startswith("data:"):
            await _keep_data(sandbox, made.id, link)
        else:
            hops = HOPS if sandbox.settings.segmind_redirecting_media == "followed" else 1
            await fetch(sandbox.session, link, sandbox.objects, made.id, limit_bytes=sandbox.settings.max_file_bytes, hops=hops)
    except (Unreachable, BadDataUrl) as problem:
        raise Unfetched(f"Failed to download {name}: {problem}") from problem
    except TooLarge as problem:
        raise Unusable(f"Invalid {name}: the file is too large") from problem
    return made.id


async def _keep_data(sandbox: Sandbox, id: str, link: str) -> None:
    part = sandbox.objects.part(id)
    await in_thread(partial(part.write_bytes, decoded(link).content))
    sandbox.objects.keep(id, part)
