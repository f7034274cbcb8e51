"""`collect` on a machine without ComfyUI: what is paid for arrives, and whatever goes wrong is told and costs nothing."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lipsync.jobs.states import Stage
from tests.lipsync.shell import Shell, until_said
from tests.lipsync.studio import Studio
from tests.support.small_mounts import mounted

FAILS = {"operation": "create", "kind": "outcome", "status": "FAILED", "error_code": "generation_timeout", "match": "fails"}


@pytest.mark.parametrize("choice", ["Sync", "Segmind"])
async def test_everything_that_is_paid_for_is_fetched_once(studio: Studio, shell: Shell) -> None:
    studio.sandbox.settings(processing_s=60.0)
    submitted = [(await studio.submit(studio.wish(take=take))).short_id for take in range(3)]
    await studio.restart()
    ended = shell.run("collect")
    assert ended.code == 0, ended
    films = dict(line.split("\t") for line in ended.out.splitlines())
    assert list(films) == submitted
    assert sorted(map(Path, films.values())) == studio.films()
    assert f"{submitted[0]}  0 of 3 jobs collected. Processing at {studio.choice.facts.title}" in ended.err
    assert all(line.count("MB") == 0 for line in ended.err.splitlines()), "bytes are no change"
    studio.sandbox.clear_requests()
    again = shell.run("collect")
    assert (again.code, again.out, again.err) == (0, "", "Nothing to collect.\n")
    assert studio.operations() == []
    assert len(studio.purchases()) == 3
    studio.sandbox.clear_requests()
    assert not (await studio.lip_sync(studio.wish(take=1))).bought
    assert studio.operations() == []


async def test_both_services_at_once_as_json(studio: Studio, shell: Shell) -> None:
    await studio.submit()
    segmind = Studio(studio.sandbox, studio.workspace, studio.clip, studio.speech, "Segmind")
    await segmind.submit()
    await studio.restart()
    told = shell.run("collect", "--json").json
    assert {one["service"].split(" at ")[0] for one in told} == {"Sync", "Segmind"}
    assert sorted(one["file"] for one in told) == [str(film) for film in studio.films()]
    assert all(one["collected"] and one["error"] is None and one["collected_at"] for one in told)


async def test_one_job_is_waited_for_by_either_id(studio: Studio, shell: Shell) -> None:
    studio.sandbox.settings(processing_s=30.0)
    submitted = await studio.submit()
    await studio.submit(studio.wish(take=1))
    await studio.restart()
    ended = shell.run("collect", submitted.short_id)
    assert ended.code == 0
    assert ended.out.split("\t")[0] == submitted.short_id
    by_its_own = shell.run("collect", str(studio.rows()[0].service_job_id))
    assert by_its_own.out == ended.out
    assert len(studio.films()) == 1


async def test_by_name(studio: Studio, shell: Shell) -> None:
    for take, name in enumerate(("one", "two")):
        await studio.submit(studio.wish(take=take, output_name=name))
    await studio.restart()
    shell.run("collect", "--name", "two")
    assert [film.name[:3] for film in studio.films()] == ["two"]


async def test_what_fails_is_told_and_keeps_no_other_back(studio: Studio, shell: Shell) -> None:
    studio.sandbox.settings(processing_s=30.0)
    studio.sandbox.plan(FAILS)
    for take, name in enumerate(("fails", "good")):
        await studio.submit(studio.wish(take=take, output_name=name))
    await studio.restart()
    ended = shell.run("collect")
    assert ended.code == 5
    assert "generation_timeout" in ended.err
    assert len(ended.out.splitlines()) == 1
    assert shell.run("collect").code == 0, "a failure is told once"


async def test_the_waiting_has_a_limit(studio: Studio, shell: Shell) -> None:
    studio.sandbox.settings(processing_s=100_000.0)
    submitted = await studio.submit()
    await studio.restart()
    ended = shell.run("collect", submitted.short_id, "--wait-limit", "5")
    assert (ended.code, ended.out) == (4, "")
    assert "still running" in ended.err


@pytest.mark.parametrize("how", ["nothing listens", "it answers 503"])
async def test_a_service_that_is_down_loses_nothing(studio: Studio, shell: Shell, how: str) -> None:
    kept = await studio.lip_sync(studio.wish(take=7))
    studio.runner.journal.note(kept.row, handed_over_at=None)
    studio.sandbox.settings(processing_s=100.0)
    submitted = await studio.submit()
    await studio.restart()
    base_url = os.environ["SYNC_BASE_URL"]
    if how == "nothing listens":
        studio.runner.journal.note(studio.rows()[-1], origin="http://127.0.0.1:9")
        base_url = "http://127.0.0.1:9"
    else:
        studio.sandbox.plan(operation="models", kind="error", status=503, times=None)
    ended = shell.run("collect", SYNC_BASE_URL=base_url)
    assert ended.code == 4
    assert "Sync" in ended.err
    assert "buys nothing" in ended.err
    if how != "nothing listens":
        assert ended.out == f"{kept.row.short_id}\t{kept.film}\n", "what is here already needs no service"
    assert studio.rows()[-1].stage is Stage.SUBMITTED
    studio.sandbox.clear_faults()
    studio.sandbox.settings(processing_s=0.0)
    studio.runner.journal.note(studio.rows()[-1], origin=os.environ["SYNC_BASE_URL"])
    assert shell.run("collect", submitted.short_id).code == 0
    assert len(studio.purchases()) == 2


async def test_a_job_bought_with_another_key_or_elsewhere(studio: Studio, shell: Shell) -> None:
    submitted = await studio.submit()
    await studio.restart()
    for command in (["collect"], ["collect", submitted.short_id]):
        assert "another Sync key" in shell.refused(*command, code=4, SYNC_API_KEY="not-the-key-of-then")
        assert "SYNC_API_KEY" in shell.refused(*command, code=4, SYNC_API_KEY=None)
        assert "SYNC_BASE_URL" in shell.refused(*command, code=4, SYNC_BASE_URL=None)


async def test_a_film_that_was_deleted_is_fetched_again(studio: Studio, shell: Shell) -> None:
    done = await studio.lip_sync()
    before = done.film.read_bytes()
    done.film.unlink()
    assert shell.run("collect", done.row.short_id).out == f"{done.row.short_id}\t{done.film}\n"
    assert done.film.read_bytes() == before
    assert len(studio.purchases()) == 1


async def test_a_film_that_was_replaced_is_left_alone_and_never_served(studio: Studio, shell: Shell) -> None:
    done = await studio.lip_sync()
    done.film.write_bytes(b"the user's own")
    ended = shell.run("collect", done.row.short_id)
    assert ended.out == f"{done.row.short_id}\t{done.film.with_stem(f'{done.film.stem}_2')}\n"
    assert done.film.read_bytes() == b"the user's own"
    assert len(studio.purchases()) == 1


async def test_a_journal_of_another_machine_says_where_its_films_may_go(studio: Studio, shell: Shell, tmp_path: Path) -> None:
    submitted = await studio.submit()
    await studio.restart()
    studio.runner.journal.note(studio.row(), output_root="/films/of/somebody/ComfyUI/output")
    assert "--output-dir" in shell.refused("collect", code=4)
    here = tmp_path / "films"
    ended = shell.run("collect", "--output-dir", str(here))
    assert ended.code == 0
    assert Path(ended.out.split("\t")[1].strip()).is_relative_to(here / "lipsync")
    assert not (await studio.lip_sync()).bought
    assert [row.short_id for row in studio.rows()] == [submitted.short_id]


async def test_a_journal_that_was_brought_into_another_comfyui_uses_its_output_folder(studio: Studio, shell: Shell, tmp_path: Path) -> None:
    await studio.submit()
    await studio.restart()
    studio.runner.journal.note(studio.row(), output_root="/films/of/somebody/ComfyUI/output")
    for name in ("user", "output"):
        (tmp_path / "ComfyUI" / name).mkdir(parents=True)
    state_dir = tmp_path / "ComfyUI" / "user" / "__sync_lipsync"
    shutil.copytree(studio.workspace.state_dir, state_dir)
    ended = shell.at(state_dir).run("collect")
    assert Path(ended.out.split("\t")[1].strip()).is_relative_to(tmp_path / "ComfyUI" / "output" / "lipsync")


async def test_a_file_where_the_films_should_go(studio: Studio, shell: Shell) -> None:
    await studio.submit()
    await studio.restart()
    (studio.workspace.output_dir / "lipsync").write_bytes(b"")
    assert "only fetched, not bought" in shell.refused("collect", code=4)
    (studio.workspace.output_dir / "lipsync").unlink()
    assert shell.run("collect").code == 0


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "read-only", "ro") as folder:
        yield folder


async def test_a_read_only_output_folder(studio: Studio, shell: Shell, read_only: Path) -> None:
    await studio.submit()
    await studio.restart()
    studio.runner.journal.note(studio.row(), output_root=str(read_only))
    told = shell.refused("collect", code=4)
    assert "Read-only file system" in told
    assert "only fetched, not bought" in told
    assert studio.row().stage is Stage.COMPLETED
    studio.runner.journal.note(studio.row(), output_root=str(studio.workspace.output_dir))
    assert shell.run("collect").code == 0


async def test_ctrl_c_says_that_nothing_is_lost(studio: Studio, shell: Shell) -> None:
    studio.sandbox.settings(processing_s=100_000.0)
    submitted = await studio.submit()
    await studio.restart()
    process = shell.start("collect")
    until_said(process, "Processing at Sync")
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()  # or it would ask the sandbox on and on, in the tests to come
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1].startswith("Stopped. Jobs that are paid for go on")
    assert "Traceback" not in err
    assert shell.run("collect", submitted.short_id, "--wait-limit", "1").code == 4
    assert len(studio.purchases()) == 1


async def test_a_job_that_waits_for_a_slot_is_submitted_only_when_it_is_named(studio: Studio, shell: Shell) -> None:
    studio.sandbox.plan(operation="create", kind="error", status=429, error_code="concurrency_limit_reached", times=1)
    submitted = await studio.submit()
    assert submitted.row is None
    await studio.restart()
    assert shell.run("collect").err == "Nothing to collect.\n"
    assert studio.purchases() == []
    assert "buys it then" in shell.run("show", submitted.short_id).out
    assert shell.run("collect", submitted.short_id).code == 0
    assert len(studio.purchases()) == 1


async def test_a_job_that_was_never_sent(studio: Studio, shell: Shell) -> None:
    done = await studio.lip_sync()
    studio.runner.journal.note(done.row, stage=Stage.PREPARED.value, path=None, service_job_id=None, handed_over_at=None)
    assert "never sent" in shell.refused("collect", done.row.short_id, code=5)


async def test_an_unknown_id(studio: Studio, shell: Shell) -> None:
    await studio.lip_sync()
    assert "list" in shell.refused("collect", "0123456789ab", code=3)
    unknown = "00000000-0000-4000-8000-000000000000"
    assert unknown in shell.refused("collect", unknown, "--output-dir", str(studio.workspace.output_dir), code=3)
    assert len(studio.rows()) == 1


async def test_what_is_done_for_nothing_in_a_sandbox_is_left_to_comfyui(studio: Studio, shell: Shell) -> None:
    """The sandbox needs libraries that this interpreter lacks; nothing was paid for there."""
    done = await studio.lip_sync()
    studio.runner.journal.note(done.row, origin="sandbox of Sync", handed_over_at=None, stage=Stage.SUBMITTED.value)
    assert shell.run("collect").err == "Nothing to collect.\n"
    assert "sandbox" in shell.refused("collect", done.row.short_id, code=4)
