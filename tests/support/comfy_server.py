"""A real ComfyUI, started headless for tests and driven the way its browser side drives it: over HTTP and its websocket."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import websocket

from .comfy_checkout import Checkout, borrowed_packages

PROGRESS_TEXT = 3
START_S = 180.0

Prompt = dict[str, dict[str, Any]]


class Refused(Exception):
    """ComfyUI took nothing of a prompt; `node_errors` says why, by node id."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.node_errors = answer["node_errors"]
        super().__init__(json.dumps(answer))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a prompt ended. `ran` has the ids of the nodes that really executed, in order; `cached` of those that did not."""

    status: str
    ran: list[str]
    cached: set[str]
    outputs: dict[str, dict[str, Any]]
    texts: dict[str, list[str]] = field(default_factory=dict)
    error: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def sentence(self) -> str:
        """What the user reads when the prompt failed."""
        return str(self.error.get("exception_message", "")).strip()


@dataclass(frozen=True)
class Event:
    """One message of the websocket, with the prompt that was running when it came."""

    kind: str
    prompt_id: str
    data: Any


class ComfyServer:
    """ComfyUI of `checkout` on a free port, its folders below `base`, with only the given packs (name: folder) beside its core nodes.

    It gets a home of its own and no service variable but those in `env`. Use it as a context manager."""

    def __init__(
        self, checkout: Checkout, base: Path, *, packs: Mapping[str, Path], env: Mapping[str, str], arguments: Sequence[str] = ()
    ) -> None:
        self.checkout, self.base, self.client_id = checkout, base, uuid.uuid4().hex
        self._packs, self._given, self._arguments, self._log = packs, env, arguments, base / "comfyui.log"
        self._events: list[Event] = []
        self._news = threading.Condition()
        self._running = ""

    def __enter__(self) -> ComfyServer:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        for name in ("custom_nodes", "input", "output", "temp", "user", "models", "home"):
            (self.base / name).mkdir(parents=True, exist_ok=True)
        for name, folder in self._packs.items():
            if not (self.base / "custom_nodes" / name).exists():
                (self.base / "custom_nodes" / name).symlink_to(folder.resolve())
        packages = borrowed_packages(self.checkout.python, self.base / f"packages-{uuid.uuid4().hex[:8]}")
        port = _free_port()
        command = [*self.checkout.command, "--cpu", "--port", str(port), "--base-directory", str(self.base)]
        command += ["--database-url", "sqlite:///:memory:", "--disable-api-nodes", *self.checkout.frontend, *self._arguments]
        env = {name: value for name, value in os.environ.items() if not name.startswith(("SYNC_", "SEGMIND_", "PYTHON", "PYTEST_"))}
        env |= {"COMFYUI_PATH": str(self.checkout.root), "HOME": str(self.base / "home"), "PYTHONPATH": str(packages)} | dict(self._given)
        with self._log.open("a") as log:
            self._process = subprocess.Popen(command, cwd=self.base, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self.url = f"http://127.0.0.1:{port}"
        self._http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        self._await_answer()
        self._socket = websocket.create_connection(f"ws://127.0.0.1:{port}/ws?clientId={self.client_id}")
        threading.Thread(target=self._listen, args=(self._socket,), daemon=True).start()

    def stop(self) -> None:
        """Ends it as Ctrl-C does, and the hard way when that takes more than 20 s."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Ends it as a power cut does."""
        self._end(signal.SIGKILL)

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def object_info(self) -> dict[str, Any]:
        return self._json(self._http.get("/object_info"))

    def setting(self, name: str, value: Any) -> None:
        self._http.post(f"/api/settings/{name}", json=value).raise_for_status()

    def upload(self, path: Path) -> str:
        """Puts a file into the input folder as the upload button does, and says under which name it lies there."""
        with path.open("rb") as stream:
            return str(self._json(self._http.post("/upload/image", data={"type": "input"}, files={"image": (path.name, stream)}))["name"])

    def queue(self, prompt: Prompt) -> str:
        """Queues a workflow in API format and returns its id; `Refused` when ComfyUI finds anything wrong with it."""
        answer = self._http.post("/prompt", json={"prompt": prompt, "client_id": self.client_id}).json()
        if answer.get("node_errors") or "error" in answer:
            raise Refused(answer)
        return str(answer["prompt_id"])

    def wait(self, prompt_id: str, timeout_s: float = 90.0) -> Outcome:
        """Waits for the end of a queued prompt."""
        self.wait_for(lambda event: event.kind == "executing" and event.data["node"] is None and event.prompt_id == prompt_id, timeout_s)
        history = self.history(prompt_id)
        messages = dict(history["status"]["messages"])
        mine = [event for event in self._events if event.prompt_id == prompt_id]
        texts: dict[str, list[str]] = {}
        for event in mine:
            if event.kind == "progress_text":
                texts.setdefault(event.data["node"], []).append(event.data["text"])
        ended = max(message["timestamp"] for message in messages.values())
        return Outcome(
            status="interrupted" if "execution_interrupted" in messages else history["status"]["status_str"],
            ran=list(dict.fromkeys(event.data["node"] for event in mine if event.kind == "executing" and event.data["node"])),
            cached=set(messages["execution_cached"]["nodes"]),
            outputs=history["outputs"],
            texts=texts,
            error=messages.get("execution_error", {}),
            seconds=(ended - messages["execution_start"]["timestamp"]) / 1000,
        )

    def history(self, prompt_id: str, timeout_s: float = 10.0) -> dict[str, Any]:
        """What ComfyUI keeps of a prompt that has ended, whoever queued it: `status` and `outputs`."""
        deadline = time.monotonic() + timeout_s
        while not (found := self._json(self._http.get(f"/history/{prompt_id}"))):
            if time.monotonic() > deadline:
                raise TimeoutError(f"prompt {prompt_id} has not ended in {timeout_s:.0f} s; ComfyUI's log ends: {self.log[-2000:]}")
            time.sleep(0.1)
        return found[prompt_id]

    def run(self, prompt: Prompt, timeout_s: float = 90.0) -> Outcome:
        return self.wait(self.queue(prompt), timeout_s)

    def interrupt(self) -> None:
        self._http.post("/interrupt").raise_for_status()

    def wait_for(self, wanted: Callable[[Event], bool], timeout_s: float = 30.0) -> Event:
        """The first message, old or new, that is `wanted`."""
        seen = 0
        deadline = time.monotonic() + timeout_s
        with self._news:
            while True:
                for event in self._events[seen:]:
                    if wanted(event):
                        return event
                seen = len(self._events)
                if not self._news.wait(deadline - time.monotonic()) and time.monotonic() >= deadline:
                    raise TimeoutError(f"nothing came in {timeout_s:.0f} s; ComfyUI's log ends: {self.log[-2000:]}")

    def wait_for_text(self, prompt_id: str, part: str, timeout_s: float = 30.0) -> str:
        """The first line shown on a node during a prompt that contains `part`."""

        def shown(event: Event) -> bool:
            return event.kind == "progress_text" and event.prompt_id == prompt_id and part in event.data["text"]

        return str(self.wait_for(shown, timeout_s).data["text"])

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self._http.get("/system_stats").raise_for_status()
                return
            except httpx.TransportError:
                time.sleep(0.3)
        self._process.kill()
        raise RuntimeError(f"ComfyUI {self.checkout.version} did not start: {self.log[-3000:]}")

    def _listen(self, connection: websocket.WebSocket) -> None:
        while True:
            try:
                message = connection.recv()
            except (websocket.WebSocketException, OSError):
                return
            if not message:
                return
            with self._news:
                self._note(message)
                self._news.notify_all()

    def _note(self, message: str | bytes) -> None:
        if isinstance(message, str):
            event = json.loads(message)
            if event["type"] == "execution_start":
                self._running = event["data"]["prompt_id"]
            data = event["data"]
            self._events.append(Event(event["type"], data.get("prompt_id") or self._running, data))
        elif struct.unpack(">I", message[:4])[0] == PROGRESS_TEXT:
            end = 8 + struct.unpack(">I", message[4:8])[0]
            data = {"node": message[8:end].decode(), "text": message[end:].decode()}
            self._events.append(Event("progress_text", self._running, data))

    def _end(self, how: signal.Signals) -> None:
        self._socket.close()
        self._http.close()
        self._process.send_signal(how)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @staticmethod
    def _json(response: httpx.Response) -> Any:
        response.raise_for_status()
        return response.json()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
