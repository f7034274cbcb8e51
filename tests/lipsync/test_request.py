"""Every option with every model, as sync-api.md 3.2 has it: honoured, told and left out, or refused before anything is sent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from lipsync.catalogue import CHOICES, MODELS, OPTIONS, SERVICES, Support, model_named, models_of, output_duration_s
from lipsync.errors import InputRefused, LinkNotPublic
from lipsync.media.sources import Asset, AudioFile, Link, Photo, Script, Speech, VideoFile
from lipsync.request import LipsyncRequest, Wish, file_name_of, lipsync_request
from lipsync.wires import Segment, Segments, Speaker
from tests.lipsync.studio import sentence_of

SYNC_MODELS = [model.name for model in models_of("sync")]
CHANGED: dict[str, object] = {
    "sync_mode": "loop",
    "temperature": 0.75,
    "occlusion_detection_enabled": True,
    "reasoning_enabled": True,
    "model_mode": "head",
    "prompt": "happy",
    "i2v_prompt": "smile",
}
SPEAKERS = {
    "auto_detect": Speaker(auto_detect=True),
    "coordinates": Speaker(frame_number=0, coordinates=(10, 10)),
    "bounding_boxes": Speaker(bounding_boxes=((1, 2, 30, 40),)),
}
# Written off sync-api.md 3.2 by hand: S honoured, I ignored, R rejected, U not documented. Photos only with sync-3.
TABLE = """
                             lipsync-1.9.0-beta lipsync-2 lipsync-2-pro react-1 sync-3 photo
