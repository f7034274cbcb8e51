"""What a create is refused for, and in which words: sync-api.md 2.1, 2.2, 3.2, 5.1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clips import make_image
from tests.sandbox.conftest import Api
from tests.support.sandbox_process import SandboxProcess

VIDEO = {"type": "video", "url": "http://127.0.0.1:9/v.mp4"}
IMAGE = {"type": "image", "url": "http://127.0.0.1:9/i.png"}
AUDIO = {"type": "audio", "url": "http://127.0.0.1:9/a.wav"}
TEXT = {"type": "text", "provider": {"name": "elevenlabs", "voiceId": "sandbox-tone-alto", "script": "hello"}}
SEGMENT = {"startTime": 0, "endTime": 1, "audioInput": {"refId": "a"}}


def text(**provider: Any) -> dict[str, Any]:
    return {"type": "text", "provider": {**TEXT["provider"], **provider}}


def speaker(**selection: Any) -> dict[str, Any]:
    return {"options": {"active_speaker_detection": selection}}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"model": None}, "model should not be empty"),
        ({"model": 3}, "model must be a string and not empty"),
        ({"input": None}, "input should not be empty"),
        ({"input": []}, "input must be an array of objects and not empty"),
        ({"input": VIDEO}, "input must be an array of objects and not empty"),
        ({"input": [{"url": "http://127.0.0.1/v.mp4"}, AUDIO]}, "input.0.type should not be empty"),
        ({"input": [{"type": "film"}, AUDIO]}, "input.0.type must be one of the following values: video, image, audio, text"),
        ({"input": [{"type": "video"}, AUDIO]}, "input.0.url or assetId must be provided"),
        ({"input": [{"type": "video", "url": "v.mp4"}, AUDIO]}, "input.0.url must be a URL address"),
        ({"input": [VIDEO, {**AUDIO, "refId": ""}]}, "input.1.refId must be a string and not empty"),
        ({"input": [VIDEO, {"type": "text"}]}, "input.1.provider should not be empty"),
        ({"input": [VIDEO, text(name="other")]}, "input.1.provider.name must be one of the following values: elevenlabs"),
        ({"input": [VIDEO, text(script="")]}, "input.1.provider.script must be a string of 1 to 5000 characters"),
        ({"input": [VIDEO, text(script="x" * 5001)]}, "input.1.provider.script must be a string of 1 to 5000 characters"),
        ({"input": [VIDEO, text(stability=1.5)]}, "input.1.provider.stability must be a number from 0 to 1"),
        ({"options": []}, "options must be an object"),
        (
            {"options": {"sync_mode": "cutoff"}},
            "options.sync_mode must be one of the following values: bounce, loop, cut_off, silence, remap",
        ),
        ({"options": {"temperature": 2}}, "options.temperature must be a number from 0 to 1"),
        ({"options": {"occlusion_detection_enabled": "yes"}}, "options.occlusion_detection_enabled must be a boolean value"),
        ({"options": {"model_mode": "feet"}}, "options.model_mode must be one of the following values: lips, face, head"),
        (
            {"options": {"prompt": "very happy"}},
            "options.prompt must be one of the following values: happy, sad, angry, disgusted, surprised, neutral",
        ),
        (speaker(frame_number=-1, coordinates=[1, 1]), "options.active_speaker_detection.frame_number must be an integer not less than 0"),
        (speaker(frame_number=0, coordinates=[0.5, 0.5]), "options.active_speaker_detection.coordinates must be an array of two integers"),
        (
            speaker(bounding_boxes=[[1, 2, 3]]),
            "options.active_speaker_detection.bounding_boxes must be an array of [x1, y1, x2, y2] or null",
        ),
        ({"segments": [{}]}, "segments.0.startTime should not be empty"),
        ({"segments": [{**SEGMENT, "audioInput": {}}]}, "segments.0.audioInput.refId should not be empty"),
        ({"segments": [{**SEGMENT, "startTime": -1}]}, "segments.0.startTime must not be less than 0"),
        ({"outputFileName": "a b.mp4"}, "outputFileName must be 1 to 255 letters, digits, underscores and hyphens"),
        ({"outputFileName": "a" * 256}, "outputFileName must be 1 to 255 letters, digits, underscores and hyphens"),
        ({"webhookUrl": "mailto:me"}, "webhookUrl must be a URL address"),
        ({"projectId": "mine"}, "projectId must be a UUID"),
    ],
)
def test_fields(api: Api, change: dict[str, Any], problem: str) -> None:
    answer = api.create({"model": "lipsync-2", "input": [VIDEO, AUDIO], **change})
    assert answer.status_code == 400
    assert answer.json()["error"] == "Bad Request"
    assert problem in answer.json()["message"]


def test_all_problems_are_told_at_once(api: Api) -> None:
    assert len(api.create({"input": [{"type": "video"}], "options": {"temperature": 7}}).json()["message"]) == 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model": "lipsync-9"}, "generation_unsupported_model"),
        ({"input": [AUDIO]}, "generation_video_missing"),
        ({"input": [VIDEO]}, "generation_audio_missing"),
        ({"input": [VIDEO, VIDEO, AUDIO]}, "generation_input_too_many_visual"),
        ({"input": [VIDEO, IMAGE, AUDIO]}, "generation_input_too_many_visual"),
        ({"input": [VIDEO, AUDIO, TEXT]}, "generation_input_validation_failed"),
        ({"input": [IMAGE, AUDIO]}, "generation_unsupported_model"),
        ({"input": [IMAGE, AUDIO], "model": "sync-3", **speaker(auto_detect=True)}, "generation_input_face_selection_invalid"),
        (
            {"input": [IMAGE, AUDIO], "model": "sync-3", **speaker(frame_number=2, coordinates=[1, 1])},
            "generation_input_face_selection_invalid",
        ),
        (speaker(auto_detect=True, frame_number=0, coordinates=[1, 1]), "generation_input_face_selection_invalid"),
        (speaker(coordinates=[1, 1]), "generation_input_face_selection_invalid"),
        (speaker(frame_number=1), "generation_input_face_selection_invalid"),
        ({"segments": [SEGMENT]}, "generation_input_segments_invalid"),
        ({"input": [VIDEO, {**AUDIO, "refId": "b"}], "segments": [SEGMENT]}, "generation_input_segments_invalid"),
        ({"input": [VIDEO, {**AUDIO, "refId": "a"}, {**AUDIO, "refId": "a"}], "segments": [SEGMENT]}, "generation_input_validation_failed"),
        ({"input": [VIDEO, {**AUDIO, "refId": "a"}], "segments": [{**SEGMENT, "startTime": 2}]}, "generation_input_segments_invalid"),
        (
            {"input": [VIDEO, {**AUDIO, "refId": "a"}], "segments": [{**SEGMENT, "audioInput": {"refId": "a", "startTime": 1}}]},
            "generation_input_segments_invalid",
        ),
        ({"input": [VIDEO, {**AUDIO, "refId": "a"}], "segments": [SEGMENT, SEGMENT]}, "generation_input_segments_invalid"),
        ({"dubParams": {"providerName": "elevenlabs", "targetLang": "de"}}, "generation_input_dub_audio_conflict"),
        ({"projectId": "11111111-1111-4111-8111-111111111111"}, "project_not_found"),
    ],
)
def test_rules(api: Api, sandbox: SandboxProcess, change: dict[str, Any], code: str) -> None:
    bought = len(sandbox.ledger())
    answer = api.create({"model": "lipsync-2", "input": [VIDEO, AUDIO], **change})
    assert (answer.status_code, answer.json()["errorCode"]) == (422, code)
    assert isinstance(answer.json()["message"], str)
    assert len(sandbox.ledger()) == bought


def test_unknown_voice(api: Api, clip: Path) -> None:
    answer = api.create({"model": "lipsync-2", "input": [{"type": "video", "assetId": api.asset(clip)}, text(voiceId="nobody")]})
    assert (answer.status_code, answer.json()["errorCode"]) == (422, "voice_not_found")


def test_options_that_a_model_does_not_know_are_ignored(api: Api, body: dict[str, Any]) -> None:
    answer = api.create({**body, "model": "lipsync-2", "options": {"prompt": "happy", "fps": 60, "model_mode": "head"}, "extra": 1})
    assert answer.status_code == 201
    assert answer.json()["options"] == {"prompt": "happy", "fps": 60, "model_mode": "head"}


def test_unknown_fields_can_be_refused(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    with sandbox.with_settings(unknown_fields="refused"):
        assert api.create({**body, "extra": 1}).json()["message"] == ["property extra should not exist"]


def test_file_name_can_be_sanitized(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    with sandbox.with_settings(output_file_name="sanitized"):
        assert api.create({**body, "outputFileName": "a b.mp4"}).json()["outputFileName"] == "a_b_mp4"


def test_created(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    answer = api.create({**body, "outputFileName": "take-1", "options": {"sync_mode": "loop"}}, key="key-1")
    made = answer.json()
    assert answer.status_code == 201
    assert (made["status"], made["model"], made["outputFileName"], made["input"]) == ("PENDING", "lipsync-2", "take-1", body["input"])
    assert {made[name] for name in ("outputUrl", "outputDuration", "error", "errorCode", "segments", "webhookUrl")} == {None}
    purchase = sandbox.ledger()[-1]
    assert (purchase["id"], purchase["outputFileName"], purchase["idempotency_key"]) == (made["id"], "take-1", "key-1")
    assert purchase["body_text"] == answer.request.content.decode()
    assert purchase["cost_usd"] == pytest.approx(25 * 0.002)


@pytest.mark.parametrize("content", [b"{", b"[]", b"3"])
def test_no_json_object(api: Api, content: bytes) -> None:
    answer = api.http.post("/v2/generate", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_json_needs_its_content_type(api: Api, body: dict[str, Any]) -> None:
    assert api.http.post("/v2/generate", content=json.dumps(body)).status_code == 400


def _fields(**fields: Any) -> dict[str, Any]:
    return {"model": "lipsync-2", **fields}


@pytest.mark.parametrize("placeholders", [{}, {"input": json.dumps([{"type": "video"}, {"type": "audio", "url": "http://127.0.0.1:9/"}])}])
def test_form_with_files(api: Api, clip: Path, speech: Path, placeholders: dict[str, str]) -> None:
    options = json.dumps({"sync_mode": "loop"})
    files = {"video": clip.open("rb"), "audio": speech.open("rb")}
    answer = api.http.post("/v2/generate", data=_fields(options=options, outputFileName="form", **placeholders), files=files)
    assert answer.status_code == 201, answer.text
    assert answer.json()["options"] == {"sync_mode": "loop"}
    assets = [item["assetId"] for item in answer.json()["input"]]
    assert [api.http.get(f"/v2/assets/{asset}").json()["type"] for asset in assets] == ["VIDEO", "AUDIO"]
    assert api.finish(answer.json()["id"])["status"] == "COMPLETED"


@pytest.mark.parametrize("as_array", [True, False])
def test_form_input_as_array_or_repeated_objects(api: Api, clip: Path, speech: Path, as_array: bool) -> None:
    items = [{"type": "video", "assetId": api.asset(clip)}, {"type": "audio", "assetId": api.asset(speech)}]
    parts = [json.dumps(items)] if as_array else [json.dumps(item) for item in items]
    files = [("model", (None, "lipsync-2")), *(("input", (None, part)) for part in parts)]
    answer = api.http.post("/v2/generate", files=files)
    assert answer.status_code == 201, answer.text
    assert answer.json()["input"] == items


def test_form_image(api: Api, tmp_path: Path, speech: Path) -> None:
    files = {"image": make_image(tmp_path / "i.png").open("rb"), "audio": speech.open("rb")}
    answer = api.http.post("/v2/generate", data={"model": "sync-3"}, files=files)
    assert [item["type"] for item in answer.json()["input"]] == ["image", "audio"]


def test_form_over_the_limits(api: Api, sandbox: SandboxProcess, clip: Path, speech: Path) -> None:
    files = {"video": clip.read_bytes(), "audio": speech.read_bytes()}
    with sandbox.with_settings(multipart_file_bytes=20_000):
        answer = api.http.post("/v2/generate", data=_fields(), files=files)
        assert (answer.status_code, answer.json()["errorCode"]) == (413, "generation_input_validation_failed")
    with sandbox.with_settings(max_file_bytes=20_000):
        answer = api.http.post("/v2/generate", data=_fields(), files=files)
        assert (answer.status_code, answer.json()["errorCode"]) == (422, "file_size_exceeds_plan_limit")
    assert api.http.get("/v2/assets").json()["items"] == []


def test_form_options_must_be_json(api: Api, clip: Path, speech: Path) -> None:
    answer = api.http.post("/v2/generate", data=_fields(options="loop"), files={"video": clip.read_bytes(), "audio": speech.read_bytes()})
    assert (answer.status_code, answer.json()["message"]) == (400, ["options must be a JSON string"])


def test_project(api: Api, body: dict[str, Any]) -> None:
    project = api.http.post("/v2/projects", json={"name": "mine"}).json()
    made = api.create({**body, "projectId": project["id"]})
    assert made.json()["projectId"] == project["id"]
    listed = api.http.get("/v2/generations", params={"projectId": project["id"]}).json()
    assert [generation["id"] for generation in listed] == [made.json()["id"]]
    assert api.http.get("/v2/generations", params={"projectId": "11111111-1111-4111-8111-111111111111"}).json() == []


def test_old_paths_are_absent_until_set_otherwise(api: Api, sandbox: SandboxProcess, body: dict[str, Any]) -> None:
    old = [("GET", "/v2/generate"), ("POST", "/v2/generate/upload"), ("POST", "/v2/generate/batch")]
    for method, path in old:
        answer = api.http.request(method, path)
        assert (answer.status_code, answer.json()["message"]) == (404, f"Cannot {method} {path}")
    with sandbox.with_settings(missing_paths=["GET /v2/generations", "POST /v2/generations/estimate"]):
        assert api.http.get("/v2/generations").status_code == 404
        assert len(api.http.get("/v2/generate").json()) == 1
        assert api.http.post("/v2/generate/upload", json=body).status_code == 201
        assert api.http.post("/v2/generations/estimate", json={"model": "sync-3", "duration": 1}).status_code == 404
        assert api.http.post("/v2/generate/estimate-cost", json={"model": "sync-3", "duration": 1}).status_code == 200
    assert api.http.post("/v2/nothing").json() == {"statusCode": 404, "message": "Cannot POST /v2/nothing", "error": "Not Found"}
    assert api.http.put("/v2/models").status_code == 404
