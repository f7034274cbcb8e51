"""HTTP. The only module that knows httpx: time-outs, proxies, retries of what is free, streaming from and to disk, and who sees the key."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
import logging
import random
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from .. import clock
from ..catalogue import ServiceFacts
from ..engine import THREAD_NAME
from ..errors import ConnectionFailed, ServiceTrouble
from ..keys import Key
from ..redact import redact
from .base import BytesDone
from .gates import Gate
from .moments import retry_after_s
from .origins import Origin

T = TypeVar("T")

USER_AGENT = "sync-lipsync-nodes"
CHUNK_BYTES = 1 << 20
_PATIENCE_S = 60.0  # how long a free request is repeated before its caller hears of it
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_REDIRECTS = 5
_TRY_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


class NotReached(Exception):
    """No connection came about; nothing was sent. The message says at which hop."""


class AnswerLost(Exception):
    """The request may have arrived, but no whole answer came back."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One HTTP answer. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """The body as JSON; None if it is not JSON, as a firewall's page is not."""
        try:
            return json.loads(self.content)
        except ValueError:
            return None

    def excerpt(self) -> str:
        """The beginning of the body, for a message."""
        return redact(" ".join(self.content[:2000].decode("utf-8", "replace").split())[:200])

    @property
    def retry_after_s(self) -> float | None:
        return retry_after_s(self.headers)


class Http:
    """httpx with our time-outs, proxies and words; files are streamed, without a key, to and from addresses that `permitted` lets pass."""

    def __init__(self, permitted: Callable[[str], None]) -> None:
        _quieten()
        self._permitted = permitted
        self._by_proxy, self._direct = _client(trust_env=True), _client(trust_env=False)

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], params: Mapping[str, str] | None, body: bytes | None, read_s: float
    ) -> Answer:
        """One request, sent once. Raises NotReached or AnswerLost."""
        request = self._client_for(url).build_request(
            method, url, params=params, content=body, headers=dict(headers), timeout=_timeout(read_s)
        )
        response = await self._transmit(request)
        return Answer(status=response.status_code, headers=dict(response.headers), content=response.content)

    async def put_file(self, url: str, path: Path, *, content_type: str, progress: BytesDone) -> Answer:
        """Stream `path` to a storage link, without the key and never chunked. Raises NotReached or AnswerLost."""
        self._permitted(url)
        size = (await asyncio.to_thread(path.stat)).st_size
        request = self._client_for(url).build_request(
            "PUT",
            url,
            content=_chunks(path, size, progress),
            headers={"content-type": content_type, "content-length": str(size)},
            timeout=_timeout(120.0),
        )
        response = await self._transmit(request)
        return Answer(status=response.status_code, headers=dict(response.headers), content=response.content)

    async def post_file(self, url: str, path: Path, *, head: bytes, tail: bytes, headers: Mapping[str, str], progress: BytesDone) -> Answer:
        """Stream `path` as base64 between `head` and `tail`: a file inside of JSON, without ever holding it whole."""
        size = (await asyncio.to_thread(path.stat)).st_size
        length = len(head) + 4 * ((size + 2) // 3) + len(tail)
        request = self._client_for(url).build_request(
            "POST",
            url,
            content=_encoded(path, size, head, tail, progress),
            headers={**headers, "content-type": "application/json", "content-length": str(length)},
            timeout=_timeout(300.0),
        )
        response = await self._transmit(request)
        return Answer(status=response.status_code, headers=dict(response.headers), content=response.content)

    async def get_file(self, url: str, part: Path, *, progress: BytesDone) -> Answer:
        """Stream `url` into `part`, without the key. Any status but 200 is returned with its body and writes nothing.

        Raises NotReached, AnswerLost (also when the file came short), or OSError from the disk.
        """
        for _ in range(_REDIRECTS):
            self._permitted(url)
            whole = {"accept-encoding": "identity"}  # so that Content-Length is the length of the file
            request = self._client_for(url).build_request("GET", url, headers=whole, timeout=_timeout(60.0))
            response = await self._transmit(request, stream=True)
            try:
                if response.has_redirect_location:
                    url = urljoin(url, response.headers["location"])
                    continue
                if response.status_code != 200:
                    content = await _guarded(response.aread(), request)
                    return Answer(status=response.status_code, headers=dict(response.headers), content=content)
                await self._save(response, part, progress)
                return Answer(status=200, headers=dict(response.headers), content=b"")
            finally:
                await response.aclose()
        raise AnswerLost("it redirects without end")

    async def aclose(self) -> None:
        await self._by_proxy.aclose()
        await self._direct.aclose()

    async def _save(self, response: httpx.Response, part: Path, progress: BytesDone) -> None:
        total, done = int(response.headers.get("content-length", 0)), 0
        with await asyncio.to_thread(part.open, "wb") as file:
            stream = response.aiter_bytes(CHUNK_BYTES)
            while chunk := await _guarded(anext(stream, b""), response.request):
                await asyncio.to_thread(file.write, chunk)
                done += len(chunk)
                progress(done, total)
        if total and done != total:
            raise AnswerLost(f"the file broke off after {done} of {total} bytes")

    async def _transmit(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        return await _guarded(self._client_for(str(request.url)).send(request, stream=stream), request)

    def _client_for(self, url: str) -> httpx.AsyncClient:
        return self._direct if is_loopback(urlsplit(url).hostname) else self._by_proxy


class Transport:
    """Requests to one origin with one key, at the rate that the service allows."""

    def __init__(self, *, facts: ServiceFacts, origin: Origin, key: Key) -> None:
        self._facts, self._origin, self._key = facts, origin, key
        self._creates, self._reads = Gate(facts.creates_per_minute), Gate(facts.reads_per_minute)
        self._http = Http(self._check_permitted)
        self.put_file, self.get_file = self._http.put_file, self._http.get_file

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        host: str = "",
        read_s: float = 30.0,
        paid: bool = False,
    ) -> Answer:
        """One request, sent once. Raises NotReached or AnswerLost; every answer, whatever its status, is returned."""
        gate = self._creates if paid else self._reads
        await gate.enter()
        typed = {"content-type": "application/json"} if body is not None else {}
        answer = await self._http.send(
            method,
            self._origin.host(host) + path,
            headers={**self._own_headers(), **typed, **(headers or {})},
            params=params,
            body=body,
            read_s=read_s,
        )
        if answer.status == 429 and not paid:
            gate.refused(answer.retry_after_s or 5.0)
        return answer

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        data: object = None,
        host: str = "",
        read_s: float = 30.0,
    ) -> Answer:
        """A request that costs nothing, repeated while the service, or the way to it, has trouble.

        Raises ConnectionFailed or ServiceTrouble when it stays so for a minute.
        """
        body = None if data is None else json.dumps(data).encode()
        give_up_at = clock.monotonic() + _PATIENCE_S
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                answer = await self.send(method, path, params=params, body=body, host=host, read_s=read_s)
                if answer.status not in _TRY_AGAIN:
                    return answer
                trouble: Exception = ServiceTrouble(
                    service=self._facts.title, status_page=self._facts.status_page, detail=f"HTTP {answer.status} {answer.excerpt()}"
                )
                if answer.status == 429:
                    give_up_at += answer.retry_after_s or 0  # a wait that was asked for is no trouble
                pause_s = max(pause_s, answer.retry_after_s or 0)
            except NotReached as error:
                trouble = ConnectionFailed(service=self._facts.title, hop=str(error))
            except AnswerLost as error:
                trouble = ServiceTrouble(service=self._facts.title, status_page=self._facts.status_page, detail=str(error))
            if clock.monotonic() + pause_s > give_up_at:
                raise trouble
            await clock.sleep(pause_s * random.uniform(0.8, 1.2))
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)

    async def post_file(self, path: str, file: Path, *, head: bytes, tail: bytes, host: str, progress: BytesDone) -> Answer:
        """A file inside of JSON, with the key. Raises NotReached or AnswerLost."""
        url = self._origin.host(host) + path
        return await self._http.post_file(url, file, head=head, tail=tail, headers=self._own_headers(), progress=progress)

    async def aclose(self) -> None:
        await self._http.aclose()

    def _own_headers(self) -> dict[str, str]:
        return {"x-api-key": self._key.value, "x-sync-source": "comfyui", "accept": "application/json, text/plain, */*"}

    def _check_permitted(self, url: str) -> None:
        """A sandbox must never lead outside, nor a real service to this machine or to an unencrypted link."""
        try:
            parts = urlsplit(url)
            httpx.URL(url)
        except (ValueError, httpx.InvalidURL) as error:
            raise NotReached("it names a storage address that is none") from error
        local = is_loopback(parts.hostname)
        if is_loopback(urlsplit(self._origin.base_url).hostname) is not local or (self._origin.real and parts.scheme != "https"):
            raise NotReached(f"it names a storage address that is not allowed ({parts.hostname})")


