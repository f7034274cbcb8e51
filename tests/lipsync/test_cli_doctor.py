"""`doctor`: all well where all is well, and one line with what to do for everything that is not."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lipsync.jobs.locks import job_lock
from lipsync.jobs.states import Stage
from tests.lipsync.shell import Ended, Shell
from tests.lipsync.studio import Studio

REAL_CLOCK = {"SYNC_LIPSYNC_CLOCK": None}


def doctor(shell: Shell, **environment: str | None) -> Ended:
    return shell.run("doctor", **{**REAL_CLOCK, **environment})


def lines_to_look_at(ended: Ended) -> list[str]:
    return [line for line in ended.out.splitlines() if line.startswith("look")]


async def test_all_is_well(studio: Studio, shell: Shell) -> None:
    await studio.lip_sync()
    ended = doctor(shell)
    assert (ended.code, lines_to_look_at(ended), ended.err) == (0, [], "")
    for words in (
        "takes the key of SYNC_API_KEY",
        "takes the key of SEGMIND_API_KEY",
        "USD of credits",
        "nothing waits for you",
        "GB are free",
    ):
        assert words in ended.out
    assert os.environ["SYNC_API_KEY"] not in ended.out
    found = shell.run("doctor", "--json", **REAL_CLOCK).json
    assert {one["mark"] for one in found} == {"good", "note"}
    assert {"python", "httpx", "filelock", "journal", "state", "Sync", "Segmind"} <= {one["about"] for one in found}
    assert studio.operations().count("create") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="files have other rights there")
async def test_what_others_can_read(studio: Studio, shell: Shell) -> None:
    await studio.lip_sync()
    studio.workspace.state_dir.chmod(0o755)
    (studio.workspace.state_dir / "jobs.sqlite3").chmod(0o644)
    ended = doctor(shell)
    assert ended.code == 8
    one, two = lines_to_look_at(ended)
    assert f"chmod go= '{studio.workspace.state_dir}'" in one
    assert "jobs.sqlite3" in two


async def test_keys_that_are_refused_and_services_that_are_not_there(studio: Studio, shell: Shell) -> None:
    await studio.lip_sync()
    studio.sandbox.plan(operation="models", kind="error", status=401)
    assert any("does not accept the key in SYNC_API_KEY" in line for line in lines_to_look_at(doctor(shell)))
    ended = doctor(shell, SEGMIND_BASE_URL="http://127.0.0.1:9")
    assert any("Segmind cannot be reached" in line for line in lines_to_look_at(ended))
    assert ended.code == 8


async def test_a_clock_that_is_wrong(studio: Studio, shell: Shell) -> None:
    two_hours_ahead = f"2@{time.time() - 7200}"
    ended = doctor(shell, SYNC_LIPSYNC_CLOCK=two_hours_ahead)
    assert any("120 minutes ahead of that of Sync" in line for line in lines_to_look_at(ended))


async def test_jobs_that_wait_for_somebody(studio: Studio, shell: Shell) -> None:
    done = await studio.lip_sync()
    studio.runner.journal.note(done.row, handed_over_at=None)
    short_id = done.row.short_id

    def told(stage: Stage, **environment: str | None) -> str:
        studio.runner.journal.note(done.row, stage=stage.value)
        return "\n".join(line for line in doctor(shell, **environment).out.splitlines() if " jobs " in line)

    assert f"look  jobs       paid for and not handed over: 1 ({short_id}). `collect`" in told(Stage.SUBMITTED)
    assert "whether they were bought is not known: 1" in told(Stage.UNKNOWN)
    assert "another key" in told(Stage.SUBMITTED, SYNC_API_KEY="another-key-than-then")
    assert told(Stage.FAILED).startswith("note")
    with job_lock(studio.workspace.state_dir, done.row.fingerprint):
        assert "note  jobs       another program is at work on 1" in told(Stage.PROCESSING)


async def test_an_output_folder_that_is_gone(studio: Studio, shell: Shell) -> None:
    await studio.submit()
    await studio.restart()
    studio.runner.journal.note(studio.row(), output_root="/nowhere/output")
    assert any("/nowhere/output cannot be written to" in line for line in lines_to_look_at(doctor(shell)))


async def test_saved_settings_that_are_damaged(studio: Studio, shell: Shell) -> None:
    await studio.lip_sync()
    for name in ("keys.json", "settings.json"):
        (studio.workspace.state_dir / name).write_text("{", encoding="utf-8")
        (studio.workspace.state_dir / name).chmod(0o600)
    looked = lines_to_look_at(doctor(shell, SYNC_API_KEY=None))
    assert sum("keys.json" in line for line in looked) == 1
    assert sum("settings.json" in line for line in looked) == 2


HOLDS = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA locking_mode = EXCLUSIVE")
connection.execute(f"BEGIN {sys.argv[2]}")
print("held", flush=True)
time.sleep(100)
"""


@contextmanager
def held(journal: Path, how: str) -> Iterator[int]:
    """The journal as a backup program or an editor of databases may hold it."""
    process = subprocess.Popen([sys.executable, "-c", HOLDS, str(journal), how], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("how", ["EXCLUSIVE", "IMMEDIATE"])
async def test_a_journal_that_another_program_holds(studio: Studio, shell: Shell, tmp_path: Path, how: str) -> None:
    done = await studio.lip_sync()
    alone = tmp_path / "copied"
    alone.mkdir(mode=0o700)
    with sqlite3.connect(alone / "jobs.sqlite3") as copy, sqlite3.connect(studio.workspace.state_dir / "jobs.sqlite3") as journal:
        journal.backup(copy)
    (alone / "jobs.sqlite3").chmod(0o600)
    with held(alone / "jobs.sqlite3", how) as pid:
        started = time.monotonic()
        commands = (["list"], ["show", done.row.short_id], ["collect"], ["forget", done.row.short_id, "--yes"])
        for process in [shell.at(alone).start(*command) for command in commands]:
            out, err = process.communicate(timeout=30)
            assert (process.returncode, out) == (7, "")
            assert "held by another program" in err
        assert time.monotonic() - started < 20
        ended = doctor(shell.at(alone))
        assert ended.code == 8
        assert any(str(pid) in line and "holds it" in line for line in lines_to_look_at(ended))
    assert len(shell.at(alone).run("list", "--json").json) == 1


async def test_a_journal_that_is_damaged(studio: Studio, shell: Shell, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir(mode=0o700)
    (damaged / "jobs.sqlite3").write_bytes(b"not a journal, but long enough to be taken for one" * 100)
    (damaged / "jobs.sqlite3").chmod(0o600)
    before = (damaged / "jobs.sqlite3").read_bytes()
    ended = doctor(shell.at(damaged))
    assert ended.code == 8
    assert any("damaged" in line for line in lines_to_look_at(ended))
    assert (damaged / "jobs.sqlite3").read_bytes() == before
    listed = shell.at(damaged).run("list")
    assert (listed.code, listed.out) == (0, "No jobs yet.\n")
    assert "set aside as jobs.sqlite3.damaged-" in listed.err
    assert (doctor(shell.at(damaged)).out).count("a damaged one is kept as jobs.sqlite3.damaged-") == 1
