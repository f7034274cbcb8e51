"""HTTP on the wire, against small servers that misbehave: gates, retries, redirects, proxies, lengths, and who sees the key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from lipsync import clock
from lipsync.catalogue import SERVICES
from lipsync.errors import ConnectionFailed, ServiceTrouble
from lipsync.keys import Key
from lipsync.services import gates
from lipsync.services.gates import Gate
from lipsync.services.origins import Origin
from lipsync.services.transport import Answer, AnswerLost, NotReached, Transport, is_loopback

FACTS = SERVICES["sync"]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """`handler` for every request, at the address that is given."""
    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]  # aiohttp has no other way to ask
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


@asynccontextmanager
async def transport(base_url: str, *, real: bool = False, **facts: int) -> AsyncIterator[Transport]:
    http = Transport(facts=replace(FACTS, **facts), origin=Origin(id="x", base_url=base_url, real=real), key=Key("the-key"))
    yield http
    await http.aclose()


def nothing(done: int, total: int) -> None:
    pass


# Gates.


async def test_a_gate_lets_a_burst_in_and_then_one_after_the_other() -> None:
    gate = Gate(60)
    started = clock.monotonic()
    for _ in range(15):
        await gate.enter()
    assert clock.monotonic() - started < 2
    for _ in range(10):
        await gate.enter()
    assert 7 < clock.monotonic() - started < 14


async def test_a_gate_that_is_held_lets_nobody_in() -> None:
    gate = Gate(600)
    gate.refused(5)
    started = clock.monotonic()
    await gate.enter()
    assert 4.5 < clock.monotonic() - started < 8


async def test_a_gate_learns_the_rate_that_it_was_let_in_at_and_forgets_it_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "_LEARNED_FOR_S", 30.0)
    gate = Gate(600)
    for _ in range(21):
        await gate.enter()
    gate.refused(0.0)  # twenty in a minute were one too few
    began = clock.monotonic()
    for _ in range(5):
        await gate.enter()
    assert clock.monotonic() - began == pytest.approx(5 * 3.0, abs=6.0)
    await clock.sleep(31.0)
    began = clock.monotonic()
    for _ in range(5):
        await gate.enter()
    assert clock.monotonic() - began < 5.0


async def test_retry_after_is_obeyed_and_holds_back_everybody() -> None:
    seen: list[float] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(clock.monotonic())
        return web.json_response({}, status=429, headers={"Retry-After": "8"}) if len(seen) == 1 else web.json_response({"ok": True})

    async with serving(handler) as url, transport(url) as http:
        answers = await asyncio.gather(http.ask("GET", "/a"), _later(http))
    assert [answer.status for answer in answers] == [200, 200]
    assert all(moment - seen[0] > 6.0 for moment in seen[1:])


async def _later(http: Transport) -> Answer:
    await asyncio.sleep(0.1)
    return await http.ask("GET", "/b")


@pytest.mark.parametrize(
    ("told", "seconds"), [("7", 7.0), ("1.5", 1.5), ("99999", 300.0), ("", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None)]
)
def test_retry_after_is_read_and_capped(told: str, seconds: float | None) -> None:
    assert Answer(status=429, headers={"retry-after": told}, content=b"").retry_after_s == seconds


# What is repeated, and for how long.


async def test_what_costs_nothing_is_repeated_for_a_minute() -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(status=503, text="<html>maintenance</html>")

    async with serving(handler) as url, transport(url) as http:
        started = clock.monotonic()
        with pytest.raises(ServiceTrouble, match="maintenance"):
            await http.ask("GET", "/a")
        assert 20 < clock.monotonic() - started < 75
    assert 4 <= len(seen) <= 8


async def test_no_connection_is_told_by_its_hop() -> None:
    async with transport("http://127.0.0.1:9") as http:
        with pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1 did not accept a connection"):
            await http.ask("GET", "/a")


async def test_a_paid_call_is_sent_once() -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(await request.text())
        return web.Response(status=503)

    async with serving(handler) as url, transport(url) as http:
        answer = await http.send("POST", "/v2/generate", body=b"{}", paid=True)
    assert (answer.status, seen) == (503, ["{}"])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
async def test_what_will_not_change_is_not_repeated(status: int) -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response(status=status)

    async with serving(handler) as url, transport(url) as http:
        assert (await http.ask("GET", "/a")).status == status
    assert len(seen) == 1


# Files.


async def test_a_file_goes_up_with_its_length_and_without_the_key(tmp_path: Path) -> None:
    content = bytes(range(256)) * 12_000
    (tmp_path / "clip.mp4").write_bytes(content)
    seen: list[tuple[dict[str, str], bytes]] = []
    told: list[tuple[int, int]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response()

    async with serving(handler) as url, transport(url) as http:
        progress = lambda done, total: told.append((done, total))  # noqa: E731  # one line, used once
        await http.put_file(f"{url}/up?signed", tmp_path / "clip.mp4", content_type="video/mp4", progress=progress)
    ((headers, body),) = seen
    assert body == content
    assert headers["content-length"] == str(len(content))
    assert headers["content-type"] == "video/mp4"
    assert not {"transfer-encoding", "x-api-key", "authorization"} & set(headers)
    assert told[-1] == (len(content), len(content))
    assert len(told) == 3, "in pieces of a megabyte, never whole in memory"


async def test_a_file_comes_down_over_redirects_and_without_the_key(tmp_path: Path) -> None:
    keys: list[bool] = []

    async def handler(request: web.Request) -> web.Response:
        keys.append("x-api-key" in request.headers)
        step = int(request.path.strip("/"))
        return web.Response(status=(302, 307, 303)[step], headers={"Location": f"/{step + 1}"}) if step < 3 else web.Response(body=b"film")

    async with serving(handler) as url, transport(url) as http:
        answer = await http.get_file(f"{url}/0", tmp_path / "part", progress=nothing)
    assert answer.status == 200
    assert (tmp_path / "part").read_bytes() == b"film"
    assert keys == [False] * 4


@pytest.mark.parametrize("headers", [{"Location": "/again"}, {}])
async def test_redirects_end(tmp_path: Path, headers: dict[str, str]) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=302, headers=headers)

    async with serving(handler) as url, transport(url) as http:
        if headers:
            with pytest.raises(AnswerLost, match="redirects without end"):
                await http.get_file(f"{url}/a", tmp_path / "part", progress=nothing)
        else:
            assert (await http.get_file(f"{url}/a", tmp_path / "part", progress=nothing)).status == 302
    assert not (tmp_path / "part").exists()


async def test_a_compressing_server_does_not_make_a_whole_film_look_short(tmp_path: Path) -> None:
    async def handler(request: web.Request) -> web.Response:
        response = web.Response(body=b"film" * 1000)
        response.enable_compression()
        return response

    async with serving(handler) as url, transport(url) as http:
        await http.get_file(f"{url}/a", tmp_path / "part", progress=nothing)
    assert (tmp_path / "part").read_bytes() == b"film" * 1000


@pytest.mark.parametrize("told", [10, 1000])
async def test_a_file_that_comes_short_is_not_a_file(tmp_path: Path, told: int) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(told)})
        await response.prepare(request)
        await response.write(b"12345")
        assert request.transport is not None
        request.transport.close()
        return response

    async with serving(handler) as url, transport(url) as http:
        with pytest.raises(AnswerLost):
            await http.get_file(f"{url}/a", tmp_path / "part", progress=nothing)


async def test_a_disk_that_refuses_is_an_oserror_and_not_the_services_fault(tmp_path: Path) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=b"film")

    async with serving(handler) as url, transport(url) as http:
        with pytest.raises(OSError):  # noqa: PT011  # which one is the operating system's to say
            await http.get_file(f"{url}/a", tmp_path / "missing" / "part", progress=nothing)


# Where it may go.


@pytest.mark.parametrize(
    ("base_url", "real", "link"),
    [
        ("http://127.0.0.1:1", False, "https://storage.example/film.mp4"),
        ("https://api.sync.so", True, "http://storage.example/film.mp4"),
        ("https://api.sync.so", True, "https://127.0.0.1/film.mp4"),
        ("https://api.sync.so", True, "http://localhost:8000/film.mp4"),
        ("https://api.sync.so", True, "https://[::1]/film.mp4"),
    ],
)
async def test_a_link_leads_neither_out_of_a_sandbox_nor_from_outside_onto_this_machine(
    tmp_path: Path, base_url: str, real: bool, link: str
) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x")
    async with transport(base_url, real=real) as http:
        with pytest.raises(NotReached, match="not allowed"):
            await http.get_file(link, tmp_path / "part", progress=nothing)
        with pytest.raises(NotReached, match="not allowed"):
            await http.put_file(link, tmp_path / "clip.mp4", content_type="video/mp4", progress=nothing)


async def test_a_redirect_is_checked_like_the_link_itself(tmp_path: Path) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "https://storage.example/film.mp4"})

    async with serving(handler) as url, transport(url) as http:
        with pytest.raises(NotReached, match=r"storage\.example"):
            await http.get_file(f"{url}/a", tmp_path / "part", progress=nothing)


async def test_loopback_never_goes_through_a_proxy_and_the_rest_does(monkeypatch: pytest.MonkeyPatch) -> None:
    through: list[str] = []

    async def proxy(request: web.Request) -> web.Response:
        through.append(str(request.url))
        return web.json_response({"by": "proxy"})

    async def handler(request: web.Request) -> web.Response:
        return web.json_response({"by": "service"})

    async with serving(proxy) as proxy_url, serving(handler) as url:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy_url)
        async with transport(url) as http:
            assert (await http.ask("GET", "/a")).json() == {"by": "service"}
        assert through == []
        async with transport("http://service.example") as http:
            assert (await http.ask("GET", "/a")).json() == {"by": "proxy"}
        assert through == ["http://service.example/a"]


@pytest.mark.parametrize(
    ("host", "local"), [("127.0.0.1", True), ("127.9.9.9", True), ("localhost", True), ("::1", True), ("10.0.0.1", False)]
)
def test_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local
    assert not is_loopback(None)
    assert not is_loopback("127.evil.example")
