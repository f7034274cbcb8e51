"""The command line: what it needs, what it prints, how it ends."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lipsync.errors import JobFailed
from lipsync.jobs.cli.exits import MEANINGS
from lipsync.jobs.states import Stage
from tests.lipsync.shell import Shell
from tests.lipsync.studio import Studio
from tests.support.bare_python import BarePython
from tests.support.repository import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["torch", "numpy", "av", "aiohttp", "PIL", "pytest"])
def test_the_interpreter_of_these_tests_lacks_it(bare_python: BarePython, name: str) -> None:
    command = [*bare_python.command, "-c", f"import httpx, filelock; import {name}"]
    ended = subprocess.run(command, env=bare_python.environment(), capture_output=True, text=True, check=False)
    assert f"No module named '{name}'" in ended.stderr


def test_help_and_readme_have_the_exit_codes(shell: Shell) -> None:
    table = [(str(int(code)), meaning) for code, meaning in MEANINGS.items()]
    shown = shell.run("--help")
    assert shown.code == 0
    assert re.findall(r"^  (\d+) +(.+)$", shown.out, re.MULTILINE) == table
    section = README.partition("## Without a browser")[2].partition("\n## ")[0]
    assert re.findall(r"^\| (\d+) \| (.+) \|$", section, re.MULTILINE) == table


@pytest.mark.parametrize("command", ["list", "show 0123456789ab", "collect", "forget 0123456789ab", "doctor"])
def test_a_folder_that_is_not_there_stays_so(shell: Shell, tmp_path: Path, command: str) -> None:
    elsewhere = shell.at(tmp_path / "nowhere" / "state")
    ended = elsewhere.run(*command.split(), SYNC_LIPSYNC_CLOCK=None)
    assert ended.code == (3 if "0123456789ab" in command else 0), ended
    assert not elsewhere.state_dir.parent.exists()
    if command == "list":
        assert ended.out == "No jobs yet.\n"
        assert elsewhere.run("list", "--json").json == []


def test_without_a_folder_it_says_how_to_name_one(shell: Shell) -> None:
    sentence = shell.refused("list", code=2, SYNC_LIPSYNC_STATE=None)
    assert "--state-dir" in sentence
    assert "SYNC_LIPSYNC_STATE" in sentence
    assert shell.run("list", "--state-dir", str(shell.state_dir), SYNC_LIPSYNC_STATE=None).out == "No jobs yet.\n"


def test_inside_of_comfyui_it_finds_the_journal_by_itself(studio: Studio, shell: Shell, tmp_path: Path) -> None:
    base = tmp_path / "ComfyUI"
    pack = base / "custom_nodes" / "sync-lipsync-nodes"
    shutil.copytree(ROOT / "lipsync", pack / "lipsync", ignore=shutil.ignore_patterns("__pycache__"))
    assert str(base / "user" / "__sync_lipsync") in shell.refused("list", code=2, cwd=pack, SYNC_LIPSYNC_STATE=None)
    (base / "user").mkdir()
    studio.workspace.state_dir.rename(base / "user" / "__sync_lipsync")
    assert shell.run("list", cwd=pack, SYNC_LIPSYNC_STATE=None).out == "No jobs yet.\n"


async def test_list_shows_the_last_attempt_of_each_job_newest_first(studio: Studio, shell: Shell) -> None:
    studio.sandbox.plan(operation="create", kind="outcome", status="FAILED", error_code="generation_timeout")
    with pytest.raises(JobFailed):
        await studio.lip_sync(studio.wish(take=1, output_name="first"))
    failed = studio.row().short_id
    done = await studio.lip_sync(studio.wish(take=2, output_name="second"))
    ended = shell.run("list")
    assert ended.code == 0
    head, newest, oldest = ended.out.splitlines()
    assert head.split() == ["time", "id", "service", "model", "stage", "USD", "name", "file"]
    assert done.row.short_id in newest
    assert "second" in newest
    assert f"lipsync/{done.film.name}" in newest
    assert "fetched" in newest
    assert failed in oldest
    assert [one["job_id"] for one in shell.run("list", "--json").json] == [done.row.short_id, failed]
    assert [one["name"] for one in shell.run("list", "--json", "--name", "FIRST").json] == ["first"]
    assert [one["name"] for one in shell.run("list", "--json", "--limit", "1").json] == ["second"]
    assert shell.run("list", "--since", "2990-01-01").out == "No such jobs.\n"
    assert "not a date" in shell.run("list", "--since", "tomorrow").err


async def test_show_tells_everything_of_a_job(studio: Studio, shell: Shell) -> None:
    done = await studio.lip_sync(studio.wish(output_name="scene"))
    for job_id in (done.row.short_id, str(done.row.service_job_id)):
        ended = shell.run("show", job_id)
        assert ended.code == 0
        assert f"{done.film} (there)" in ended.out
        assert f"{done.row.cost_usd:.2f} USD" in ended.out
        assert str(done.row.service_job_id) in ended.out
        assert ended.out.splitlines()[-1].startswith("Nothing: the film is there")
    described = shell.run("show", done.row.short_id, "--json").json
    assert described["job_id"] == done.row.short_id
    assert described["attempts"][0]["film"] == "there"


async def test_show_has_every_attempt_with_its_error(studio: Studio, shell: Shell) -> None:
    studio.sandbox.plan(operation="create", kind="outcome", status="FAILED", error_code="generation_timeout")
    with pytest.raises(JobFailed):
        await studio.lip_sync()
    done = await studio.lip_sync()
    one, two = shell.run("show", done.row.short_id, "--json").json["attempts"]
    assert (one["attempt"], one["stage"], one["error_code"]) == (1, "FAILED", "generation_timeout")
    assert (two["attempt"], two["stage"]) == (2, "DONE")
    assert "attempt 2" in shell.run("show", done.row.short_id).out


async def test_show_says_what_became_of_the_file(studio: Studio, shell: Shell) -> None:
    done = await studio.lip_sync()
    done.film.write_bytes(b"another film")
    changed = shell.run("show", done.row.short_id).out
    assert "(changed)" in changed
    assert "under another name" in changed
    done.film.unlink()
    gone = shell.run("show", done.row.short_id).out
    assert "(gone)" in gone
    assert "not bought again" in gone


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.DONE])
async def test_show_says_for_every_stage_what_to_do(studio: Studio, shell: Shell, stage: Stage) -> None:
    done = await studio.lip_sync()
    studio.runner.journal.note(done.row, stage=stage.value, path=None)
    advice = shell.run("show", done.row.short_id).out.splitlines()[-1]
    assert advice[-1] == "."
    assert ("Queue" in advice or "queue" in advice) is (stage.dead or stage is Stage.PREPARED)
    assert (f"collect {done.row.short_id}" in advice) is stage.paid_call_made
    assert ("SYNC_API_KEY" in shell.run("show", done.row.short_id, SYNC_API_KEY="another-key-than-then").out) is stage.paid_call_made


@pytest.mark.parametrize("job_id", ["0123456789ab", "00000000-0000-4000-8000-000000000000", "../../etc/passwd", "x' OR 1 = 1 --"])
async def test_an_unknown_id_is_said_to_be(studio: Studio, shell: Shell, job_id: str) -> None:
    await studio.lip_sync()
    for command in ("show", "forget"):
        assert job_id in shell.refused(command, job_id, code=3)
    assert len(studio.rows()) == 1