sync_mode                    S                  S         S             S       S      I
temperature                  I                  S         S             I       I      I
occlusion_detection_enabled  I                  S         S             I       I      I
reasoning_enabled            I                  I         S             I       I      I
model_mode                   I                  I         I             S       I      I
prompt                       I                  I         I             S       I      I
i2v_prompt                   I                  I         I             I       I      S
auto_detect                  S                  S         S             I       S      R
coordinates                  S                  S         S             I       S      S
bounding_boxes               U                  S         S             I       S      U
segments                     U                  S         S             U       U      R
"""
_HEAD, *_LINES = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [(line[0], column, told) for line in _LINES for column, told in zip(_HEAD, line[1:], strict=True)]
ANNA = Speech(source=AudioFile(path=Path("voice.wav")), name="anna")
ROWS = Segments(rows=(Segment(start_s=0.0, end_s=1.0, speech="anna"),), speeches=(ANNA,))


def request(**changes: Any) -> LipsyncRequest:
    wish: dict[str, Any] = {
        "node": "Lip Sync",
        "service": "Sync",
        "model": "sync-3",
        "video": VideoFile(path=Path("clip.mp4")),
        "speech": ANNA,
        "options": {},
    }
    return lipsync_request(Wish(**{**wish, **changes}))


def asked(feature: str, column: str) -> LipsyncRequest:
    base: dict[str, Any] = {"model": "sync-3", "video": Photo(image=torch.zeros(64, 64, 3))} if column == "photo" else {"model": column}
    if feature == "segments":
        return request(**base, speech=None, segments=ROWS)
    if feature in SPEAKERS:
        return request(**base, speaker=SPEAKERS[feature])
    return request(**base, options={feature: CHANGED[feature]})


def sent(feature: str, made: LipsyncRequest) -> bool:
    if feature == "segments":
        return bool(made.segments)
    return made.speaker is not None if feature in SPEAKERS else feature in made.options


@pytest.mark.parametrize(("feature", "column", "told"), CELLS, ids=lambda value: str(value))
def test_every_option_with_every_model(feature: str, column: str, told: str) -> None:
    if told == "R":
        with pytest.raises(InputRefused) as refusal:
            asked(feature, column)
        assert "Lip Sync: '" in sentence_of(refusal.value)
        return
    made = asked(feature, column)
    notices = " ".join(made.notices)
    assert sent(feature, made) is (told != "I")
    if told == "I":
        assert "takes no notice" in notices, "what is left out is told"
    elif told == "U":
        assert "not documented" in notices
    else:
        assert notices == ""


def test_the_table_has_every_option_model_and_support() -> None:
    assert set(_HEAD) == {*SYNC_MODELS, "photo"}
    assert {line[0] for line in _LINES} == {*OPTIONS, *SPEAKERS, "segments"}
    known = {Support.HONOURED: "S", Support.IGNORED: "I", Support.REJECTED: "R", Support.UNSURE: "U"}
    for feature, column, told in CELLS:
        model = model_named("sync", "sync-3" if column == "photo" else column)
        assert model is not None
        assert known[model.support(feature, image=column == "photo")] == told, (feature, column)


@pytest.mark.parametrize("model", SYNC_MODELS)
def test_defaults_are_never_a_problem(model: str) -> None:
    defaults = {name: option.default for name, option in OPTIONS.items()}
    assert request(model=model, options=defaults).notices == ()
    assert request(model=model, options={name: "" for name in OPTIONS if OPTIONS[name].default is None}).notices == ()


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "service": ({"service": "Snyc"}, "service", "Sync, Segmind, Sync (sandbox), Segmind (sandbox)"),
    "model of an old graph": ({"model": "lipsync-1.7"}, "model", "lipsync-2"),
    "no model": ({"model": ""}, "model", "sync-3"),
    "no video": ({"video": None}, "video", "a VIDEO"),
    "no speech": ({"speech": None}, "audio", "nothing to speak"),
    "photo with another model": ({"model": "lipsync-2", "video": Photo(image=torch.zeros(8, 8, 3))}, "model", "only with sync-3"),
    "unknown option": ({"options": {"wobble": 1}}, "wobble", "no such option"),
    "sync_mode": ({"options": {"sync_mode": "boomerang"}}, "sync_mode", "bounce, cut_off, loop, silence, remap"),
    "temperature": ({"model": "lipsync-2", "options": {"temperature": 1.5}}, "temperature", "from 0 to 1"),
    "temperature, not a number": ({"model": "lipsync-2", "options": {"temperature": "hot"}}, "temperature", "from 0 to 1"),
    "temperature, no number at all": ({"model": "lipsync-2", "options": {"temperature": float("nan")}}, "temperature", "from 0 to 1"),
    "temperature, a flag": ({"model": "lipsync-2", "options": {"temperature": True}}, "temperature", "from 0 to 1"),
    "flag": ({"model": "lipsync-2", "options": {"occlusion_detection_enabled": 1}}, "occlusion_detection_enabled", "true or false"),
    "prompt": ({"model": "react-1", "options": {"prompt": "jolly"}}, "prompt", "surprised"),
    "model_mode": ({"model": "react-1", "options": {"model_mode": "feet"}}, "model_mode", "lips, face, head"),
    "empty script": ({"speech": Speech(source=Script(script="  ", voice_id="v"))}, "script", "1 to 5000"),
    "long script": ({"speech": Speech(source=Script(script="x" * 5001, voice_id="v"))}, "script", "several segments"),
    "take": ({"take": -1}, "take", "0 or more"),
    "project": ({"project_id": "my film"}, "project_id", "8-4-4-4-12"),
    "limit": ({"max_cost_usd": -0.5}, "max_cost_usd", "US dollars"),
    "limit without end": ({"max_cost_usd": float("inf")}, "max_cost_usd", "US dollars"),
    "limit, no number": ({"max_cost_usd": float("nan")}, "max_cost_usd", "US dollars"),
    "a frame of a photo": (
        {"video": Photo(image=torch.zeros(8, 8, 3)), "speaker": Speaker(frame_number=3, coordinates=(1, 1))},
        "speaker",
        "frame 0",
    ),
}


@pytest.mark.parametrize(("changes", "input", "allowed"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_refused_in_a_sentence(changes: dict[str, Any], input: str, allowed: str) -> None:
    with pytest.raises(InputRefused) as refusal:
        request(**changes)
    sentence = sentence_of(refusal.value)
    assert sentence.startswith(f"Lip Sync: '{input}' is ")
    assert allowed in sentence
    assert refusal.value.input == input


BAD_ROWS: dict[str, tuple[tuple[Segment, ...], tuple[Speech, ...], str]] = {
    "unknown name": ((Segment(start_s=0, end_s=1, speech="ben"),), (ANNA,), "anna"),
    "a name twice": ((), (ANNA, ANNA), "no name twice"),
    "no name": ((), (Speech(source=ANNA.source),), "a name each"),
    "end before start": ((Segment(start_s=2, end_s=1, speech="anna"),), (ANNA,), "not before"),
    "before the beginning": ((Segment(start_s=-1, end_s=1, speech="anna"),), (ANNA,), "from 0 s on"),
    "no number": ((Segment(start_s=float("nan"), end_s=1, speech="anna"),), (ANNA,), "from 0 s on"),
    "half a crop": ((Segment(start_s=0, end_s=1, speech="anna", crop_start_s=1),), (ANNA,), "both ends"),
    "no speech": ((), (), "nothing to speak"),
}


@pytest.mark.parametrize(("rows", "speeches", "allowed"), BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_bad_rows_are_refused_in_a_sentence(rows: Any, speeches: Any, allowed: str) -> None:
    with pytest.raises(InputRefused, match=re.escape(allowed)) as refusal:
        request(speech=None, segments=Segments(rows=rows, speeches=speeches))
    sentence_of(refusal.value)


def test_a_speech_beside_segments_is_told_to_be_left_out() -> None:
    made = request(model="lipsync-2", segments=ROWS)
    assert made.speeches == (ANNA,)
    assert "'audio' is not used" in made.notices[0]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/a.mp4", "http://10.0.0.7/a.mp4", "file:///a.mp4", "https://user:pass@host.example/a.mp4"]
)
@pytest.mark.parametrize("slot", ["video", "speech"])
def test_a_link_that_no_service_can_fetch_is_refused(url: str, slot: str) -> None:
    source = Link(url=url)
    with pytest.raises(LinkNotPublic) as refusal:
        request(**{slot: source if slot == "video" else Speech(source=source)})
    assert "user:pass" not in sentence_of(refusal.value)


def test_the_sandbox_may_fetch_from_this_machine() -> None:
    assert request(service="Sync (sandbox)", video=Link(url="http://127.0.0.1:8000/a.mp4")).video == Link(url="http://127.0.0.1:8000/a.mp4")


def test_a_photo_lasts_as_long_as_its_speech() -> None:
    made = request(video=Photo(image=torch.zeros(8, 8, 3)))
    assert made.is_photo
    assert made.sync_mode == "bounce"
    assert "sync_mode" not in made.options
    assert request(video=Asset(id="a")).sync_mode == "bounce"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "lipsync"),
        ("scene 7", "scene-7"),
        ("../../x", "x"),
        ("Ünïcode ☃", "n-code"),
        ("a" * 300, "a" * 120),
        ("___", "lipsync"),
        ("a.b", "a-b"),
    ],
)
def test_file_names_are_those_that_every_service_takes(text: str, name: str) -> None:
    assert file_name_of(text) == name


def test_the_length_of_the_film() -> None:
    lengths = {
        mode: output_duration_s(sync_mode=mode, video_s=4.0, speech_s=6.0) for mode in ("bounce", "cut_off", "loop", "silence", "remap")
    }
    assert lengths == {"bounce": 6.0, "cut_off": 4.0, "loop": 6.0, "silence": 6.0, "remap": 6.0}
    assert output_duration_s(sync_mode="silence", video_s=9.0, speech_s=6.0) == 9.0


def test_the_catalogue_is_complete() -> None:
    assert models_of("sync")[0].name == "sync-3"
    assert {model.service for model in MODELS} == set(SERVICES)
    for model in MODELS:
        assert set(model.honours) == set(model.honours_for_image) == {*OPTIONS, *SPEAKERS, "image", "segments", "text"}
        assert model.advice.endswith(".")
        assert model.price is not None or model.service == "segmind"
    assert all(option.source for option in OPTIONS.values())
    assert [choice.label for choice in CHOICES] == ["Sync", "Segmind", "Sync (sandbox)", "Segmind (sandbox)"]


def test_a_project_is_told_to_be_left_out_where_there_are_none() -> None:
    made = request(service="Segmind", model="lipsync-2-pro", project_id="my film")
    assert made.project_id == ""
    assert made.notices == ("project_id is not sent: Segmind has no projects.",)
