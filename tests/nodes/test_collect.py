"""SyncCollect in the stand-in host: what it gives, what it says, and what it leaves for the next time."""

from __future__ import annotations

import re
import threading
import time

import pytest

from tests.comfyui_host import Run
from tests.nodes.conftest import Canvas
from tests.support.sandbox_process import SandboxProcess


def submit(canvas: Canvas, *names: str) -> list[str]:
    """Submits the sample once for each name; the job ids."""
    prompt = {"sample": {"class_type": "SyncSample", "inputs": {}}}
    for take, name in enumerate(names):
        wanted = {"video": ["sample", 0], "audio": ["sample", 1], "service": "Sync", "take": take, "output_name": name, "model": "sync-3"}
        prompt[name] = {"class_type": "SyncGenerate", "inputs": wanted}
        prompt[f"show {name}"] = {"class_type": "PreviewAny", "inputs": {"source": [name, 1]}}
    run = canvas.host.run(prompt)
    assert run.errors == {}
    return [run.outputs[name][1] for name in names]


def collect(canvas: Canvas, **inputs: object) -> Run:
    return canvas.host.run({"collect": {"class_type": "SyncCollect", "inputs": {"service": "Sync", **inputs}}})


def report_of(run: Run) -> list[str]:
    assert run.errors == {}
    return run.outputs["collect"][1].splitlines()


def test_all_films_once_with_a_report(canvas: Canvas, sandbox: SandboxProcess) -> None:
    first, second = submit(canvas, "scene1", "scene2")
    bought = len(sandbox.ledger())
    run = collect(canvas)
    summary, *lines = report_of(run)
    films = [video.get_stream_source() for video in run.outputs["collect"][0]]
    assert [film.rpartition("/")[2] for film in films] == [f"scene1-{first}-1.mp4", f"scene2-{second}-1.mp4"]
    assert re.fullmatch(r"2 of 2 films collected for 1\.13 USD, \d{4}-\d\d-\d\d \d\d:\d\d\.", summary)
    assert lines == [
        f"scene1 ({first}): lipsync/scene1-{first}-1.mp4, for 0.57 USD.",
        f"scene2 ({second}): lipsync/scene2-{second}-1.mp4, for 0.57 USD.",
    ]
    assert [image["filename"] for image in run.ui["collect"]["images"]] == [film.rpartition("/")[2] for film in films]
    assert run.texts["collect"][-1] == summary
    assert any("of 2 jobs collected." in text for text in run.texts["collect"])

    again = collect(canvas)
    assert report_of(again)[0].startswith("Nothing to collect from Sync: ")
    assert again.texts["collect"] == report_of(again)
    assert again.ui == {}
    assert len(sandbox.ledger()) == bought


def test_nothing_to_collect_blocks_what_follows_and_creates_no_journal(canvas: Canvas) -> None:
    run = canvas.host.run(
        {
            "collect": {"class_type": "SyncCollect", "inputs": {}},
            "save": {"class_type": "SyncSaveVideo", "inputs": {"video": ["collect", 0]}},
            "show": {"class_type": "PreviewAny", "inputs": {"source": ["collect", 1]}},
        }
    )
    assert run.errors == {}
    assert run.ui["show"]["text"][0].startswith("Nothing to collect from Sync: ")
    assert canvas.files("output") == canvas.files("user") == []


def test_by_name_and_by_date(canvas: Canvas, sandbox: SandboxProcess) -> None:
    submit(canvas, "Scene-1", "other", "scene-2")
    nothing = report_of(collect(canvas, since="2100-01-01 14:00"))[0]
    assert nothing.startswith("Nothing to collect from Sync, of this name and date: ")
    assert [line[:7] for line in report_of(collect(canvas, name=" scene ", since=f"{time.localtime().tm_year - 1}-11-27"))[1:]] == [
        "Scene-1",
        "scene-2",
    ]
    assert report_of(collect(canvas, service="Sync (sandbox)"))[0].startswith("Nothing to collect from Sync (sandbox): ")
    assert report_of(collect(canvas))[1].startswith("other ")


@pytest.mark.parametrize("since", ["yesterday", "27.11.2026", "2026-11-31", "2026-11-27 14", "0000-00-00"])
def test_what_is_no_date_is_refused(canvas: Canvas, since: str) -> None:
    error = collect(canvas, since=since).errors["collect"]
    assert error.startswith(f"Collect Lip Syncs (Sync, Segmind): 'since' is '{since}'. Allowed: a day like 2026-11-27 ")


def test_what_fails_or_runs_on_is_told_and_keeps_no_other_back(canvas: Canvas, sandbox: SandboxProcess) -> None:
    sandbox.plan(operation="create", kind="outcome", status="FAILED", error_code="generation_pipeline_failed", match="fails")
    sandbox.plan(operation="create", kind="outcome", status="PROCESSING", match="endless")
    fails, endless, good = submit(canvas, "fails", "endless", "good")
    run = collect(canvas, wait_limit_s=5)
    summary, *lines = report_of(run)
    assert len(run.outputs["collect"][0]) == 1
    assert summary.startswith("1 of 3 films collected for 0.57 USD, ")
    assert lines[0].startswith(f"fails ({fails}): Job {fails} failed at Sync: A step inside Sync failed")
    assert lines[1] == f"endless ({endless}): Job {endless} is still running. Nothing is lost: queue again to go on waiting."
    assert lines[2].startswith(f"good ({good}): lipsync/good-")
    assert run.texts["collect"][-1].splitlines() == [summary, *lines[:2]]

    summary, *lines = report_of(collect(canvas, wait_limit_s=1))
    assert summary.startswith("0 of 1 film collected, ")
    assert [line.partition(" ")[0] for line in lines] == ["endless"]


def test_a_job_of_another_key_is_told(canvas: Canvas, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.plan(operation="create", kind="outcome", status="PROCESSING")
    (job,) = submit(canvas, "mine")
    monkeypatch.setenv("SYNC_API_KEY", "another-key")
    restarted = Canvas(canvas.base)
    (line,) = report_of(collect(restarted))[1:]
    assert line.startswith(f"mine ({job}): Job {job} was bought with another Sync key.")
    monkeypatch.delenv("SYNC_API_KEY")
    (line,) = report_of(collect(restarted))[1:]
    assert line.startswith(f"mine ({job}): ")
    assert "SYNC_API_KEY" in line


def test_an_interrupt_says_that_nothing_is_lost(canvas: Canvas, sandbox: SandboxProcess) -> None:
    sandbox.plan(operation="create", kind="outcome", status="PROCESSING", match="endless")
    submit(canvas, "endless", "good")
    asked: list[float] = []

    def stop() -> None:
        asked.append(time.monotonic())
        canvas.host.interrupt()

    def heard(node_id: str, text: str) -> None:
        if text.startswith("1 of 2 jobs collected.") and not asked:
            threading.Thread(target=stop).start()

    run = canvas.host.run({"collect": {"class_type": "SyncCollect", "inputs": {"service": "Sync"}}}, heard)
    assert run.interrupted
    assert time.monotonic() - asked[0] < 1.0
    assert run.texts["collect"][-1].startswith("Stopped waiting. The jobs go on")
    assert [line.partition(" ")[0] for line in report_of(collect(canvas, wait_limit_s=2))[1:]] == ["endless", "good"]
