"""Every model of both services: which fit, what they cost by the price list, and how it reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from lipsync.catalogue import plan_named
from lipsync.errors import InputRefused, NotReadable
from lipsync.media.sources import AudioFile, Photo, Script, Speech, VideoFile
from lipsync.preflight import Estimate, offers_for, report, summary
from lipsync.request import Wish
from lipsync.wires import Segment, Segments, Speaker

Make = Callable[..., Estimate]
OF_SYNC = ["sync-3", "lipsync-2-pro", "lipsync-2", "lipsync-1.9.0-beta", "react-1"]
OF_SEGMIND = ["lipsync-2-pro", "react-1"]


@pytest.fixture
def estimated(clip: Path, speech: Callable[..., Path]) -> Make:
    def make(*, plan: str = "", speech_s: float | None = 3.0, sync_mode: str = "bounce", **wish: Any) -> Estimate:
        usual: dict[str, Any] = {
            "node": "Estimate",
            "service": "Sync",
            "model": "sync-3",
            "video": VideoFile(path=clip),
            "speech": None if speech_s is None else Speech(source=AudioFile(path=speech((speech_s, 0.5)))),
            "options": {"sync_mode": sync_mode},
        }
        return offers_for(Wish(**{**usual, **wish}), plan_named(plan))

    return make


def prices(estimate: Estimate) -> dict[tuple[str, str], float | None]:
    return {
        (offer.choice.label, offer.model.name): None if offer.quote.usd is None else round(offer.quote.usd, 4)
        for offer in estimate.offers
        if offer.flight is not None
    }


def test_all_models_of_both_services_the_chosen_service_first(estimated: Make) -> None:
    assert list(prices(estimated())) == [*[("Sync", name) for name in OF_SYNC], *[("Segmind", name) for name in OF_SEGMIND]]
    boxed = estimated(service="Segmind (sandbox)", model="lipsync-2-pro")
    assert list(prices(boxed))[:3] == [*[("Segmind (sandbox)", name) for name in OF_SEGMIND], ("Sync (sandbox)", "sync-3")]


def test_the_price_list_is_by_the_frame_at_sync_and_by_the_second_of_video_at_segmind(estimated: Make) -> None:
    known = prices(estimated())
    assert known["Sync", "sync-3"] == pytest.approx(75 * 0.00534, abs=1e-4)
    assert known["Sync", "lipsync-1.9.0-beta"] == pytest.approx(0.075)
    assert known["Segmind", "lipsync-2-pro"] == pytest.approx(3 * 0.084)
    assert known["Segmind", "react-1"] is None


@pytest.mark.parametrize(("plan", "share"), [("", 1.0), ("Creator", 1.0), ("growth", 0.95), ("Scale", 0.8), ("Enterprise", 1.0)])
def test_a_plan_takes_its_discount_off_the_price_list_of_sync_alone(estimated: Make, plan: str, share: float) -> None:
    base, found = prices(estimated()), estimated(plan=plan)
    for place, usd in prices(found).items():
        expected = base[place]
        assert usd == (None if expected is None else pytest.approx(expected * (share if place[0] == "Sync" else 1), abs=1e-4))
    assert found.chosen.quote.source == ("price list" if share == 1 else f"price list less {1 - share:.0%} of plan {plan.capitalize()}")


def test_what_does_not_fit_is_listed_with_the_reason(estimated: Make) -> None:
    found = estimated(video=Photo(image=torch.rand(480, 640, 3)), speech_s=16.0)
    assert list(prices(found)) == [("Sync", "sync-3")]
    told = report(found)
    assert "Not lipsync-2, Sync: a photo (one image) only with sync-3; lipsync-2 needs a video." in told
    assert "Not react-1, Segmind: a video; a photo (one image) not at Segmind; choose service Sync, with sync-3." in told
    spoken = estimated(speaker=Speaker(frame_number=0, coordinates=(10, 10)), speech_s=16.0)
    assert list(prices(spoken)) == [("Sync", name) for name in OF_SYNC[:4]]
    astray = estimated(speaker=Speaker(frame_number=0, coordinates=(900, 10)))
    assert "Not lipsync-2, Sync: 'speaker' is 'the point 900, 10'. Allowed: a point inside the picture of 640x480 pixels." in report(astray)
    assert "Not react-1, Sync: The film is 16.0 s long, and react-1 takes at most 15 s. Trim it, or choose another model." in report(spoken)


def test_what_the_plan_forbids_is_said_of_every_model(estimated: Make) -> None:
    told = report(estimated(model="lipsync-2", plan="Free", speech_s=16.0))
    assert "Beware: The film would be" not in told
    assert "Not with your plan: sync-3, Sync." in told
    assert told.count("Not with your plan") == 1
    assert "Plan Free: 1 job at once, films of 20 s at most (15 s with sync-3). Three films a month, at most one of them with" in told


def test_how_long_a_text_takes_is_a_guess_that_keeps_nothing_back(estimated: Make) -> None:
    text = Speech(source=Script(script="word " * 40, voice_id="v"))
    told = report(estimated(speech=text, model="react-1"))
    assert (
        "Beware: The film may come out 17 s long, which is a guess from the text, and react-1 takes at most 15 s. Shorten the text" in told
    )
    assert "That it takes 17 s to speak is a guess, and so are length and price." in told
    assert "Not lipsync-2-pro, Segmind: 'audio' is 'a text'. Allowed: not at Segmind; choose service Sync, with" in told


def test_what_the_price_list_leaves_out_is_said(estimated: Make) -> None:
    found = estimated(model="lipsync-2-pro", options={"reasoning_enabled": True})
    assert found.chosen.quote.source == "price list, without what reasoning_enabled adds"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"start_s": 0, "end_s": 2.3}], "'segments' is '0 to 2.3 s'. Allowed: segments within the video, which is 2.00 s long."),
        ([{"start_s": 2, "end_s": 2}], "'segments' is '2 to 2 s'"),
        ([{"start_s": 0, "end_s": 1, "crop_start_s": 2, "crop_end_s": 1}], "'segments' is 'a crop of a from 2 to 1 s'"),
        ([], "'segments' is '0 rows'"),
        ([{"start_s": 0, "end_s": 1.5}, {"start_s": 1, "end_s": 2.04}], "Segments overlap; whether Sync takes them so is not documented."),
        ([{"start_s": 1, "end_s": 2}, {"start_s": 0, "end_s": 1}], "lipsync-2, Sync: a film of 2.00 s, 50 frames, about 0.10 USD"),
    ],
)
def test_segments_lie_within_the_video(estimated: Make, speech: Callable[..., Path], rows: list[dict[str, float]], said: str) -> None:
    spoken = Speech(source=AudioFile(path=speech((1.0, 0.5))), name="a")
    segments = Segments(rows=tuple(Segment(speech="a", **row) for row in rows), speeches=(spoken,))
    try:
        told = report(estimated(model="lipsync-2", speech_s=None, segments=segments))
    except InputRefused as refused:
        told = str(refused)
    assert said in told
    assert ("overlap" in told) is ("overlap" in said)


def test_the_chosen_model_may_be_one_that_does_not_fit(estimated: Make) -> None:
    found = estimated(model="react-1", speech_s=16.0)
    assert found.chosen.quote.usd is None
    assert summary(found).startswith("react-1, Sync, does not fit: The film is 16.0 s long")
    assert len(prices(found)) == 5


def test_without_a_speech_the_film_is_as_long_as_the_video(estimated: Make) -> None:
    found = estimated(speech_s=None)
    assert prices(found)["Sync", "sync-3"] == pytest.approx(50 * 0.00534, abs=1e-4)
    assert "There is no speech yet: all of this is for a speech that lasts as long as the video." in report(found)
    photo = estimated(speech_s=None, video=Photo(image=torch.rand(480, 640, 3)))
    assert prices(photo) == {("Sync", "sync-3"): None}
    assert "There is no speech yet, and a talking photo lasts as long as its speech." in report(photo)


def test_what_no_model_takes_is_an_error(estimated: Make, tmp_path: Path) -> None:
    with pytest.raises(NotReadable):
        estimated(video=VideoFile(path=tmp_path / "none.mp4"))
    with pytest.raises(InputRefused, match="'sync_mode' is 'backwards'"):
        estimated(sync_mode="backwards")
    with pytest.raises(InputRefused, match="'model' is 'sync-3'"):
        estimated(service="Segmind")
    with pytest.raises(InputRefused, match="'model' is 'lipsync-9'"):
        estimated(model="lipsync-9")


def test_the_report(estimated: Make) -> None:
    assert report(estimated(plan="Growth", model="lipsync-2")).splitlines() == [
        "lipsync-2, Sync: a film of 3.00 s, 75 frames, about 0.14 USD (price list less 5% of plan Growth).",
        "",
        "Beware: The speech is 1.0 s longer than the video: bounce plays the video backwards after its end, which shows wherever somebody "
        "walks or gestures. Trim the speech, or choose another sync_mode.",
        "",
        "Model                     USD        Length  Frames  Price from",
        "sync-3, Sync              0.38       3.00 s  75      price list less 5% of plan Growth",
        "lipsync-2-pro, Sync       0.24       3.00 s  75      price list less 5% of plan Growth",
        "lipsync-2, Sync           0.14       3.00 s  75      price list less 5% of plan Growth",
        "lipsync-1.9.0-beta, Sync  0.07       3.00 s  75      price list less 5% of plan Growth",
        "react-1, Sync             0.48       3.00 s  75      price list less 5% of plan Growth",
        "lipsync-2-pro, Segmind    0.25       3.00 s  75      price list",
        "react-1, Segmind          not known  3.00 s  75",
        "",
        "sync_mode  Length  Frames",
        "bounce     3.00 s  75      bounce plays the video backwards after its end, which shows wherever somebody walks or gestures",
        "cut_off    2.00 s  50      cut_off leaves out the last 1.0 s of the speech",
        "loop       3.00 s  75      loop starts the video again, with a jump at 2.0 s",
        "silence    3.00 s  75      silence keeps all of the speech, and what is to be seen after the video's end is not documented",
        "remap      3.00 s  75      remap slows the video down to 67 % of its speed",
        "",
        "The original file goes up, byte for byte.",
        "The original sound goes up, byte for byte.",
        "Plan Growth: 6 jobs at once, films of 600 s at most.",
    ]