def is_loopback(host: str | None) -> bool:
    """Whether `host` is this machine: such addresses never go through a proxy."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False  # a name, such as 127.example.com


async def _guarded(work: Awaitable[T], request: httpx.Request) -> T:
    """Await `work`, telling what was never sent from what was lost on the way."""
    try:
        return await work
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
        raise NotReached(_hop(error, request)) from error
    except httpx.TimeoutException as error:
        raise AnswerLost("it did not answer in time") from error
    except httpx.HTTPError as error:
        raise AnswerLost("the connection broke") from error


def _hop(error: httpx.HTTPError, request: httpx.Request) -> str:
    """At which hop no connection came about, in words that say where to look."""
    host = request.url.host
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ProxyError):
        return "the proxy refused the connection"
    if any(isinstance(one, socket.gaierror) for one in causes):
        return f"the name {host} cannot be looked up"
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return f"no secure connection (TLS) to {host} came about"
    if isinstance(error, httpx.TimeoutException):
        return f"{host} did not accept a connection in time"
    return f"{host} did not accept a connection"


async def _encoded(path: Path, size: int, head: bytes, tail: bytes, progress: BytesDone) -> AsyncIterator[bytes]:
    yield head
    held = b""
    async for chunk in _chunks(path, size, progress):
        held += chunk
        whole = len(held) // 3 * 3  # base64 turns three bytes into four
        yield base64.b64encode(held[:whole])
        held = held[whole:]
    yield base64.b64encode(held) + tail


async def _chunks(path: Path, size: int, progress: BytesDone) -> AsyncIterator[bytes]:
    done = 0
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
            done += len(chunk)
            progress(done, size)


def _client(*, trust_env: bool) -> httpx.AsyncClient:
    return httpx.AsyncClient(trust_env=trust_env, follow_redirects=False, headers={"user-agent": USER_AGENT})


def _timeout(read_s: float) -> httpx.Timeout:
    return httpx.Timeout(connect=clock.real(15.0), read=clock.real(read_s), write=clock.real(120.0), pool=None)


def _quieten() -> None:
    """httpx logs every URL at INFO and ComfyUI shows it, and signed links are secrets. Other packs' records stay as they are."""
    for name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks"):
        logger = logging.getLogger(name)
        if _not_ours not in logger.filters:
            logger.addFilter(_not_ours)


def _not_ours(record: logging.LogRecord) -> bool:
    return threading.current_thread().name != THREAD_NAME
