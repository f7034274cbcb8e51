"""What the sandbox receives, held against JSON written by hand from sync-api.md, for each model and option."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch

from lipsync.catalogue import service_choice
from lipsync.keys import Key
from lipsync.media.prepared import Facts, Prepared
from lipsync.media.sources import Asset, Link, Photo, Script, Speech
from lipsync.request import Wish, lipsync_request
from lipsync.sample import CLIP, PICTURE, SPEECH
from lipsync.services import sync_wire
from lipsync.services.base import Created, MediaRef
from lipsync.services.origins import Origin
from lipsync.services.sync import SyncService
from lipsync.wires import Segment, Segments, Speaker
from tests.support.sandbox_process import SandboxProcess

SYNC = service_choice("Sync")
FACE = Speaker(frame_number=0, coordinates=(120, 90))
POINT = Speaker(frame_number=3, coordinates=(250, 260))
BOXES = Speaker(bounding_boxes=((180, 120, 330, 300), None, *[(181, 121, 331, 301)] * 98))
ANNA = Speech(source=Asset(id="SPEECH"), name="anna")
BEN = Speech(source=Asset(id="SPEECH"), name="ben")

# name of the row: (what the node asks for, the JSON without `input` of media and `outputFileName`)
OPTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "sync-3": ({"model": "sync-3"}, '{"model":"sync-3","options":{"sync_mode":"bounce"}}'),
    "sync-3 cut_off": ({"model": "sync-3", "options": {"sync_mode": "cut_off"}}, '{"model":"sync-3","options":{"sync_mode":"cut_off"}}'),
    "sync-3 loop": ({"model": "sync-3", "options": {"sync_mode": "loop"}}, '{"model":"sync-3","options":{"sync_mode":"loop"}}'),
    "sync-3 silence": ({"model": "sync-3", "options": {"sync_mode": "silence"}}, '{"model":"sync-3","options":{"sync_mode":"silence"}}'),
    "sync-3 remap": ({"model": "sync-3", "options": {"sync_mode": "remap"}}, '{"model":"sync-3","options":{"sync_mode":"remap"}}'),
    "sync-3 auto": (
        {"model": "sync-3", "speaker": Speaker(auto_detect=True)},
        '{"model":"sync-3","options":{"sync_mode":"bounce","active_speaker_detection":{"auto_detect":true}}}',
    ),
    "sync-3 point": (
        {"model": "sync-3", "speaker": POINT},
        '{"model":"sync-3","options":{"sync_mode":"bounce","active_speaker_detection":{"frame_number":3,"coordinates":[250,260]}}}',
    ),
    "sync-3 boxes": (
        {"model": "sync-3", "speaker": BOXES},
        '{"model":"sync-3","options":{"sync_mode":"bounce","active_speaker_detection":{"bounding_boxes":[[180,120,330,300],null'
        + ",[181,121,331,301]" * 98
        + "]}}}",
    ),
    "lipsync-2-pro": (
        {"model": "lipsync-2-pro"},
        '{"model":"lipsync-2-pro","options":{"sync_mode":"bounce","temperature":0.5,"occlusion_detection_enabled":false,'
        '"reasoning_enabled":false}}',
    ),
    "lipsync-2-pro all": (
        {
            "model": "lipsync-2-pro",
            "options": {"temperature": 1, "occlusion_detection_enabled": True, "reasoning_enabled": True},
            "speaker": POINT,
        },
        '{"model":"lipsync-2-pro","options":{"sync_mode":"bounce","temperature":1.0,"occlusion_detection_enabled":true,'
        '"reasoning_enabled":true,"active_speaker_detection":{"frame_number":3,"coordinates":[250,260]}}}',
    ),
    "lipsync-2": (
        {"model": "lipsync-2", "options": {"temperature": 0.25}},
        '{"model":"lipsync-2","options":{"sync_mode":"bounce","temperature":0.25,"occlusion_detection_enabled":false}}',
    ),
    "lipsync-2 occlusion": (
        {"model": "lipsync-2", "options": {"occlusion_detection_enabled": True}},
        '{"model":"lipsync-2","options":{"sync_mode":"bounce","temperature":0.5,"occlusion_detection_enabled":true}}',
    ),
    "lipsync-1.9.0-beta": ({"model": "lipsync-1.9.0-beta"}, '{"model":"lipsync-1.9.0-beta","options":{"sync_mode":"bounce"}}'),
    "react-1": ({"model": "react-1"}, '{"model":"react-1","options":{"sync_mode":"bounce","model_mode":"face"}}'),
    "react-1 all": (
        {"model": "react-1", "options": {"model_mode": "head", "prompt": "surprised"}},
        '{"model":"react-1","options":{"sync_mode":"bounce","model_mode":"head","prompt":"surprised"}}',
    ),
    "segments": (
        {
            "model": "lipsync-2",
            "segments": Segments(
                rows=(
                    Segment(start_s=0.0, end_s=1.5, speech="anna", speaker=POINT),
                    Segment(start_s=2.0, end_s=3.5, speech="ben", crop_start_s=0.5, crop_end_s=2.0),
                ),
                speeches=(ANNA, BEN),
            ),
        },
        '{"model":"lipsync-2","options":{"sync_mode":"bounce","temperature":0.5,"occlusion_detection_enabled":false},"segments":['
        '{"startTime":0.0,"endTime":1.5,"audioInput":{"refId":"anna"},'
        '"optionsOverride":{"active_speaker_detection":{"frame_number":3,"coordinates":[250,260]}}},'
        '{"startTime":2.0,"endTime":3.5,"audioInput":{"refId":"ben","startTime":0.5,"endTime":2.0}}]}',
    ),
}


class Account:
    """An account with the sample in it."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self.sandbox = sandbox
        self.service = SyncService(Origin(id=sandbox.sync_url, base_url=sandbox.sync_url, real=False), Key(os.environ["SYNC_API_KEY"]))

    async def fill(self) -> None:
        self.video, self.speech, self.picture = [
            await self.service.upload(prepared(path, kind, content_type), progress=lambda done, total: None)
            for path, kind, content_type in ((CLIP, "video", "video/mp4"), (SPEECH, "audio", "audio/wav"), (PICTURE, "image", "image/jpeg"))
        ]

    async def buy(self, *, refs: dict[str, MediaRef], visual: MediaRef, **wish: Any) -> dict[str, Any]:
        """Freeze and create; the body as the sandbox received it."""
        base: dict[str, Any] = {"node": "test", "service": "Sync", "video": Asset(id="VIDEO"), "speech": ANNA, "options": {}}
        request = lipsync_request(Wish(**{**base, **wish}))
        body = self.service.freeze(request, video=visual, speeches=refs, name="film-0123456789ab-1")
        outcome = await self.service.create(body, model=request.model.name, key=hashlib.sha256(body).hexdigest())
        assert isinstance(outcome, Created), outcome
        received = self.sandbox.ledger()[-1]["body"]
        return json.loads(received) if isinstance(received, str) else received


