"""ComfyUI killed in the middle of a job, frames that come out otherwise, two ComfyUIs of one user: paid once, and nothing lost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.comfyui.graphs import Graph, fresh_take, make_clip
from tests.comfyui.watch import buying
from tests.support.comfy_server import ComfyServer, Outcome
from tests.support.sandbox_process import SandboxProcess

NOBODY_WAITS_S = 30.0  # for an answer to a process that is dead by then
RESTARTING_S = 4.0  # about what ComfyUI takes to start: the job goes on meanwhile


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When `operation` has been asked for so many `times`, and the ledger has the job as `status` (None: nothing is bought yet)."""

    operation: str
    status: str | None
    times: int = 1
    settings: Mapping[str, float] = field(default_factory=dict)
    faults: Sequence[dict[str, Any]] = ()

    def has_come(self, sandbox: SandboxProcess, sold_before: int) -> bool:
        statuses = [purchase["status"] for purchase in sandbox.ledger()[sold_before:]]
        return len(sandbox.requests(self.operation)) >= self.times and statuses == ([self.status] if self.status else [])


def _stalled(operation: str) -> dict[str, Any]:
    return {"operation": operation, "kind": "slow", "delay_s": NOBODY_WAITS_S}


PROCESSING = Moment(operation="get", status="PROCESSING", settings={"pending_s": 0.0, "processing_s": RESTARTING_S})
MOMENTS = {
    "uploading": Moment(operation="put", status=None, faults=[_stalled("put")]),
    "paying": Moment(operation="create", status="PENDING", settings={"pending_s": RESTARTING_S}, faults=[_stalled("create")]),
    "pending": Moment(operation="get", status="PENDING", settings={"pending_s": RESTARTING_S}),
    "processing": PROCESSING,
    "fetching": Moment(  # a first try that came short has left its .part
        operation="storage", status="COMPLETED", times=2, faults=[{"operation": "storage", "kind": "truncated"}, _stalled("storage")]
    ),
}


@pytest.fixture(scope="module")
def mortal(start_comfy: Callable[..., ComfyServer], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComfyServer]:
    """A ComfyUI to be killed; whoever kills it starts it again, and the next test goes on with that one."""
    server = start_comfy(tmp_path_factory.mktemp("mortal"))
    yield server
    server.stop()


def _kill(server: ComfyServer, sandbox: SandboxProcess, prompt: dict[str, Any], moment: Moment) -> None:
    """Queues `prompt`, kills ComfyUI at `moment` and starts it again."""
    sandbox.settings(**moment.settings)
    sandbox.plan(*moment.faults)
    sold_before = len(sandbox.ledger())
    server.queue(prompt)
    _until(lambda: moment.has_come(sandbox, sold_before))
    server.kill()
    assert moment.has_come(sandbox, sold_before), "it was over before ComfyUI was dead"
    server.start()


def _until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def _info(outcome: Outcome, shown: str) -> dict[str, Any]:
    assert outcome.status == "success", outcome.sentence
    return json.loads(outcome.outputs[shown]["text"][0])


def _films(server: ComfyServer, name: str) -> list[str]:
    """Everything of this name in output/lipsync, half-fetched films too."""
    return [path.name for path in (server.base / "output" / "lipsync").glob(f"*{name}*")]


def _clip_graph(server: ComfyServer, folder: Path, name: str) -> tuple[Graph, str]:
    """A lip sync of a clip that is still to be uploaded, and the node that shows its info."""
    graph, take = Graph(), fresh_take()
    clip = make_clip(folder / f"{name}.mp4", shade=take * 20 % 256)
    video = graph.add("SyncLoadVideo", file=server.upload(clip))
    film = graph.lip_sync(graph.sample(), video=[video, 0], output_name=name, take=take)
    return graph, graph.show(film, 1)


@pytest.mark.parametrize("when", MOMENTS)
def test_a_comfyui_killed_at_any_moment_has_bought_once(mortal: ComfyServer, sandbox: SandboxProcess, tmp_path: Path, when: str) -> None:
    graph, shown = _clip_graph(mortal, tmp_path, when)
    with buying(sandbox, 1):
        _kill(mortal, sandbox, graph.prompt, MOMENTS[when])
        info = _info(mortal.run(graph.prompt), shown)
    assert info["attempt"] == 1
    assert _films(mortal, when) == [Path(info["file"]).name]


def test_frames_that_differ_after_the_restart_are_bought_only_when_queued_once_more(mortal: ComfyServer, sandbox: SandboxProcess) -> None:
    graph = Graph()
    frames = graph.add("EmptyImage", width=256, height=256, batch_size=25, color=0x808080)
    shown = graph.show(graph.lip_sync(graph.sample(), video=[frames, 0], frame_rate=25.0, output_name="other-frames"), 1)
    with buying(sandbox, 1):
        _kill(mortal, sandbox, graph.prompt, PROCESSING)
        _until(lambda: [film for film in _films(mortal, "other-frames") if film.endswith(".mp4")])
        [paid] = _films(mortal, "other-frames")
        graph.prompt[frames]["inputs"]["color"] = 0x818181
        told = mortal.run(graph.prompt)
    assert told.status == "error"
    job_id = paid.removeprefix("other-frames-").removesuffix("-1.mp4")
    assert f"already paid for job {job_id} and not yet received it (lipsync/{paid})" in told.sentence
    assert "Nothing new was bought" in told.sentence
    with buying(sandbox, 1):
        info = _info(mortal.run(graph.prompt), shown)
    assert info["job_id"] != job_id
    assert sorted(_films(mortal, "other-frames")) == sorted([paid, Path(info["file"]).name])


def test_two_comfyuis_of_one_user_that_queue_the_same_buy_once_and_both_receive_it(
    mortal: ComfyServer, start_comfy: Callable[..., ComfyServer], sandbox: SandboxProcess, tmp_path: Path
) -> None:
    sandbox.settings(accept_s=3.0)
    graph, shown = _clip_graph(mortal, tmp_path, "shared")
    other = start_comfy(mortal.base, arguments=["--temp-directory", str(tmp_path)])
    with buying(sandbox, 1), ThreadPoolExecutor() as both:
        outcomes = list(both.map(lambda server: server.run(graph.prompt), [mortal, other]))
    assert len(sandbox.requests("create")) == 1
    assert sum("Another ComfyUI is at work on this job" in str(outcome.texts) for outcome in outcomes) == 1
    one, same = [_info(outcome, shown) for outcome in outcomes]
    assert one["file"] == same["file"]
    assert _films(mortal, "shared") == [Path(one["file"]).name]
    other.stop()
