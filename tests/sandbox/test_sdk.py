"""The vendor's own SDK, unchanged, against the sandbox: where it is content, so is the contract."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import datetime, timezone
from pathlib import Path

import pytest
from sync import AsyncSync, Sync
from sync.common import ActiveSpeaker, Audio, GenerationOptions, GenerationSegment, SegmentAudioInput, Tts, Video
from sync.common.types import ElevenLabs
from sync.core.api_error import ApiError

from tests.sandbox.conftest import TERMINAL, Api
from tests.support.sandbox_process import SandboxProcess

FINISHED = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def client(sandbox: SandboxProcess, api: Api) -> Sync:
    return Sync(base_url=sandbox.sync_url, api_key=api.key)


@pytest.fixture
def async_client(sandbox: SandboxProcess, api: Api) -> AsyncSync:
    return AsyncSync(base_url=sandbox.sync_url, api_key=api.key)


def _ended(client: Sync, id: str):
    while (generation := client.generations.get(id)).status not in TERMINAL:
        pass
    return generation


async def _seen(ask, statuses: tuple[str, ...]):
    """What `ask` answers once its status is among `statuses`."""
    while True:
        told = await ask()
        if told.status in statuses:
            return told
        await asyncio.sleep(0.05)


def _batch_file(body: dict, lines: int) -> bytes:
    rows = [{"request_id": f"r{n}", "endpoint": "/v2/generate", "payload": body} for n in range(lines)]
    return "\n".join(json.dumps(row) for row in rows).encode()


def test_create_wait_and_result(client: Sync, api: Api, clip: Path, speech: Path) -> None:
    made = client.generations.create(
        model="lipsync-2",
        input=[Video(asset_id=api.asset(clip)), Audio(url=api.put(speech))],
        options=GenerationOptions(sync_mode="loop", active_speaker_detection=ActiveSpeaker(frame_number=0, coordinates=[80, 40])),
        output_file_name="by-the-sdk",
    )
    assert made.status == "PENDING"
    assert made.options.sync_mode == "loop"
    done = _ended(client, made.id)
    assert done.status == "COMPLETED"
    assert done.output_duration == pytest.approx(1.0, abs=0.05)
    assert done.created_at.tzinfo is not None
    assert api.bare.get(done.output_url, follow_redirects=True).headers["content-type"] == "video/mp4"


def test_create_with_files(client: Sync, clip: Path, speech: Path) -> None:
    with clip.open("rb") as video, speech.open("rb") as audio:
        made = client.generations.create_with_files(model="lipsync-2", video=video, audio=audio)
    assert [item.asset_id is not None for item in made.input] == [True, True]
    assert _ended(client, made.id).status == "COMPLETED"


def test_text_and_segments(client: Sync, api: Api, clip: Path) -> None:
    voice = api.http.get("/v2/voices").json()[0]["id"]
    spoken = ElevenLabs(voice_id=voice, script="hello you")
    made = client.generations.create(
        model="lipsync-2",
        input=[Video(asset_id=api.asset(clip)), Tts(provider=spoken, ref_id="a")],
        segments=[GenerationSegment(start_time=0.2, end_time=0.6, audio_input=SegmentAudioInput(ref_id="a"))],
    )
    assert made.segments[0].audio_input.ref_id == "a"
    assert _ended(client, made.id).status == "COMPLETED"


def test_list(client: Sync, body: dict, api: Api) -> None:
    done = api.made(body)
    assert {generation.id for generation in client.generations.list()} == {done["id"], FINISHED}
    assert [g.id for g in client.generations.list(status=["COMPLETED", "FAILED"], ids=[done["id"]])] == [done["id"]]
    assert client.generations.list(status=["PENDING", "PROCESSING"]) == []


def test_estimate(client: Sync, api: Api, clip: Path, speech: Path) -> None:
    told = client.generations.estimate_cost(
        model="lipsync-2-pro", input=[Video(asset_id=api.asset(clip)), Audio(asset_id=api.asset(speech))]
    )
    assert told[0].estimated_frame_count == 25
    assert told[0].estimated_generation_cost == pytest.approx(25 * 0.00333)


def test_models(client: Sync) -> None:
    assert {model.name for model in client.models.list()} >= {"sync-3", "lipsync-2", "lipsync-2-pro", "react-1", "lipsync-1.9.0-beta"}
    assert {model.type for model in client.models.list()} == {"lipsync", "react"}


def test_assets(client: Sync, api: Api, clip: Path, speech: Path) -> None:
    video, audio = api.asset(clip), api.asset(speech)
    listed = client.assets.list(types=["VIDEO", "AUDIO"], limit=1, sort_by="dateAsc")
    assert [asset.id for asset in listed.items] == [video]
    assert listed.total_count == 2
    assert [asset.id for asset in client.assets.list(limit=1, sort_by="dateAsc", cursor=listed.next_cursor).items] == [audio]
    one = client.assets.get(video)
    assert (one.type, one.width, one.height, one.duration_seconds, one.input_type) == ("VIDEO", 160, 96, 1.0, "UPLOAD")


def test_batch(client: Sync, sandbox: SandboxProcess, body: dict) -> None:
    with sandbox.with_settings(plan="Scale"):
        assert client.batch.create(input=_batch_file(body, 20), dry_run=True).status == "VALIDATED"
        assert client.batch.list() == []
        made = client.batch.create(input=("lines.jsonl", _batch_file(body, 20)))
        assert made.metrics.total_generations == 20
        while (batch := client.batch.get(made.id)).status != "COMPLETED":
            assert batch.status in ("PENDING", "JOBS_CREATED", "PROCESSING")
        assert (batch.metrics.success_count, batch.metrics.pending_count) == (20, 0)
        assert [other.id for other in client.batch.list(status="COMPLETED")] == [made.id]
        assert client.batch.list(created_after=datetime(2100, 1, 1, tzinfo=timezone.utc)) == []


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda c: c.generations.get(str(uuid.uuid4())), 404),
        (lambda c: c.generations.get("no-uuid"), 400),
        (
            lambda c: c.generations.create(
                model="lipsync-9", input=[Video(url="http://127.0.0.1:9/v.mp4"), Audio(url="http://127.0.0.1:9/a.wav")]
            ),
            422,
        ),
        (lambda c: c.generations.create(model="lipsync-2", input=[]), 400),
        (lambda c: c.generations.list(status=["LOST"]), 400),
        (lambda c: c.generations.estimate_cost(model="lipsync-2", input=[]), 400),
        (lambda c: c.assets.get(str(uuid.uuid4())), 404),
        (lambda c: c.assets.list(limit=1000), 400),
        (lambda c: c.batch.get(str(uuid.uuid4())), 404),
        (lambda c: c.batch.create(input=b"{}"), 402),
    ],
)
def test_errors(client: Sync, ask, status: int) -> None:
    with pytest.raises(ApiError) as caught:
        ask(client)
    assert caught.value.status_code == status


@pytest.mark.parametrize(
    "ask", [lambda c: c.models.list(), lambda c: c.generations.list(), lambda c: c.assets.list(), lambda c: c.batch.list()]
)
def test_bad_key(sandbox: SandboxProcess, ask) -> None:
    with pytest.raises(ApiError) as caught:
        ask(Sync(base_url=sandbox.sync_url, api_key="bad-key"))
    assert (caught.value.status_code, caught.value.body.message) == (401, "Unauthorized")


async def test_async_round_trip(async_client: AsyncSync, sandbox: SandboxProcess, api: Api, clip: Path, speech: Path) -> None:
    inputs = [Video(asset_id=api.asset(clip)), Audio(asset_id=api.asset(speech))]
    made = await async_client.generations.create(model="sync-3", input=inputs)
    with clip.open("rb") as video, speech.open("rb") as audio:
        other = await async_client.generations.create_with_files(model="lipsync-2", video=video, audio=audio)
    for id in (made.id, other.id):
        assert (await _seen(lambda id=id: async_client.generations.get(id), TERMINAL)).status == "COMPLETED"
    assert len(await async_client.generations.list(ids=[made.id, other.id])) == 2
    assert (await async_client.generations.estimate_cost(model="sync-3", input=inputs))[0].estimated_frame_count == 25
    assert len(await async_client.models.list()) == 5
    assert (await async_client.assets.list()).total_count == 4
    assert (await async_client.assets.get(inputs[0].asset_id)).format == "mp4"
    assert await async_client.batch.list() == []


async def test_async_batch(async_client: AsyncSync, sandbox: SandboxProcess, body: dict) -> None:
    with sandbox.with_settings(plan="Scale"):
        made = await async_client.batch.create(input=_batch_file(body, 20))
        await _seen(lambda: async_client.batch.get(made.id), ("COMPLETED",))
        assert [other.id for other in await async_client.batch.list()] == [made.id]


async def test_async_errors(async_client: AsyncSync, sandbox: SandboxProcess) -> None:
    for ask, status in (
        (async_client.generations.get(str(uuid.uuid4())), 404),
        (async_client.generations.create(model="lipsync-2", input=[]), 400),
        (async_client.assets.get(str(uuid.uuid4())), 404),
        (async_client.batch.create(input=b"{}"), 402),
        (AsyncSync(base_url=sandbox.sync_url, api_key="bad").models.list(), 401),
    ):
        with pytest.raises(ApiError) as caught:
            await ask
        assert caught.value.status_code == status
