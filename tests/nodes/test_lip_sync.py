"""SyncLipSync, SyncGenerate and SyncPoll in the stand-in host."""

from __future__ import annotations

import json

from tests.nodes.conftest import Canvas
from tests.support.sandbox_process import SandboxProcess


def test_a_film_comes_back_and_is_bought_once(canvas: Canvas, sandbox: SandboxProcess) -> None:
    first = canvas.lip_sync()
    assert first.errors == {}
    info = json.loads(first.outputs["order"][1])
    assert info["bought_now"] is True
    assert info["service_job_id"] == sandbox.ledger()[-1]["id"]
    assert canvas.files("output") == [info["file"], "video/lipsync_00001_.mp4"]
    assert first.ui["order"]["images"][0]["filename"] == info["file"].split("/")[1]
    assert first.texts["order"][0].startswith("Asking Sync once what was bought before")
    assert first.texts["order"][1].startswith("A film of 4.2 s for about 0.57 USD"), "the price is said before anything is sent"
    assert first.texts["order"][-1].startswith("Bought for 0.57 USD. Job ")

    def asked() -> int:
        """Requests but for the questions after jobs of other tests, which this process still follows."""
        about_jobs = ("get", "get_in_organisation", "download")
        return sum(note["operation"] not in about_jobs or info["service_job_id"] in note["path"] for note in sandbox.requests())

    before = len(sandbox.ledger()), asked()
    again = canvas.lip_sync()
    assert json.loads(again.outputs["order"][1])["bought_now"] is False
    assert (len(sandbox.ledger()), asked()) == before
    assert again.texts["order"][-1].startswith("Already bought, nothing paid again")


def test_a_higher_take_buys_anew(canvas: Canvas, sandbox: SandboxProcess) -> None:
    before = len(sandbox.ledger())
    for take in (0, 1, 1):
        assert canvas.lip_sync(take=take).errors == {}
    assert len(sandbox.ledger()) == before + 2


def test_submit_now_and_go_on_by_id(canvas: Canvas, sandbox: SandboxProcess) -> None:
    submitted = canvas.host.run(
        {
            "sample": {"class_type": "SyncSample", "inputs": {}},
            "order": {
                "class_type": "SyncGenerate",
                "inputs": {"video": ["sample", 0], "audio": ["sample", 1], "service": "Sync", "model": "sync-3"},
            },
            "show": {"class_type": "PreviewAny", "inputs": {"source": ["order", 1]}},
        }
    )
    assert submitted.errors == {}
    job, job_id = submitted.outputs["order"]
    assert job.short_id == job_id
    assert job.maker == "order"
    for inputs in ({"job_id": job_id}, {"pick": "latest not handed over"}, {"pick": f"2026-11-21 10:00 lipsync sync-3 {job_id}"}):
        run = canvas.host.run(
            {
                "wait": {"class_type": "SyncPoll", "inputs": {"service": "Sync", **inputs}},
                "save": {"class_type": "SyncSaveVideo", "inputs": {"video": ["wait", 0]}},
            }
        )
        if "pick" in inputs and inputs["pick"].startswith("latest"):
            assert "there is none" in run.errors["wait"]
        else:
            assert run.errors == {}
            assert json.loads(run.outputs["wait"][1])["job_id"] == job_id


def test_skip_hands_a_blocker_on_and_says_why(canvas: Canvas, sandbox: SandboxProcess) -> None:
    sandbox.plan(operation="create", kind="outcome", status="FAILED", error_code="generation_pipeline_failed")
    run = canvas.lip_sync(on_failure="skip")
    assert run.errors == {}
    assert "A step inside Sync failed" in run.texts["order"][-1]
    assert canvas.files("output") == []


def test_nested_options_reach_the_wire(canvas: Canvas, sandbox: SandboxProcess) -> None:
    run = canvas.lip_sync(model="lipsync-2", **{"model.temperature": 0.25})
    assert run.errors == {}
    assert sandbox.ledger()[-1]["body"]["options"]["temperature"] == 0.25
