"""Runs of the engine in processes of their own, as a test starts, kills and questions them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lipsync.studio import Studio
from tests.support.nursery import Nursery, Process

SEEN = ("SYNC_BASE_URL", "SYNC_API_KEY", "SEGMIND_BASE_URL", "SEGMIND_API_KEY", "SYNC_MAX_USD_PER_DAY")


@dataclass(frozen=True)
class Run(Process):
    """One run. `said` has the lines that its node showed."""

    said: Path

    def kill(self) -> None:
        super().kill()
        self.wait()

    def wait(self, seconds: float = 60.0) -> dict[str, Any]:
        """How it ended; nothing where it was killed."""
        give_up = time.monotonic() + seconds
        while self.alive:
            assert time.monotonic() < give_up, f"process {self.pid} does not end: {self.said.read_text(encoding='utf-8')}"
            time.sleep(0.01)
        end = self.end
        assert "crash" not in end, end["crash"]
        return end

    def has_said(self, words: str) -> bool:
        return self.said.exists() and words in self.said.read_text(encoding="utf-8")


class Processes:
    """`start` begins a run for a studio's user. All end with the test session."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._number = 0
        self._nursery = Nursery("tests.lipsync.mortal", environment)

    def start(self, studio: Studio, *, die_at: str = "", do: str = "lip_sync", **more: Any) -> Run:
        self._number += 1
        told, said = self._folder / f"{self._number}.json", self._folder / f"{self._number}.txt"
        spec = {
            "do": do,
            "die_at": die_at,
            "service": studio.choice.label,
            "base": str(studio.workspace.state_dir.parent),
            "clip": str(studio.clip),
            "speech": str(studio.speech),
            "told": str(told),
            "said": str(said),
            "environment": {name: os.environ[name] for name in SEEN if name in os.environ},
            **more,
        }
        return Run(self._nursery.fork(spec), told, said)

    def stop(self) -> None:
        self._nursery.close()
