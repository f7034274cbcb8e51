"""After a run in which everything happened, the key and the signed links are nowhere."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lipsync.engine import ENGINE
from lipsync.errors import LipsyncError
from lipsync.keys import Key
from lipsync.redact import redact
from tests.lipsync.processes import Processes
from tests.lipsync.studio import Ear, Studio
from tests.support.repository import ROOT

SECRET = "no-shape-of-a-key-but-the-users-own"
SIGNED = re.compile(r"(?:X-Sandbox|X-Amz|[?&](?:token|signature|sig|expires|X-[A-Za-z-]+))=", re.IGNORECASE)


async def never() -> bool:
    return False


def signatures(studio: Studio) -> set[str]:
    """What signed the links that were really used."""
    return {
        value for note in studio.sandbox.requests() for name, value in note["query"] if name not in ("limit", "wait", "timeout", "cursor")
    }


def every_file(studio: Studio) -> list[Path]:
    return [path for folder in vars(studio.workspace).values() for path in Path(folder).rglob("*") if path.is_file()]


async def eventful_life(studio: Studio) -> tuple[Ear, list[BaseException]]:
    """A film, a refusal, trouble of every kind, an unknown outcome, and a lost connection."""
    ear, failures = Ear(), []
    plans = [
        {"operation": "create", "kind": "error", "status": 422, "message": f"no good: {SECRET} and sk-0123456789abc"},
        {"operation": "create", "kind": "html", "status": 403},
        {"operation": "storage", "kind": "error", "status": 403, "times": None, "message": f"for {SECRET}"},
        {"operation": "upload", "kind": "error", "status": 401},
        {
            "operation": "create",
            "kind": "outcome",
            "status": "FAILED",
            "message": f"broke at https://host.example/a?X-Amz-Signature=s {SECRET}",
        },
    ]
    for take, plan in enumerate(plans):
        studio.sandbox.clear_faults()
        studio.sandbox.plan(plan)
        try:
            await ENGINE.follow(studio.lip_sync(studio.wish(take=take, output_name=f"take {take}"), listener=ear), never)
        except LipsyncError as failure:
            failures.append(failure)
    studio.sandbox.clear_faults()
    await ENGINE.follow(studio.lip_sync(studio.wish(take=99), listener=ear), never)
    return ear, failures


async def test_key_and_links_are_nowhere(studio: Studio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("SYNC_API_KEY", SECRET)
    for name in ("", "httpx", "httpcore", "asyncio", "filelock"):
        caplog.set_level(logging.DEBUG, logger=name)
    ear, failures = await eventful_life(studio)
    used = {value for value in signatures(studio) if len(value) > 8}
    assert used, "links were signed"
    assert len(failures) == 4
    account = await ENGINE.follow(studio.runner.accounts.open(studio.wish().choice), never)
    texts = {
        "log": caplog.text,
        "nodes": ear.text,
        "errors": "\n".join(f"{failure} {failure!r} {failure.args} {vars(failure)}" for failure in failures),
        "causes": "\n".join(f"{failure.__cause__!r}" for failure in failures),
        "rows": repr(studio.rows()),
        "account": f"{account!r} {account} {account.key!r}",
        "runner": repr(vars(studio.runner)),
    }
    for where, text in texts.items():
        assert SECRET not in text, where
        assert "sk-0123" not in text, where
        assert not [value for value in used if value in text], where
        assert not SIGNED.search(text), where
    files = every_file(studio)
    assert {"jobs.sqlite3", "jobs.sqlite3-wal"} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes()
        assert SECRET.encode() not in content, path
        assert not [value for value in used if value.encode() in content], path


def test_a_key_does_not_show_and_its_mark_does_not_lead_back() -> None:
    key = Key(SECRET)
    assert SECRET not in f"{key} {key!r}"
    assert re.fullmatch(r"[0-9a-f]{16}", key.mark)
    assert key.mark != Key(SECRET + "x").mark


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("sk-abcdefgh1234 is it", "*** is it"),
        ("SG_0123456789abcdef", "***"),
        ("whsec_abcdefgh1234", "***"),
        ("see https://a.example/b?sig=1&x=2, now", "see https://a.example/b?*** now"),
        ("ask-me about task-12345678", "ask-me about task-12345678"),
    ],
)
def test_shapes_of_secrets_are_masked(text: str, clean: str) -> None:
    assert redact(text) == clean


LOUD = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
from pathlib import Path
from tests.lipsync.mortal import run
run({"do": "lip_sync", "service": "Sync", "die_at": "", "base": sys.argv[1], "clip": sys.argv[2], "speech": sys.argv[3],
    "said": sys.argv[4]})
"""


def test_a_process_with_every_logger_open_shows_neither(studio: Studio, processes: Processes, tmp_path: Path) -> None:
    """As a real ComfyUI started with --verbose DEBUG: whatever any logger of any library prints."""
    arguments = [str(tmp_path), str(studio.clip), str(studio.speech), str(tmp_path / "said.txt")]
    ended = subprocess.run(
        [sys.executable, "-c", LOUD, *arguments], cwd=ROOT, capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    shown = ended.stdout + ended.stderr
    assert len(studio.purchases()) == 1
    assert os.environ["SYNC_API_KEY"] not in shown
    assert not SIGNED.search(shown)
    assert not [value for value in signatures(studio) if len(value) > 8 and value in shown]