def prepared(path: Path, kind: Any, content_type: str) -> Prepared:
    content = path.read_bytes()
    return Prepared(
        kind=kind,
        path=path,
        content_type=content_type,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        facts=Facts(kind=kind),
        note="",
        temporary=False,
    )


@pytest.fixture
async def account(sandbox: SandboxProcess) -> Any:
    account = Account(sandbox)
    await account.fill()
    yield account
    await account.service.aclose()


async def test_each_model_and_option(account: Account) -> None:
    account.sandbox.settings(slots=1000)
    for name, (wish, expected) in OPTIONS.items():
        refs = {"anna": account.speech, "ben": account.speech}
        received = await account.buy(refs=refs, visual=account.video, **{"speech": None if "segments" in wish else ANNA, **wish})
        audios = (
            [{"type": "audio", "assetId": account.speech.asset_id, "refId": ref} for ref in ("anna", "ben")]
            if "segments" in wish
            else [{"type": "audio", "assetId": account.speech.asset_id}]
        )
        body = json.loads(expected)
        body["input"] = [{"type": "video", "assetId": account.video.asset_id}, *audios]
        body["outputFileName"] = "film-0123456789ab-1"
        assert received == body, name
        assert json.dumps(received, sort_keys=True) == json.dumps(body, sort_keys=True), f"{name}: a number changed its kind"


async def test_a_photo_is_sent_as_an_image(account: Account) -> None:
    speech = Speech(source=Asset(id="S"))
    wish = {"model": "sync-3", "video": Photo(image=torch.zeros(4, 4, 3)), "speech": speech}
    refs = {"": account.speech}
    received = await account.buy(refs=refs, visual=account.picture, options={"i2v_prompt": "smile"}, speaker=FACE, **wish)
    assert received["input"][0] == {"type": "image", "assetId": account.picture.asset_id}
    assert received["options"] == {"i2v_prompt": "smile", "active_speaker_detection": {"frame_number": 0, "coordinates": [120, 90]}}


async def test_links_are_passed_on(account: Account) -> None:
    video, speech = [await account.service.asset_url(str(ref.asset_id)) for ref in (account.video, account.speech)]
    refs = {"": MediaRef(url=speech)}
    wish = {"service": "Sync (sandbox)", "video": Link(url=video), "speech": Speech(source=Link(url=speech))}
    received = await account.buy(refs=refs, visual=MediaRef(url=video), model="sync-3", **wish)
    assert received["input"] == [{"type": "video", "url": video}, {"type": "audio", "url": speech}]


async def test_a_project_is_sent(account: Account) -> None:
    made = (await account.service._http.ask("POST", "/v2/projects", data={"name": "Film"})).json()
    received = await account.buy(refs={"anna": account.speech}, visual=account.video, model="sync-3", project_id=made["id"])
    assert received["projectId"] == made["id"]


async def test_headers(account: Account) -> None:
    await account.buy(refs={"anna": account.speech}, visual=account.video, model="sync-3")
    create = account.sandbox.requests("create")[-1]
    headers = {name.lower(): value for name, value in create["headers"]}
    assert headers["x-sync-source"] == "comfyui"
    assert headers["content-type"] == "application/json"
    assert len(headers["idempotency-key"]) == 64
    put = account.sandbox.requests("put")[-1]
    names = [name.lower() for name, _ in put["headers"]]
    assert "x-api-key" not in names
    assert "content-length" in names
    assert "transfer-encoding" not in names


async def test_a_script_is_sent_as_text(account: Account) -> None:
    voice = (await account.service._http.ask("GET", "/v2/voices")).json()[0]["id"]
    speech = Speech(source=Script(script="Hello there.", voice_id=voice, stability=0.25, similarity_boost=0.5))
    received = await account.buy(refs={}, visual=account.video, model="sync-3", speech=speech)
    assert received["input"][1] == {
        "type": "text",
        "provider": {"name": "elevenlabs", "voiceId": voice, "script": "Hello there.", "stability": 0.25, "similarityBoost": 0.5},
    }


@pytest.mark.parametrize(
    ("told", "usd"),
    [(1.5, 1.5), ("1.5", 1.5), (0, None), ("0", None), (None, None), (-1, None), (True, None), ("free", None)],
)
def test_a_price_of_nothing_is_no_price(told: object, usd: float | None) -> None:
    """An account that counts credits may say 0 dollars, and a spending limit that counted it would be none."""
    assert sync_wire.estimated_usd({"estimatedCredits": 50, "estimatedGenerationCost": told}) == usd
