"""Fetching media from links, as the service would, but from loopback only: the sandbox never connects beyond it."""

from __future__ import annotations

import asyncio
import ipaddress

import aiohttp
from yarl import URL

from .objects import ObjectStore

HOPS = 5
_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=5, sock_read=15)  # real seconds: a peer's slowness has no fast clock


class Unreachable(Exception):
    """The link leads to no file: not loopback, no answer, or an answer other than 200."""


def is_loopback(url: URL) -> bool:
    """Whether connecting to `url` stays on this machine, without asking any name server."""
    if url.scheme not in ("http", "https") or url.host is None:
        return False
    if url.host == "localhost":
        return True
    try:
        return ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        return False


async def fetch(session: aiohttp.ClientSession, link: str, objects: ObjectStore, id: str, *, limit_bytes: int, hops: int = HOPS) -> int:
    """Store what `link`, or a redirection before the last of `hops`, gives as object `id` and return its size.

    Raises Unreachable and TooLarge.
    """
    try:
        url = URL(link)
        for _ in range(hops):
            if not is_loopback(url):
                raise Unreachable(f"{url.host} is beyond loopback")
            async with session.get(url, allow_redirects=False, timeout=_TIMEOUT) as answer:
                if answer.status in (301, 302, 303, 307, 308) and "Location" in answer.headers:
                    url = url.join(URL(answer.headers["Location"]))
                    continue
                if answer.status != 200:
                    raise Unreachable(f"HTTP {answer.status}")
                return await objects.receive(id, answer.content.iter_chunked(1 << 16), limit_bytes=limit_bytes)
    except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as problem:
        raise Unreachable(str(problem)) from problem
    raise Unreachable("too many redirects")
