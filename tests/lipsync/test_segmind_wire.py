"""What the sandbox receives as Segmind, held against JSON written by hand from segmind-api.md; and what cannot be said there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from lipsync.errors import InputRefused
from lipsync.keys import Key
from lipsync.media.prepared import Facts, Prepared
from lipsync.media.sources import Asset, AudioFile, Link, Photo, Samples, Script, Speech, VideoFile
from lipsync.request import Wish, lipsync_request
from lipsync.sample import CLIP, SPEECH
from lipsync.services.base import Created, MediaRef
from lipsync.services.origins import Origin
from lipsync.services.segmind import SegmindService
from lipsync.wires import Segment, Segments, Speaker
from tests.lipsync.studio import Studio, sentence_of
from tests.support.sandbox_process import SandboxProcess

VOICE = Speech(source=AudioFile(path=SPEECH))
AUTO = Speaker(auto_detect=True)
_PRO = "segmind/v2/sync.so-lipsync-2-pro"
_REACT = "segmind/v2/sync.so-react-1"
_PRO_BODY = '{"video_url":"V","audio_url":"A","sync_mode":"bounce","temperature":0.5,"occlusion_detection_enabled":false}'
_REACT_BODY = '{"video_url":"V","audio_url":"A"}'

# name of the row: (what the node asks for, the path, the body to the byte, where V and A stand for the addresses of the uploads)
SENT: dict[str, tuple[dict[str, Any], str, str]] = {
    "lipsync-2-pro": ({"model": "lipsync-2-pro"}, _PRO, _PRO_BODY),
    **{
        f"lipsync-2-pro {mode}": ({"model": "lipsync-2-pro", "options": {"sync_mode": mode}}, _PRO, _PRO_BODY.replace("bounce", mode))
        for mode in ("loop", "cut_off", "silence", "remap")
    },
    "lipsync-2-pro all": (
        {
            "model": "lipsync-2-pro",
            "options": {"sync_mode": "loop", "temperature": 1, "occlusion_detection_enabled": True},
            "speaker": AUTO,
        },
        _PRO,
        '{"video_url":"V","audio_url":"A","sync_mode":"loop","temperature":1.0,"occlusion_detection_enabled":true,'
        '"auto_active_speaker_detection":true}',
    ),
    "lipsync-2-pro for a named speaker": (
        {"model": "lipsync-2-pro", "speaker": Speaker(name="anna", auto_detect=True)},
        _PRO,
        _PRO_BODY.replace("}", ',"auto_active_speaker_detection":true}'),
    ),
    "react-1": ({"model": "react-1"}, _REACT, _REACT_BODY),
    "react-1 all": (
        {
            "model": "react-1",
            "options": {
                "sync_mode": "cut_off",
                "temperature": 0,
                "occlusion_detection_enabled": True,
                "model_mode": "head",
                "prompt": "surprised",
            },
            "speaker": AUTO,
        },
        _REACT,
        '{"video_url":"V","audio_url":"A","sync_mode":"cut_off","temperature":0.0,"occlusion_detection_enabled":true,'
        '"model_mode":"head","prompt":"surprised","auto_active_speaker_detection":true}',
    ),
    **{
        f"react-1 {name} {value}": (
            {"model": "react-1", "options": {name: value}},
            _REACT,
            _REACT_BODY.replace("}", f',"{name}":"{value}"}}'),
        )
        for name, values in (
            ("model_mode", ("lips", "face", "head")),
            ("prompt", ("happy", "sad", "angry", "disgusted", "surprised", "neutral")),
        )
        for value in values
    },
}


def wished(**changes: Any) -> Wish:
    base = {"node": "Lip Sync", "service": "Segmind", "model": "lipsync-2-pro", "video": VideoFile(path=CLIP), "speech": VOICE}
    return Wish(**{**base, "options": {}, **changes})


def prepared(path: Path, kind: Any, content_type: str) -> Prepared:
    size = path.stat().st_size
    return Prepared(
        kind=kind, path=path, content_type=content_type, size_bytes=size, sha256="", facts=Facts(kind=kind), note="", temporary=False
    )


class Account:
    def __init__(self, sandbox: SandboxProcess) -> None:
        url = sandbox.segmind_url
        self.service = SegmindService(Origin(id=url, base_url=url, real=False), Key(os.environ["SEGMIND_API_KEY"]))

    async def fill(self) -> None:
        self.video, self.speech = [
            await self.service.upload(prepared(path, kind, content_type), progress=lambda done, total: None)
            for path, kind, content_type in ((CLIP, "video", "video/mp4"), (SPEECH, "audio", "audio/wav"))
        ]


@pytest.fixture
async def account(sandbox: SandboxProcess) -> Any:
    account = Account(sandbox)
    await account.fill()
    yield account
    await account.service.aclose()


async def test_each_model_and_option(account: Account, sandbox: SandboxProcess) -> None:
    """To the byte: unset parameters are left out, and nothing is null (segmind-api.md 6, points 10 and 11)."""
    for name, (wish, path, expected) in SENT.items():
        request = lipsync_request(wished(**wish))
        body = account.service.freeze(request, video=account.video, speeches={"": account.speech}, name="film-1", webhook_url="https://a.b")
        outcome = await account.service.create(body, model=request.model.name, key="x")
        assert isinstance(outcome, Created), (name, outcome)
        received = sandbox.requests("segmind_submit")[-1]
        assert received["path"] == f"/{path}", name
        text = received["body_text"].replace(str(account.video.url), "V").replace(str(account.speech.url), "A")
        assert text == expected, name


async def test_what_only_a_whole_account_could_mean_is_not_sent_on(account: Account, sandbox: SandboxProcess) -> None:
    await account.service.create(b"{}", model="lipsync-2-pro", key="x")
    headers = {name.lower(): value for name, value in sandbox.requests("segmind_submit")[-1]["headers"]}
    assert headers["content-type"] == "application/json"
    assert headers["x-api-key"] == "(present)"
    assert not {"authorization", "x-initiator", "idempotency-key"} & set(headers)
    assert headers["user-agent"] == "sync-lipsync-nodes"


@pytest.mark.parametrize("size", [0, 1, 2, 3, 1 << 20, (1 << 20) + 1, 3_000_001])
async def test_an_upload_is_one_json_body_of_known_length(sandbox: SandboxProcess, tmp_path: Path, size: int) -> None:
    """Streamed, so never held whole; with its length, so never chunked; and whole on the other side."""
    account, file = Account(sandbox), tmp_path / "film.mp4"
    file.write_bytes(os.urandom(size))
    heard: list[tuple[int, int]] = []
    ref = await account.service.upload(prepared(file, "video", "video/mp4"), progress=lambda done, total: heard.append((done, total)))
    part = tmp_path / "back.mp4"
    await account.service.download(str(ref.url), part, progress=lambda done, total: None)
    await account.service.aclose()
    assert part.read_bytes() == file.read_bytes()
    note = sandbox.requests("segmind_upload")[-1]
    headers = {name.lower(): value for name, value in note["headers"]}
    assert int(headers["content-length"]) == len('{"data_urls": ["data:video/mp4;base64,"]}') + 4 * ((size + 2) // 3)
    assert "transfer-encoding" not in headers
    assert headers["accept"] == "application/json, text/plain, */*"
    assert [file["content_type"] for file in note["body"]["data_urls"]] == ["video/mp4"]
    assert heard == sorted(heard)
    assert heard[-1:] == ([(size, size)] if size else [])
    fetched = sandbox.requests("segmind_asset")[-1]
    assert not fetched["key"], "a film's address needs no key, so none is shown to it"


@pytest.mark.parametrize("answer", ["file_urls", "urls", "array", "url"])
async def test_every_form_of_the_upload_answer(sandbox: SandboxProcess, answer: str) -> None:
    sandbox.settings(segmind_upload_answer=answer)
    account = Account(sandbox)
    await account.fill()
    await account.service.aclose()
    assert str(account.speech.url).endswith(".wav")
    assert account.video.url != account.speech.url


@pytest.mark.parametrize("sound", ["file", "samples"])
async def test_sound_goes_up_as_mp3(studio: Studio, sound: str) -> None:
    """WAV and the rest are refused by Segmind's own SDK (segmind-api.md 3.2)."""
    samples = Samples(waveform=torch.sin(torch.arange(48000) / 20).reshape(1, -1), sample_rate=48000)
    source = AudioFile(path=studio.speech) if sound == "file" else samples
    done = await studio.lip_sync(studio.wish(service="Segmind", model="lipsync-2-pro", speech=Speech(source=source)))
    types = [note["body"]["data_urls"][0]["content_type"] for note in studio.sandbox.requests("segmind_upload")]
    assert types == ["video/mp4", "audio/mpeg"]
    assert any("MP3" in note for note in done.row.notes), done.row.notes


