"""Presigned uploads and the library: sync-api.md 2.9."""

from __future__ import annotations

import socket
import uuid
from pathlib import Path

import httpx
import pytest

from tests.sandbox.conftest import Api
from tests.support.sandbox_process import SandboxProcess


def presign(api: Api, size: int = 4, kind: str = "audio/wav") -> dict:
    return api.http.post("/v2/assets/upload", json={"fileName": "a.wav", "contentType": kind, "size": size}).json()


def register(api: Api, url: str, kind: str = "AUDIO", **rest) -> httpx.Response:
    return api.http.post("/v2/assets", json={"url": url, "type": kind, **rest})


def error(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("errorCode")


def test_presign(api: Api) -> None:
    links = presign(api)
    assert set(links) == {"uploadUrl", "url", "expiresIn"}
    assert links["expiresIn"] == 3600
    for bad in ({"fileName": "a"}, {"fileName": "a", "contentType": "b", "size": 0}, {"fileName": "a", "contentType": "b", "size": "4"}):
        assert api.http.post("/v2/assets/upload", json=bad).status_code == 400
    assert error(api.http.post("/v2/assets/upload", json={"fileName": "a", "contentType": "b", "size": 6 * 1024**3})) == (
        422,
        "file_size_exceeds_plan_limit",
    )


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"Content-Type": "audio/mpeg"}, b"1234"),
        ({"Content-Type": "audio/wav; charset=binary"}, b"1234"),
        ({}, b"1234"),
        ({"Content-Type": "audio/wav", "x-api-key": "sk-1"}, b"1234"),
        ({"Content-Type": "audio/wav"}, b"12345"),
        ({"Content-Type": "audio/wav"}, b"123"),
    ],
)
def test_put_is_held_to_its_signature(api: Api, headers: dict[str, str], content: bytes) -> None:
    links = presign(api)
    refused = api.bare.put(links["uploadUrl"], content=content, headers=headers)
    assert (refused.status_code, "SignatureDoesNotMatch" in refused.text) == (403, True)
    assert error(register(api, links["url"])) == (422, "uploaded_file_not_found")
    assert api.bare.put(links["uploadUrl"], content=b"1234", headers={"Content-Type": "audio/wav"}).status_code == 200
    assert register(api, links["url"]).json()["size"] == 4


def test_put_needs_a_length(api: Api) -> None:
    refused = api.bare.put(presign(api)["uploadUrl"], content=iter([b"12", b"34"]), headers={"Content-Type": "audio/wav"})
    assert (refused.status_code, "MissingContentLength" in refused.text) == (411, True)


def test_put_needs_the_whole_link(api: Api) -> None:
    links = presign(api)
    for link in (links["url"], links["uploadUrl"] + "0"):
        assert api.bare.put(link, content=b"1234", headers={"Content-Type": "audio/wav"}).status_code == 403


def test_put_link_expires(api: Api, sandbox: SandboxProcess) -> None:
    with sandbox.with_settings(upload_link_s=0.0):
        links = presign(api)
    assert api.bare.put(links["uploadUrl"], content=b"1234", headers={"Content-Type": "audio/wav"}).status_code == 403


def test_half_an_upload_is_none(api: Api) -> None:
    links = presign(api, size=100_000)
    url = httpx.URL(links["uploadUrl"])
    with socket.create_connection((url.host, url.port)) as connection:
        start = f"PUT {url.raw_path.decode()} HTTP/1.1\r\nHost: {url.netloc.decode()}\r\n"
        head = f"{start}Content-Type: audio/wav\r\nContent-Length: 100000\r\n\r\n"
        connection.sendall(head.encode() + b"x" * 50_000)
    assert error(register(api, links["url"])) == (422, "uploaded_file_not_found")


def test_register(api: Api, clip: Path, speech: Path) -> None:
    url = api.put(clip)
    asset = register(api, url, "VIDEO", name="my clip", visibility="ORGANIZATION").json()
    assert {
        name: asset[name]
        for name in ("type", "name", "visibility", "inputType", "width", "height", "durationSeconds", "format", "size", "url")
    } == {
        "type": "VIDEO",
        "name": "my clip",
        "visibility": "ORGANIZATION",
        "inputType": "UPLOAD",
        "width": 160,
        "height": 96,
        "durationSeconds": 1.0,
        "format": "mp4",
        "size": clip.stat().st_size,
        "url": url,
    }
    assert api.bare.get(url).content == clip.read_bytes()
    assert register(api, url, "FILM").status_code == 400
    assert error(register(api, "http://media.example.com/a.wav")) == (422, "uploaded_file_not_found")


def test_other_organisations(api: Api, sandbox: SandboxProcess, clip: Path) -> None:
    other = Api(sandbox)
    asset = api.asset(clip)
    assert error(register(other, api.put(clip), "VIDEO")) == (422, "file_not_in_org_storage")
    assert error(other.http.get(f"/v2/assets/{asset}")) == (403, "asset_forbidden")
    assert error(other.http.get(f"/v2/assets/{uuid.uuid4()}")) == (404, "asset_not_found")
    assert error(other.http.get("/v2/assets/mine")) == (400, "invalid_asset_id_format")
    assert error(
        other.create({"model": "lipsync-2", "input": [{"type": "video", "assetId": asset}] * 1 + [{"type": "audio", "assetId": asset}]})
    ) == (
        403,
        "asset_forbidden",
    )
    assert other.http.get("/v2/assets").json() == {"items": [], "nextCursor": None, "totalCount": 0}


def test_library(api: Api, clip: Path, speech: Path) -> None:
    ids = [api.asset(clip), api.asset(speech), api.asset(clip)]

    def listed(**query) -> list[str]:
        return [asset["id"] for asset in api.http.get("/v2/assets", params=query).json()["items"]]

    assert listed() == ids[::-1]
    assert listed(sortBy="dateAsc") == ids
    assert listed(types="AUDIO") == [ids[1]]
    assert listed(types=["AUDIO", "VIDEO"], sortBy="sizeDesc")[0] == ids[1]
    assert listed(searchQuery="SPEECH") == [ids[1]]
    first = api.http.get("/v2/assets", params={"limit": 2, "sortBy": "dateAsc"}).json()
    assert (first["totalCount"], listed(limit=2, sortBy="dateAsc", cursor=first["nextCursor"])) == (3, [ids[2]])
    for bad in ({"limit": 0}, {"limit": 101}, {"types": "FILM"}, {"sortBy": "name"}, {"cursor": "x"}):
        assert api.http.get("/v2/assets", params=bad).status_code == 400


def test_change_and_delete(api: Api, clip: Path) -> None:
    asset = api.asset(clip)
    assert api.http.patch(f"/v2/assets/{asset}", json={"name": "renamed"}).json()["name"] == "renamed"
    assert api.http.get(f"/v2/assets/{asset}").json()["name"] == "renamed"
    assert api.http.delete(f"/v2/assets/{asset}").json()["id"] == asset
    assert api.http.get(f"/v2/assets/{asset}").status_code == 404
