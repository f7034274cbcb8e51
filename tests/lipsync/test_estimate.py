"""Prices from the service itself, against the sandbox: when it is asked, what it costs (nothing), and what is told where it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lipsync.jobs.estimate import Estimator
from lipsync.media.sources import AudioFile, Link, Speech, VideoFile
from lipsync.preflight import Estimate, report
from lipsync.request import Wish
from lipsync.settings import PLAN_VARIABLE, save_plan
from tests.lipsync.studio import Ear, Studio
from tests.sandbox.clips import make_video

LIST = "price list"
OWN = "Sync's own estimate"


@pytest.fixture(autouse=True)
def _no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PLAN_VARIABLE, raising=False)


@pytest.fixture
def estimated(studio: Studio) -> Callable[..., Any]:
    async def make(**wish: Any) -> Estimate:
        usual: dict[str, Any] = {
            "node": "Estimate",
            "service": "Sync",
            "model": "sync-3",
            "video": VideoFile(path=studio.clip),
            "speech": Speech(source=AudioFile(path=studio.speech)),
            "options": {},
        }
        return await Estimator(studio.workspace.state_dir).estimate(Wish(**{**usual, **wish}))

    return make


def sources(found: Estimate) -> dict[str, str]:
    return {f"{offer.model.name} {offer.choice.service}": offer.quote.source for offer in found.offers}


async def test_the_service_is_asked_for_each_model_and_nothing_is_bought_or_uploaded(studio: Studio, estimated: Any) -> None:
    found = await estimated()
    assert studio.operations() == ["estimate"] * 5
    assert studio.purchases() == []
    assert set(sources(found).values()) == {OWN, LIST, ""}
    assert found.chosen.quote.usd == pytest.approx(25 * 0.00534)
    assert found.remarks == ()


async def test_the_services_price_has_the_discount_of_the_account(studio: Studio, estimated: Any) -> None:
    save_plan("Growth", state_dir=studio.workspace.state_dir)
    with studio.sandbox.with_settings(plan="Scale"):
        found = await estimated()
    assert (found.chosen.quote.usd, found.chosen.quote.source) == (pytest.approx(25 * 0.00534 * 0.8), OWN)


async def test_without_a_key_the_price_list_with_the_discount_of_the_plan(
    studio: Studio, estimated: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNC_API_KEY")
    monkeypatch.setenv(PLAN_VARIABLE, "scale")
    found = await estimated()
    assert studio.operations() == []
    assert found.chosen.quote.usd == pytest.approx(25 * 0.00534 * 0.8)
    assert found.chosen.quote.source == "price list less 20% of plan Scale"
    (remark,) = found.remarks
    assert remark.startswith("Sync gives no estimate of its own now, so its prices are those of the price list. There is no Sync key.")
    assert remark in report(found)


@pytest.mark.parametrize(
    ("key", "fault", "said"),
    [
        ("bad-key", None, "Sync does not accept the key"),
        ("good-key", {"kind": "error", "status": 503}, "Sync has trouble: it told no price within 15 s."),
        (
            "good-key",
            {"kind": "error", "status": 422},
            "Sync's answer has no price in US dollars, as may be on a plan that counts credits.",
        ),
        ("good-key", {"kind": "slow", "delay_s": 60.0}, "Sync has trouble: it told no price within 15 s."),
    ],
    ids=["bad key", "503", "422", "slow"],
)
async def test_a_service_that_fails_costs_a_sentence_and_seconds(
    studio: Studio, estimated: Any, monkeypatch: pytest.MonkeyPatch, key: str, fault: dict[str, Any] | None, said: str
) -> None:
    monkeypatch.setenv("SYNC_API_KEY", key)
    if fault is not None:
        studio.sandbox.plan(operation="estimate", times=None, **fault)
    found = await estimated()
    assert (found.chosen.quote.usd, found.chosen.quote.source) == (pytest.approx(25 * 0.00534), LIST)
    (remark,) = found.remarks
    assert remark.startswith("Sync gives no estimate of its own now, so its prices are those of the price list. ")
    assert said in remark


async def test_a_length_that_is_not_known_is_not_guessed(studio: Studio, estimated: Any) -> None:
    found = await estimated(speech=Speech(source=Link(url=f"{studio.sandbox.sync_url}/speech.wav")), service="Sync (sandbox)")
    assert found.chosen.flight is not None
    assert (found.chosen.flight.output_s, found.chosen.quote.usd) == (None, None)
    assert "neither length nor price is known beforehand" in report(found)
    assert studio.operations() == []


# The same report before a purchase.


async def test_the_price_and_the_warnings_are_told_before_anything_is_uploaded_and_stay_in_the_notes(studio: Studio) -> None:
    ear = Ear()
    longer = VideoFile(path=make_video(studio.workspace.temp_dir / "longer.mp4", seconds=3.0))
    done = await studio.lip_sync(studio.wish(video=longer), listener=ear)
    price = next(progress.text for progress in ear.heard if "for about" in progress.text)
    first, *warnings = price.splitlines()
    assert first == "A film of 1.0 s for about 0.05 USD (Sync's own estimate)"
    assert [warning[:24] for warning in warnings] == ["The video is 2.0 s longe", "The picture is 160x96: b"]
    assert [note for note in done.row.notes if note in warnings] == warnings
    told = [progress.text for progress in ear.heard]
    assert told.index(price) < next(index for index, text in enumerate(told) if text.startswith("Uploading"))
    assert studio.operations().index("estimate") < studio.operations().index("upload")


async def test_what_the_plan_does_not_allow_is_told_before_it_goes_up(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PLAN_VARIABLE, "Free")
    ear = Ear()
    video = VideoFile(path=make_video(studio.workspace.temp_dir / "long.mp4", seconds=21.0, rate=5))
    await studio.lip_sync(studio.wish(video=video, options={"sync_mode": "silence"}), listener=ear)
    assert "and the plan Free allows 20 s with lipsync-2: Sync will refuse it." in ear.text


async def test_where_sync_gives_no_estimate_the_purchase_is_reckoned_with_the_discount(studio: Studio) -> None:
    save_plan("Scale", state_dir=studio.workspace.state_dir)
    studio.sandbox.plan(operation="estimate", kind="error", status=422, times=None)
    ear = Ear()
    done = await studio.lip_sync(listener=ear)
    assert "for about 0.04 USD (price list less 20% of plan Scale)" in ear.text
    assert done.row.price_usd == pytest.approx(25 * 0.002 * 0.8)
