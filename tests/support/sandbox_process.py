"""A real sandbox in a process of its own, for any test that needs one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
INSTANT = {"pending_s": 0.0, "processing_s": 0.0}
NO_LIMITS = {
    "creates_per_minute": 100_000,
    "reads_per_minute": 100_000,
    "uploads_per_minute": 100_000,
    "segmind_requests_per_minute": 100_000,
}


class SandboxProcess:
    """`with SandboxProcess(folder) as sandbox:` starts one and stops it. The state stays in the folder.

    `port` 0 takes the one that the folder's last sandbox had, if it is free.
    """

    def __init__(self, state_dir: Path, *, port: int = 0, environment: dict[str, str] | None = None) -> None:
        self.state_dir = state_dir
        self._port = port
        self._environment = environment or {}
        self._process: subprocess.Popen[str] | None = None
        self._control = httpx.Client(trust_env=False, timeout=30)
        self.sync_url = ""
        self.segmind_url = self.segmind_storage_url = self.segmind_history_url = ""
        self.control_url = ""

    def __enter__(self) -> SandboxProcess:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> SandboxProcess:
        command = [sys.executable, "-m", "lipsync.sandbox", "--port", str(self._port), "--state-dir", str(self.state_dir)]
        environment = {**os.environ, **self._environment}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the sandbox ended with {self._process.wait()} before it said where it is"
        addresses = json.loads(line)
        self.sync_url, self.control_url = addresses["sync_url"], addresses["control_url"]
        self.segmind_url = addresses["segmind_url"]
        self.segmind_storage_url, self.segmind_history_url = addresses["segmind_storage_url"], addresses["segmind_history_url"]
        return self

    def stop(self) -> None:
        """End it as a person would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(number)
        self._process.wait(timeout=20)
        if self._process.stdout:
            self._process.stdout.close()
        self._process = None

    def plan(self, *faults: dict[str, Any], **fault: Any) -> None:
        """Plan faults: `sandbox.plan(operation="create", kind="drop_after")`, or dictionaries of the same."""
        self._ask("POST", "/faults", [*faults, *([fault] if fault else [])])

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are still to strike."""
        return self._ask("GET", "/faults")["faults"]

    def clear_faults(self) -> None:
        self._ask("DELETE", "/faults")

    def ledger(self) -> list[dict[str, Any]]:
        """Every accepted purchase, oldest first."""
        return self._ask("GET", "/ledger")["purchases"]

    def give_credits(self, key: str, credits: float | None, *, free_credits: float = 0.0) -> None:
        """What a key has at Segmind from now on, in US dollars; None: it has no account."""
        self._ask("POST", "/segmind/credits", {"key": key, "credits": credits, "free_credits": free_credits})

    def unsettled(self, *interrupted: tuple[str, int]) -> list[str]:
        """The bodies of Segmind submits that no client could settle. `interrupted` are (body, attempt) that a client died with."""
        return self._ask("POST", "/segmind/unsettled", [{"body": body, "attempt": attempt} for body, attempt in interrupted])["bodies"]

    def requests(self, operation: str | None = None) -> list[dict[str, Any]]:
        """What was received, oldest first; of one operation, if named."""
        received = self._ask("GET", "/requests")["requests"]
        return [note for note in received if operation in (None, note["operation"])]

    def clear_requests(self) -> None:
        self._ask("DELETE", "/requests")

    def settings(self, **values: Any) -> dict[str, Any]:
        """Set what is named, and return all settings."""
        return self._ask("POST", "/settings", values) if values else self._ask("GET", "/settings")

    def reset(self) -> None:
        """Settings as at first, no faults, no requests; what was bought stays."""
        self._ask("DELETE", "/settings")
        self.clear_faults()
        self.clear_requests()

    @contextmanager
    def with_settings(self, **values: Any) -> Iterator[None]:
        before = self.settings()
        self.settings(**values)
        try:
            yield
        finally:
            self.settings(**{name: before[name] for name in values})

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = self._control.request(method, self.control_url + path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()
