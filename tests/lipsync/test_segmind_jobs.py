"""What becomes of a job at Segmind: failures, every form of the answers, and what is forgotten. Source: segmind-api.md 1.4, 4, 5."""

from __future__ import annotations

from typing import Any

import pytest

from lipsync import clock
from lipsync.errors import (
    JobFailed,
    ResultGone,
    ServiceRefused,
)
from lipsync.jobs.states import Stage
from tests.lipsync.studio import Studio, sentence_of
from tests.lipsync.test_segmind import SUBMIT, refused


@pytest.fixture
def choice() -> str:
    return "Segmind"


# What becomes of the job.

_FAILURES = {
    "face": ("No face detected in the video", "the face is large"),
    "length": ("The duration is over the 15 seconds", "Trim it."),
    "policy": ("Blocked by content policy", "Choose other footage."),
    "anything": ("CUDA error", "Queue again once"),
}


@pytest.mark.parametrize("status", [422, 200])
@pytest.mark.parametrize(("said", "cure"), _FAILURES.values(), ids=_FAILURES.keys())
async def test_a_failed_job_says_why(studio: Studio, said: str, cure: str, status: int) -> None:
    studio.sandbox.settings(segmind_failed_status=status)
    studio.sandbox.plan({**SUBMIT, "kind": "outcome", "status": "FAILED", "message": said})
    with pytest.raises(JobFailed) as failure:
        await studio.lip_sync()
    sentence = sentence_of(failure.value)
    assert cure in sentence
    assert f'Segmind said: "{said}"' in sentence
    assert "Nothing was billed." in sentence
    assert (studio.row().stage, studio.row().reserved_usd) == (Stage.FAILED, 0)


@pytest.mark.parametrize("when", ["as_failed", "at_submit"])
async def test_an_upload_that_segmind_has_lost_goes_up_again(studio: Studio, when: str) -> None:
    studio.sandbox.settings(segmind_unreachable_media=when)
    await studio.lip_sync()
    studio.sandbox.settings(segmind_asset_s=0.0)
    with pytest.raises((JobFailed, ServiceRefused), match="uploaded anew"):
        await studio.lip_sync(studio.wish(take=1))
    studio.sandbox.settings(segmind_asset_s=None)
    done = await studio.lip_sync(studio.wish(take=1))
    assert done.row.attempt == 2
    assert studio.operations().count("segmind_upload") == 4


_ANSWERS: dict[str, dict[str, Any]] = {
    **{f"output: {form}": {"segmind_output": form} for form in ("both", "output", "video", "json")},
    "a new state": {"segmind_processing_state": "WARMING_UP"},
    "202 while it runs": {"segmind_running_result_status": 202},
    "polls count": {"segmind_polls": "counted", "segmind_requests_per_minute": 20},
    "null refused": {"segmind_null_parameters": "refused", "segmind_unknown_parameters": "refused"},
    "reset in seconds": {"segmind_reset_form": "seconds"},
    "reset in milliseconds": {"segmind_reset_form": "milliseconds"},
}


@pytest.mark.parametrize("settings", _ANSWERS.values(), ids=_ANSWERS.keys())
async def test_every_form_of_the_answers(studio: Studio, settings: dict[str, Any]) -> None:
    studio.sandbox.settings(**settings, pending_s=2.0, processing_s=12.0)
    done = await studio.lip_sync()
    assert done.row.stage is Stage.DONE
    assert len(studio.purchases()) == 1


async def test_without_a_bill_the_estimate_keeps_counting(studio: Studio) -> None:
    studio.sandbox.settings(segmind_metrics="inference_time")
    row = (await studio.lip_sync()).row
    assert row.cost_usd is None
    assert row.reserved_usd == row.price_usd


@pytest.mark.parametrize("form", ["iso", "seconds", "milliseconds"])
async def test_a_rate_limit_is_waited_out_to_its_reset(studio: Studio, form: str) -> None:
    studio.sandbox.settings(segmind_reset_form=form, segmind_requests_per_minute=2)
    began = clock.monotonic()
    for take in range(2):
        await studio.lip_sync(studio.wish(take=take))
    assert len(studio.purchases()) == 2
    assert clock.monotonic() - began < 180


_TROUBLE = [{"kind": "error", "status": 502}, {"kind": "drop_before"}, {"kind": "error", "status": 429}]


@pytest.mark.parametrize("operation", ["segmind_credits", "segmind_upload", "segmind_status", "segmind_result", "segmind_film"])
async def test_trouble_with_what_is_free_ends_nothing(studio: Studio, operation: str) -> None:
    studio.sandbox.plan(*[{**plan, "operation": operation} for plan in _TROUBLE[: 2 if operation == "segmind_upload" else 3]])
    done = await studio.lip_sync()
    assert done.row.attempt == 1
    assert studio.sandbox.faults() == []
    assert len(studio.purchases()) == 1


# What Segmind forgets.


async def test_a_job_that_is_not_known_at_first_is_asked_for_again(studio: Studio) -> None:
    studio.sandbox.settings(segmind_record_delay_s=15.0, segmind_history_delay_s=15.0)
    done = await studio.lip_sync()
    assert done.row.stage is Stage.DONE
    assert "segmind_past_request" in studio.operations()
    assert len(studio.purchases()) == 1


async def test_after_an_hour_the_history_knows_the_film(studio: Studio) -> None:
    first = await studio.lip_sync()
    content = first.film.read_bytes()
    first.film.unlink()
    studio.sandbox.settings(segmind_record_s=0.0)
    studio.sandbox.clear_requests()
    again = await studio.lip_sync()
    assert again.film.read_bytes() == content
    assert again.row.cost_usd == first.row.cost_usd
    assert set(studio.operations()) == {"segmind_status", "segmind_past_request", "segmind_film"}
    assert not again.bought


_GONE: dict[str, dict[str, Any]] = {
    "the film, after a week": {"segmind_film_s": 0.0},
    "the film, and the record": {"segmind_film_s": 0.0, "segmind_record_s": 0.0},
    "every trace": {"segmind_record_s": 0.0, "segmind_history_leaves_out": ["video_url"]},
}


@pytest.mark.parametrize("settings", _GONE.values(), ids=_GONE.keys())
async def test_what_is_gone_everywhere_is_said_to_be_and_not_bought(studio: Studio, settings: dict[str, Any]) -> None:
    first = await studio.lip_sync()
    first.film.unlink()
    studio.runner.journal.note(first.row, submitted_at=clock.now() - 8 * 86400)
    studio.sandbox.settings(**settings)
    assert "'take'" in await refused(studio, ResultGone)


async def test_a_finished_job_whose_film_is_late_is_waited_for(studio: Studio) -> None:
    studio.sandbox.plan(operation="segmind_result", kind="no_output_url", times=2)
    assert (await studio.lip_sync()).row.stage is Stage.DONE