POINT = Speaker(frame_number=3, coordinates=(20, 20))
BOXES = Speaker(bounding_boxes=((1, 2, 30, 40), None))
ROWS = Segments(rows=(Segment(start_s=0.0, end_s=1.0, speech="anna"),), speeches=(Speech(source=AudioFile(path=SPEECH), name="anna"),))
ONLY_SYNC: dict[str, tuple[dict[str, Any], str]] = {
    "a point": ({"speaker": POINT}, "not at Segmind; choose service Sync, with sync-3, lipsync-2-pro, lipsync-2, lipsync-1.9.0-beta."),
    "boxes": ({"speaker": BOXES}, "choose service Sync, with sync-3, lipsync-2-pro, lipsync-2, lipsync-1.9.0-beta."),
    "segments": ({"speech": None, "segments": ROWS}, "choose service Sync, with sync-3"),
    "a script": ({"speech": Speech(source=Script(script="Hello.", voice_id="v"))}, "choose service Sync, with sync-3"),
    "a photo": ({"video": Photo(image=torch.zeros(64, 64, 3))}, "choose service Sync, with sync-3."),
    "reasoning": ({"options": {"reasoning_enabled": True}}, "choose service Sync, with lipsync-2-pro."),
    "a prompt for a photo": ({"options": {"i2v_prompt": "smile"}}, "choose service Sync"),
    "sync-3": ({"model": "sync-3"}, "lipsync-2-pro, react-1 (the models of Segmind); or choose service Sync."),
    "lipsync-2": ({"model": "lipsync-2"}, "or choose service Sync."),
    "lipsync-1.9.0-beta": ({"model": "lipsync-1.9.0-beta"}, "or choose service Sync."),
    "a video asset": ({"video": Asset(id="0000-1")}, "a file or a link: Segmind keeps no assets"),
    "a sound asset": ({"speech": Speech(source=Asset(id="0000-1"))}, "a file or a link: Segmind keeps no assets"),
    "an emotion of lipsync-2-pro": ({"options": {"prompt": "happy"}}, "only with react-1."),
    "a mode of lipsync-2-pro": ({"options": {"model_mode": "head"}}, "only with react-1."),
    "an unknown option": ({"options": {"seed": 7}}, "no such option exists"),
    "a bad mode": ({"options": {"sync_mode": "reverse"}}, "one of bounce, cut_off, loop, silence, remap."),
    "too hot": ({"options": {"temperature": 1.5}}, "a number from 0 to 1."),
}


@pytest.mark.parametrize(("changes", "words"), ONLY_SYNC.values(), ids=ONLY_SYNC.keys())
def test_what_cannot_be_said_is_refused_with_what_to_choose_instead(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputRefused) as refusal:
        lipsync_request(wished(**changes))
    assert words in sentence_of(refusal.value)


def test_the_sandbox_points_at_the_sandbox() -> None:
    with pytest.raises(InputRefused, match=r"not at Segmind \(sandbox\); choose service Sync \(sandbox\), with sync-3"):
        lipsync_request(wished(service="Segmind (sandbox)", speaker=POINT))


def test_links_are_passed_on(sandbox: SandboxProcess) -> None:
    video, speech = Link(url="https://example.com/a.mp4?sig=1"), Link(url="https://example.com/b.mp3")
    request = lipsync_request(wished(video=video, speech=Speech(source=speech), model="react-1"))
    service = Account(sandbox).service
    body = service.freeze(request, video=MediaRef(url=video.url), speeches={"": MediaRef(url=speech.url)}, name="n")
    assert body == b'{"video_url":"https://example.com/a.mp4?sig=1","audio_url":"https://example.com/b.mp3"}'
