"""The films: as long as sync-api.md 3.3 says, with the speech in them, and a mouth that a person can check by eye."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.sandbox.clips import (
    brightness,
    loudness_of,
    luma_of,
    make_image,
    make_video,
    make_wav,
    redness_of,
    silence,
    sound_of,
    tone,
)
from tests.sandbox.conftest import Api
from tests.support.sandbox_process import SandboxProcess

FRAME_S = 1 / 25


@pytest.fixture(scope="module")
def words(media_dir: Path) -> Path:
    """2.4 seconds of words with pauses, louder and softer."""
    return make_wav(media_dir / "words.wav", tone(0.6), silence(0.4), tone(0.4, loudness=0.2), silence(0.6), tone(0.4))


def film_of(api: Api, tmp_path: Path, video: Path, speech: Path, **rest) -> tuple[dict, Path]:
    done = api.made(api.body(video, speech, **rest))
    assert done["status"] == "COMPLETED", done
    return done, api.film(done, tmp_path / "film.mp4")


def shown(film: Path) -> list[int]:
    """Which frame of make_video each frame of the film shows, read where nothing is drawn."""
    corner = luma_of(film)[:, 40:50, 130:150].mean(axis=(1, 2))
    return [round((value - brightness(0)) / 2) for value in corner]


def mouth_height(film: Path, x: int, y: int) -> np.ndarray:
    """How many rows the mouth covers in the column at x, for every frame: it is red with a white rim on a grey clip."""
    luma, red = luma_of(film).astype(int), redness_of(film).astype(int).repeat(2, axis=1).repeat(2, axis=2)
    rows = slice(max(0, y - 20), y + 20)
    return ((luma[:, rows, x] > 180) | (red[:, rows, x] > 140)).sum(axis=1)


@pytest.mark.parametrize(
    ("video_s", "mode", "expected_s"),
    [
        (1.0, "bounce", 2.4),
        (1.0, "loop", 2.4),
        (1.0, "remap", 2.4),
        (1.0, "silence", 2.4),
        (1.0, "cut_off", 1.0),
        (4.0, "bounce", 2.4),
        (4.0, "loop", 2.4),
        (4.0, "remap", 2.4),
        (4.0, "silence", 4.0),
        (4.0, "cut_off", 2.4),
    ],
)
def test_length(api: Api, tmp_path: Path, words: Path, video_s: float, mode: str, expected_s: float) -> None:
    video = make_video(tmp_path / "v.mp4", seconds=video_s)
    done, film = film_of(api, tmp_path, video, words, options={"sync_mode": mode})
    assert done["outputDuration"] == pytest.approx(expected_s, abs=FRAME_S)
    with av.open(str(film)) as media:
        picture, sound = media.streams.video[0], media.streams.audio[0]
        assert picture.frames == round(expected_s * 25)
        assert float(picture.duration * picture.time_base) == pytest.approx(expected_s, abs=FRAME_S)
        assert float(sound.duration * sound.time_base) == pytest.approx(expected_s, abs=FRAME_S)


def test_default_mode_is_bounce(api: Api, tmp_path: Path, clip: Path, words: Path) -> None:
    _, film = film_of(api, tmp_path, clip, words)
    assert shown(film)[23:28] == [23, 24, 23, 22, 21]


def test_order_of_frames(api: Api, tmp_path: Path, clip: Path, words: Path) -> None:
    orders = {}
    for mode in ("bounce", "loop", "remap", "silence"):
        _, film = film_of(api, tmp_path, clip, words, options={"sync_mode": mode})
        orders[mode] = shown(film)
    there, back = list(range(25)), list(range(23, 0, -1))
    assert orders["bounce"] == [*there, *back, *there][:60]
    assert orders["loop"] == [*there, *there, *there][:60]
    assert orders["remap"] == [k * 25 // 60 for k in range(60)]
    assert orders["silence"] == [*there, *([24] * 35)]


def test_speech_is_heard_as_it_was(api: Api, tmp_path: Path, clip: Path, words: Path) -> None:
    _, film = film_of(api, tmp_path, clip, words, options={"sync_mode": "loop"})
    spoken, heard = loudness_of(sound_of(words)), loudness_of(sound_of(film))
    assert len(heard) == pytest.approx(len(spoken), abs=1)
    for said, heard_there in zip(spoken[1:-1], heard[1:-1], strict=False):
        assert heard_there == pytest.approx(said, abs=0.03)


def test_cut_speech_and_silence_after_it(api: Api, tmp_path: Path, clip: Path, words: Path) -> None:
    _, cut = film_of(api, tmp_path, clip, words, options={"sync_mode": "cut_off"})
    assert len(sound_of(cut)) / 48000 == pytest.approx(1.0, abs=FRAME_S)
    long = make_video(tmp_path / "long.mp4", seconds=4.0)
    _, padded = film_of(api, tmp_path, long, words, options={"sync_mode": "silence"})
    assert loudness_of(sound_of(padded))[62:].max() < 0.01


def test_mouth_opens_with_loudness(api: Api, tmp_path: Path, clip: Path, words: Path) -> None:
    _, film = film_of(api, tmp_path, clip, words, options={"sync_mode": "silence"})
    heights = mouth_height(film, 80, 80)
    loud, pause, soft = heights[2:13], heights[17:23], heights[27:33]
    assert loud.min() > soft.max() > pause.max() > 0
    assert np.corrcoef(heights[:58], loudness_of(sound_of(words))[:58])[0, 1] > 0.95


def test_mouth_is_at_the_point(api: Api, tmp_path: Path, clip: Path, speech: Path) -> None:
    selection = {"frame_number": 0, "coordinates": [120, 60]}
    _, film = film_of(api, tmp_path, clip, speech, options={"active_speaker_detection": selection})
    assert mouth_height(film, 120, 60)[5] > 8
    assert mouth_height(film, 80, 80)[5] == 0


def test_mouth_follows_the_boxes(api: Api, tmp_path: Path, clip: Path, speech: Path) -> None:
    boxes = [[10, 30, 50, 70]] * 10 + [[90, 30, 130, 70]] * 14 + [None]
    _, film = film_of(api, tmp_path, clip, speech, options={"active_speaker_detection": {"bounding_boxes": boxes}})
    left, right = mouth_height(film, 30, 60), mouth_height(film, 110, 60)
    assert (left[5], right[5]) == (pytest.approx(14, abs=8), 0)
    assert left[20] == 0
    assert right[20] > 8
    assert left[24] == right[24] == 0


def test_react_1_takes_no_speaker(api: Api, tmp_path: Path, clip: Path, speech: Path) -> None:
    selection = {"frame_number": 0, "coordinates": [30, 60]}
    _, film = film_of(api, tmp_path, clip, speech, model="react-1", options={"active_speaker_detection": selection})
    assert mouth_height(film, 80, 80)[5] > 8


def test_sandbox_mark(api: Api, tmp_path: Path, clip: Path, speech: Path) -> None:
    _, film = film_of(api, tmp_path, clip, speech)
    corner = luma_of(film)[12, 4:16, 4:60].astype(int)
    assert corner.max() > 180
    assert corner.min() < 45


def test_stream_facts(api: Api, tmp_path: Path, speech: Path) -> None:
    video = make_video(tmp_path / "v.mp4", rate=Fraction(30000, 1001), size=(200, 112))
    done, film = film_of(api, tmp_path, video, speech, outputFileName="named")
    assert done["outputUrl"].startswith(str(api.http.base_url))
    with av.open(str(film)) as media:
        codec = media.streams.video[0].codec_context
        assert (codec.name, codec.pix_fmt, codec.width, codec.height) == ("h264", "yuv420p", 200, 112)
        assert (codec.colorspace, codec.color_primaries, codec.color_trc, codec.color_range) == (1, 1, 1, 1)
        assert media.streams.video[0].average_rate == Fraction(30000, 1001)
        assert media.streams.audio[0].codec_context.name == "aac"
    content = film.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_image(api: Api, tmp_path: Path, speech: Path) -> None:
    for name in ("photo.png", "photo.jpg"):
        image = make_image(tmp_path / name)
        selection = {"frame_number": 0, "coordinates": [30, 60]}
        done, film = film_of(
            api, tmp_path, image, speech, model="sync-3", options={"active_speaker_detection": selection, "sync_mode": "cut_off"}
        )
        assert done["outputDuration"] == pytest.approx(1.0, abs=FRAME_S)
        assert luma_of(film).shape == (25, 96, 160)
        assert mouth_height(film, 30, 60)[5] > 8


def test_odd_sizes_lose_a_line(api: Api, tmp_path: Path, speech: Path) -> None:
    _, film = film_of(api, tmp_path, make_image(tmp_path / "i.png", size=(161, 97)), speech, model="sync-3")
    assert luma_of(film).shape == (25, 96, 160)


def test_webm(api: Api, tmp_path: Path, speech: Path) -> None:
    _, film = film_of(api, tmp_path, make_video(tmp_path / "v.webm"), speech)
    assert luma_of(film).shape == (25, 96, 160)


def test_segments(api: Api, tmp_path: Path) -> None:
    video = make_video(tmp_path / "v.mp4", seconds=2.0, sound=True)
    first, second = make_wav(tmp_path / "a.wav", tone(1.0, 440)), make_wav(tmp_path / "b.wav", tone(1.0, 880))
    items = [
        {"type": "video", "assetId": api.asset(video)},
        {"type": "audio", "assetId": api.asset(first), "refId": "a"},
        {"type": "audio", "assetId": api.asset(second), "refId": "b"},
    ]
    right = {"active_speaker_detection": {"frame_number": 0, "coordinates": [130, 60]}}
    segments = [
        {"startTime": 0.4, "endTime": 0.8, "audioInput": {"refId": "a"}},
        {"startTime": 1.2, "endTime": 1.8, "audioInput": {"refId": "b", "startTime": 0.2, "endTime": 0.6}, "optionsOverride": right},
    ]
    done = api.made({"model": "lipsync-2", "input": items, "segments": segments})
    assert done["outputDuration"] == pytest.approx(2.0, abs=FRAME_S)
    film = api.film(done, tmp_path / "film.mp4")
    sound = sound_of(film)
    pitches = [_pitch(sound, at) for at in (0.2, 0.6, 1.0, 1.4, 1.9)]
    assert pitches == [pytest.approx(pitch, abs=15) for pitch in (200, 440, 200, 880, 200)]
    centre, side = mouth_height(film, 80, 80), mouth_height(film, 130, 60)
    assert (centre[14] > 8, side[14]) == (True, 0)
    assert (centre[35], side[35] > 8) == (0, True)
    assert centre[25] == side[25] == 0


def _pitch(sound: np.ndarray, at_s: float) -> float:
    window = sound[round(at_s * 48000) - 2400 : round(at_s * 48000) + 2400]
    return float(np.abs(np.fft.rfft(window * np.hanning(len(window)))).argmax() * 10)


def test_text_lasts_as_long_as_its_script(api: Api, tmp_path: Path, clip: Path) -> None:
    script = "Good morning to you all"
    voice = api.http.get("/v2/voices").json()[0]["id"]
    provider = {"name": "elevenlabs", "voiceId": voice, "script": script}
    done = api.made(
        {"model": "lipsync-2", "input": [{"type": "video", "assetId": api.asset(clip)}, {"type": "text", "provider": provider}]}
    )
    assert done["outputDuration"] == pytest.approx(len(script) / 15, abs=FRAME_S)
    spoken = api.bare.get(done["synthesizedAudioUrl"])
    assert spoken.headers["content-type"] == "audio/wav"
    quiet = loudness_of(sound_of(api.film(done, tmp_path / "film.mp4")), 1 / 15) < 0.1
    assert [bool(q) for q in quiet[: len(script)]] == [letter == " " for letter in script]


def test_watermark_goes_with_the_plan(api: Api, sandbox: SandboxProcess, tmp_path: Path, clip: Path, speech: Path) -> None:
    with sandbox.with_settings(plan="Hobbyist"):
        done = api.made(api.body(clip, speech))
        marked = luma_of(api.film(done, tmp_path / "marked.mp4"))
        link = api.http.get(f"/v2/generations/{done['id']}/download").text
        assert api.bare.get(link).content == (tmp_path / "marked.mp4").read_bytes()
    (tmp_path / "clean.mp4").write_bytes(api.bare.get(api.http.get(f"/v2/generations/{done['id']}/download").text).content)
    clean = luma_of(tmp_path / "clean.mp4")
    assert marked[5, 35:55].astype(int).max() > clean[5, 35:55].astype(int).max() + 50
    assert api.bare.get(done["outputUrl"], follow_redirects=True).content == (tmp_path / "marked.mp4").read_bytes()
