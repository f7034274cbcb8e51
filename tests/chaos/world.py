"""The folders, keys, media and processes that a run works with."""

from __future__ import annotations

import json
import shutil
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from lipsync import clock
from tests.chaos.plan import User, Wish
from tests.sandbox.clips import make_video
from tests.support.nursery import Nursery, Process
from tests.support.sandbox_process import SandboxProcess

SPEED = 20.0
_RATE, _SAMPLES = 16_000, 2304


class Workers(Nursery):
    """Forks workers: torch is loaded once for all of them."""

    def __init__(self, clock_settings: str) -> None:
        self.clock_settings = clock_settings
        super().__init__("tests.chaos.worker", {clock.VARIABLE: clock_settings})


def fast_clock() -> str:
    """The setting by which every process of a run sees the same fast clock."""
    return f"{SPEED}@{time.time()}"


@dataclass(frozen=True)
class Worker(Process):
    """A worker at work. `log` has its lines."""

    log: Path

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()] if self.log.exists() else []

    def crash(self) -> str | None:
        """What ended it other than its plan."""
        return self.end.get("crash")


class Home:
    """One user's folders."""

    def __init__(self, folder: Path, user: User, *, bug: str = "") -> None:
        self.user, self.base, self.key, self._bug = user, folder / user.name, f"key-of-{user.name}", bug
        self.state, self.output, self.temp = (self.base / name for name in ("state", "output", "temp"))
        self._speeches, self._runs = self.base / "speech", self.base / "runs"
        for made in (self.output, self.temp, self._speeches, self._runs):
            made.mkdir(parents=True)
        make_video(self.base / "clip.mp4", seconds=0.2, size=(64, 64))
        self._number = 0

    @property
    def journal(self) -> Path:
        return self.state / "jobs.sqlite3"

    def speech(self, wish: Wish) -> Path:
        """The wish's speech, of which no other content has the same bytes. An MP3 goes up untouched, so that what Segmind received tells
        whose it is; at Sync every fourth is a WAV with a stranger's chunk in it, which is packed anew into a passing file."""
        packed = self.user.service == "Sync" and wish.content % 4 == 0
        path = self._speeches / f"{wish.content}.{'wav' if packed else 'mp3'}"
        if not path.exists():
            noise = np.random.default_rng(wish.content).integers(-8000, 8000, (1, _SAMPLES), dtype=np.int16)
            (_write_wav if packed else _write_mp3)(path, noise)
        return path

    def start(self, nursery: Workers, sandbox: SandboxProcess, wishes: list[Wish], **spec: Any) -> Worker:
        """A worker of this user."""
        self._number += 1
        log, told = self._runs / f"{self._number}.jsonl", self._runs / f"{self._number}.json"
        plain: dict[str, Any] = {"point": "", "nth": 0, "clock_h": 0.0, "clock_h_from_start": 0.0, "sees_through": False}
        environment = {
            "SYNC_BASE_URL": sandbox.sync_url,
            "SEGMIND_BASE_URL": sandbox.segmind_url,
            "SYNC_API_KEY": self.key,
            "SEGMIND_API_KEY": self.key,
            "SYNC_MAX_USD_PER_DAY": "1000000",
        }
        pid = nursery.fork(
            {
                **plain,
                "service": self.user.service,
                "base": str(self.base),
                "log": str(log),
                "told": str(told),
                "bug": self._bug,
                "wishes": [{**vars(wish), "speech": str(self.speech(wish))} for wish in wishes],
                "environment": environment,
                **spec,
            }
        )
        return Worker(pid, told, log)

    def lose_journal(self) -> None:
        for path in self.state.glob(f"{self.journal.name}*"):
            path.unlink()

    def empty_temp(self) -> None:
        """As ComfyUI does whenever it starts."""
        shutil.rmtree(self.temp)
        self.temp.mkdir()


def _write_mp3(path: Path, samples: np.ndarray) -> None:
    with av.open(str(path), "w", format="mp3") as file:
        stream = file.add_stream("libmp3lame", rate=_RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples, format="s16p", layout="mono")
        frame.sample_rate = _RATE
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def _write_wav(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(samples.tobytes())
    whole = path.read_bytes() + b"iXML" + (4).to_bytes(4, "little") + b"mine"
    path.write_bytes(whole[:4] + (len(whole) - 8).to_bytes(4, "little") + whole[8:])
