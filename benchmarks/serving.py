"""What passes between the pack and a service: uploads, waiting, many jobs at once, and nothing at all for what was bought before."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.sandbox_process import SandboxProcess

from .bench import Bench, say
from .figures import MB, Tries, in_turn, tries
from .measured import NoMeasurement
from .noise import draw

_HEAVY_CRF = 5  # 50 MB in a few seconds
_WAITED_S, _APART_S = 3.0, 0.2


class _Service:
    """A sandbox that plays Sync at its own rates, with as many slots as are needed."""

    def __init__(self, sandbox: SandboxProcess, bench: Bench) -> None:
        self.sandbox, self._bench = sandbox, bench

    def work(self, name: str, *arguments: object) -> dict[str, Any]:
        """One measurement by a user who was never here before, in a folder of his own."""
        user = uuid.uuid4().hex
        environment = {"SYNC_BASE_URL": self.sandbox.sync_url, "SYNC_API_KEY": f"key-of-{user}"}
        return self._bench.subject.work(name, self._bench.new_folder(user), *arguments, environment=environment)


@contextmanager
def _service(bench: Bench) -> Iterator[_Service]:
    with SandboxProcess(bench.folder / "sandbox") as sandbox:
        sandbox.settings(slots=bench.scale.jobs, pending_s=0.0, processing_s=0.0)
        yield _Service(sandbox, bench)


@contextmanager
def _working_service(bench: Bench, *, job_s: float) -> Iterator[_Service]:
    """One whose jobs take `job_s`. It has made a film before: its first takes it longer."""
    with _service(bench) as service:
        service.work("jobs.lip_syncs", 1, 0)
        service.sandbox.settings(processing_s=job_s)
        yield service


def uploading(bench: Bench) -> dict[str, float]:
    """A large file, by the service's own client; the sandbox stores it in another process."""
    size = bench.scale.upload_bytes
    with _service(bench) as service:
        runs = [service.work("jobs.upload", size) for _ in range(bench.scale.rounds)]
    extra, times = tries(runs, "extra_bytes", per=MB), tries(runs, "took_s")
    say(f"Uploading {size / MB:.0f} MB: {times} s, {extra} MB of memory")
    return {"upload_extra_mb": extra.median}


def waiting(bench: Bench) -> dict[str, float]:
    """How long after its end a job's film is here, wherever in a long poll that end falls."""
    with _working_service(bench, job_s=_WAITED_S) as service:
        runs = [service.work("jobs.lip_syncs", bench.scale.jobs, _APART_S) for _ in range(bench.scale.rounds)]
        finished_at = {bought["id"]: bought["finished_at"] for bought in service.sandbox.ledger()}
    late = Tries(tuple(here_at - finished_at[job] for run in runs for job, here_at in run["here_at"].items()))
    say(f"Waiting for {len(late.values)} jobs: the film is here {late} s after COMPLETED")
    return {"wait_overhead_s": late.median}


def side_by_side(bench: Bench) -> dict[str, float]:
    """As many jobs as there are slots, beside one alone."""
    count, job_s = bench.scale.jobs, bench.scale.job_s
    with _working_service(bench, job_s=job_s) as service:
        runs = in_turn(
            bench.scale.rounds,
            {"one": lambda: service.work("jobs.lip_syncs", 1, 0), "all": lambda: service.work("jobs.lip_syncs", count, 0)},
        )
    times = {name: tries(each, "took_s") for name, each in runs.items()}
    say(f"Jobs of {job_s:g} s: one {times['one']} s, {count} side by side {times['all']} s")
    return {"parallel_15_x": times["all"].median / times["one"].median}


def running_again(bench: Bench) -> dict[str, float]:
    """A graph whose film was bought a moment ago."""
    clip = bench.folder / "clip.mp4"
    draw(clip, bench.scale.clip, crf=_HEAVY_CRF)
    if clip.stat().st_size < bench.scale.clip_bytes:
        raise NoMeasurement(f"the clip has only {clip.stat().st_size / MB:.1f} MB")
    with _service(bench) as service:
        runs = [service.work("pack.rerun", clip) for _ in range(bench.scale.rounds)]
        if len(service.sandbox.ledger()) != len(runs):
            raise NoMeasurement("the same graph did not find what it had bought")
    times = tries(runs, "took_s")
    say(f"The same graph again, with a clip of {clip.stat().st_size / MB:.0f} MB: {times} s")
    return {"rerun_s": times.median}
