"""Media really are fetched and looked at: sync-api.md 2.1.1, 4.1, 4.3."""

from __future__ import annotations

import io
import json
import threading
import wave
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import pytest

from tests.sandbox.clips import make_image, make_video, make_wav, silence, tone
from tests.sandbox.conftest import Api
from tests.support.sandbox_process import SandboxProcess


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return

    def do_GET(self) -> None:
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/moved"))
            self.end_headers()
        elif self.path.startswith("/away/"):
            self.send_response(302)
            self.send_header("Location", "http://media.example.com/v.mp4")
            self.end_headers()
        else:
            super().do_GET()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[str]:
    """A web server over tmp_path, on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def urls(video: str, audio: str, **rest: Any) -> dict[str, Any]:
    return {"model": "lipsync-2", "input": [{"type": "video", "url": video}, {"type": "audio", "url": audio}], **rest}


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("errorCode")


def test_links_are_fetched(api: Api, shelf: str, tmp_path: Path) -> None:
    make_video(tmp_path / "v.mp4")
    make_wav(tmp_path / "a.wav", tone(0.5))
    done = api.made(urls(f"{shelf}/moved/v.mp4", f"{shelf}/a.wav"))
    assert (done["status"], done["outputDuration"]) == ("COMPLETED", pytest.approx(0.5, abs=0.05))


@pytest.mark.parametrize(
    "link",
    ["http://media.example.com/v.mp4", "https://10.1.2.3/v.mp4", "http://127.0.0.1:9/v.mp4", "{shelf}/absent.mp4", "{shelf}/away/v.mp4"],
)
def test_unreachable(api: Api, shelf: str, tmp_path: Path, speech: Path, clip: Path, link: str) -> None:
    link = link.format(shelf=shelf)
    assert refusal(api.create(urls(link, api.put(speech)))) == (422, "generation_input_video_inaccessible")
    assert refusal(api.create(urls(api.put(clip), link))) == (422, "generation_input_audio_inaccessible")
    image = {"model": "sync-3", "input": [{"type": "image", "url": link}, {"type": "audio", "url": api.put(speech)}]}
    assert refusal(api.create(image)) == (422, "generation_input_image_inaccessible")


def test_unreachable_can_be_found_later(api: Api, sandbox: SandboxProcess, speech: Path) -> None:
    with sandbox.with_settings(unreachable_media="as_failed"):
        done = api.made(urls("http://media.example.com/v.mp4", api.put(speech)))
    assert (done["status"], done["errorCode"]) == ("FAILED", "generation_input_video_inaccessible")
    assert sandbox.ledger()[-1]["cost_usd"] == 0


def test_a_result_can_be_an_input(api: Api, body: dict[str, Any], speech: Path) -> None:
    done = api.made(body)
    assert api.made(urls(done["outputUrl"], api.put(speech)))["status"] == "COMPLETED"


def _assets(api: Api, video: Path, audio: Path, **rest: Any) -> dict[str, Any]:
    return urls(api.put(video), api.put(audio), **rest)


def test_unreadable(api: Api, tmp_path: Path, clip: Path, speech: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"<html>no video</html>")
    (tmp_path / "a.wav").write_bytes(b"no sound")
    answer = api.create(_assets(api, tmp_path / "v.mp4", speech))
    assert refusal(answer) == (422, "generation_input_video_invalid")
    assert answer.json()["message"] == "The video cannot be read: Invalid data found when processing input."
    assert refusal(api.create(_assets(api, clip, tmp_path / "a.wav"))) == (422, "generation_input_audio_invalid")


def test_a_video_without_a_picture_and_a_sound_file_without_sound(api: Api, tmp_path: Path, clip: Path, speech: Path) -> None:
    with av.open(str(tmp_path / "v.mp4"), "w") as output, av.open(str(speech)) as source:
        stream = output.add_stream("aac", rate=48000)
        for frame in source.decode(audio=0):
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    assert refusal(api.create(_assets(api, tmp_path / "v.mp4", speech))) == (422, "generation_input_video_invalid")
    assert refusal(api.create(_assets(api, clip, clip))) == (422, "generation_input_audio_invalid")


def test_kinds_that_do_not_fit(api: Api, tmp_path: Path, clip: Path, speech: Path) -> None:
    image = make_image(tmp_path / "i.png")
    assert refusal(api.create(_assets(api, image, speech))) == (422, "generation_input_video_invalid")
    body = {"model": "sync-3", "input": [{"type": "image", "url": api.put(clip)}, {"type": "audio", "url": api.put(speech)}]}
    assert refusal(api.create(body)) == (422, "generation_input_validation_failed")
    mixed = [{"type": "video", "assetId": api.asset(speech)}, {"type": "audio", "assetId": api.asset(speech)}]
    assert refusal(api.create({"model": "lipsync-2", "input": mixed})) == (422, "generation_input_asset_type_mismatch")


def test_containers_that_are_not_taken(api: Api, shelf: str, tmp_path: Path, speech: Path) -> None:
    make_video(tmp_path / "v.mkv")
    assert refusal(api.create(urls(f"{shelf}/v.mkv", api.put(speech)))) == (422, "generation_input_video_invalid")


@pytest.mark.parametrize("size", [(4098, 64), (64, 4098), (3840, 2400), (8, 8)])
def test_size(api: Api, tmp_path: Path, speech: Path, size: tuple[int, int]) -> None:
    video = make_video(tmp_path / "v.mp4", seconds=0.08, size=size)
    assert refusal(api.create(_assets(api, video, speech))) == (422, "generation_input_resolution_unsupported")


def test_portrait_4k_passes(api: Api, tmp_path: Path, speech: Path, sandbox: SandboxProcess) -> None:
    video = make_video(tmp_path / "v.mp4", seconds=0.08, size=(2160, 4096))
    sandbox.plan(operation="create", kind="outcome", status="REJECTED")
    assert api.create(_assets(api, video, speech)).status_code == 201


def test_length_must_be_told(api: Api, tmp_path: Path, clip: Path, speech: Path) -> None:
    streamed = bytearray(speech.read_bytes())
    at = streamed.index(b"data")
    streamed[at + 4 : at + 8] = b"\xff" * 4
    (tmp_path / "a.wav").write_bytes(streamed)
    assert refusal(api.create(_assets(api, clip, tmp_path / "a.wav"))) == (422, "generation_media_metadata_missing")


def test_sound_of_no_length(api: Api, tmp_path: Path, clip: Path) -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 48000, 0, "NONE", ""))
    (tmp_path / "a.wav").write_bytes(buffer.getvalue())
    assert api.create(_assets(api, clip, tmp_path / "a.wav")).status_code == 422


def test_silent_video_can_be_refused(api: Api, sandbox: SandboxProcess, tmp_path: Path, clip: Path, speech: Path) -> None:
    with sandbox.with_settings(silent_video="refused"):
        assert refusal(api.create(_assets(api, clip, speech))) == (422, "generation_media_metadata_missing")
        assert api.create(_assets(api, make_video(tmp_path / "v.mp4", sound=True), speech)).status_code == 201


def test_react_1_is_short(api: Api, tmp_path: Path, clip: Path, speech: Path) -> None:
    long_speech = make_wav(tmp_path / "a.wav", silence(15.5))
    assert refusal(api.create(_assets(api, clip, long_speech, model="react-1"))) == (422, "generation_model_duration_exceeded")
    long_video = make_video(tmp_path / "v.mp4", seconds=15.2, rate=5)
    assert refusal(api.create(_assets(api, long_video, speech, model="react-1"))) == (422, "generation_model_duration_exceeded")


def test_plan_limits(api: Api, sandbox: SandboxProcess, tmp_path: Path, clip: Path, speech: Path) -> None:
    speech_21_s = make_wav(tmp_path / "a.wav", silence(21))
    with sandbox.with_settings(plan="Free"):
        assert refusal(api.create(_assets(api, clip, speech_21_s))) == (422, "generation_plan_duration_exceeded")
        assert api.create(_assets(api, clip, speech_21_s, options={"sync_mode": "cut_off"})).status_code == 201
    with sandbox.with_settings(plan="Free", slots=10):
        assert [api.create(_assets(api, clip, speech)).status_code for _ in range(3)] == [201, 201, 402]


@pytest.mark.parametrize(
    "selection",
    [
        {"frame_number": 0, "coordinates": [160, 10]},
        {"frame_number": 25, "coordinates": [10, 10]},
        {"bounding_boxes": [[0, 0, 10, 10]]},
        {"bounding_boxes": [[10, 10, 0, 0]] * 25},
        {"bounding_boxes_url": "http://boxes.example.com/b.json"},
    ],
)
def test_speakers_that_are_not_there(api: Api, body: dict[str, Any], selection: dict[str, Any]) -> None:
    answer = api.create({**body, "options": {"active_speaker_detection": selection}})
    assert refusal(answer) == (422, "generation_input_face_selection_invalid")


def test_boxes_from_a_link(api: Api, shelf: str, tmp_path: Path, body: dict[str, Any]) -> None:
    (tmp_path / "b.json").write_text(json.dumps({"bounding_boxes": [[0, 0, 40, 40]] * 25}))
    done = api.made({**body, "options": {"active_speaker_detection": {"bounding_boxes_url": f"{shelf}/b.json"}}})
    assert done["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("segment", "code"),
    [
        ({"startTime": 0.5, "endTime": 1.5, "audioInput": {"refId": "a"}}, "generation_input_segments_invalid"),
        ({"startTime": 0, "endTime": 1, "audioInput": {"refId": "a", "startTime": 0, "endTime": 9}}, "generation_input_trim_invalid"),
    ],
)
def test_segments_outside_the_media(api: Api, body: dict[str, Any], segment: dict[str, Any], code: str) -> None:
    video, audio = body["input"]
    assert refusal(api.create({**body, "input": [video, {**audio, "refId": "a"}], "segments": [segment]})) == (422, code)
