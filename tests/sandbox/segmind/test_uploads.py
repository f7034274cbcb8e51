"""/upload-asset: real bytes in, the same bytes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.segmind.conftest import Segmind, data_url
from tests.support.sandbox_process import SandboxProcess


def test_several_in_their_order(segmind: Segmind, sandbox: SandboxProcess, clip: Path, mp3: Path, speech: Path) -> None:
    sandbox.clear_requests()
    files = [clip, mp3, speech]
    answer = segmind.http.post("/upload-asset", json={"data_urls": [data_url(file) for file in files]}).json()
    assert answer["message"] == "Files uploaded successfully"
    assert [segmind.bare.get(url).content for url in answer["file_urls"]] == [file.read_bytes() for file in files]
    assert [url.rpartition(".")[2] for url in answer["file_urls"]] == ["mp4", "mp3", "wav"]
    (note,) = sandbox.requests("segmind_upload")
    assert [file["size_bytes"] for file in note["body"]["data_urls"]] == [file.stat().st_size for file in files]
    assert note["body_text"] is None


@pytest.mark.parametrize(
    ("form", "read"),
    [
        ("file_urls", lambda told: told["file_urls"][0]),
        ("urls", lambda told: told["urls"][0]),
        ("array", lambda told: told[0]),
        ("url", lambda told: told["url"]),
    ],
)
def test_shapes_of_the_answer(segmind: Segmind, sandbox: SandboxProcess, mp3: Path, form: str, read: Any) -> None:
    sandbox.settings(segmind_upload_answer=form)
    link = read(segmind.http.post("/upload-asset", json={"data_urls": [data_url(mp3)]}).json())
    assert segmind.bare.get(link).content == mp3.read_bytes()


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"data_urls": []},
        {"data_urls": "data:"},
        {"data_urls": [1]},
        {"data_urls": ["https://x/y"]},
        {"data_urls": ["data:video/mp4;base64,???"]},
        {"data_urls": ["data:video/mp4,abc"]},
    ],
)
def test_bad_bodies(segmind: Segmind, body: Any) -> None:
    answer = segmind.http.post("/upload-asset", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("Invalid data_urls")


def test_size(segmind: Segmind, sandbox: SandboxProcess, clip: Path) -> None:
    size = clip.stat().st_size
    sandbox.settings(segmind_upload_bytes=size)
    assert segmind.http.post("/upload-asset", json={"data_urls": [data_url(clip)]}).status_code == 200
    assert segmind.http.post("/upload-asset", json={"data_urls": [data_url(clip)] * 2}).status_code == 413
    sandbox.settings(segmind_upload_bytes=100)
    large = "A" * 40_000_000
    answer = segmind.http.post("/upload-asset", json={"data_urls": [f"data:video/mp4;base64,{large}"]})
    assert (answer.status_code, answer.json()["error"]) == (413, "The files are larger than 100 bytes")
    assert not list((sandbox.state_dir / "objects").glob("upload*"))


def test_larger_than_other_bodies(segmind: Segmind) -> None:
    large = "QUJD" * (70 * 1024 * 1024 // 4)
    link = segmind.http.post("/upload-asset", json={"data_urls": [f"data:audio/mpeg;base64,{large}"]}).json()["file_urls"][0]
    assert int(segmind.bare.head(link).headers["Content-Length"]) == len(large) // 4 * 3
