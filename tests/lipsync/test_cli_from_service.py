"""`collect --from-service`: what another machine bought arrives here, and its graph finds it."""

from __future__ import annotations

import shutil

import pytest

from lipsync.errors import JobFailed
from tests.lipsync.shell import Shell
from tests.lipsync.studio import Studio


@pytest.fixture
async def bought(studio: Studio) -> list[str]:
    """What the other machine bought: two films and a failure. Nothing of it is on this one."""
    studio.sandbox.plan(operation="create", kind="outcome", status="FAILED", error_code="generation_timeout", match="fails")
    jobs = [(await studio.lip_sync(studio.wish(take=take, output_name=name))).row.short_id for take, name in enumerate(("one", "two"))]
    with pytest.raises(JobFailed):
        await studio.lip_sync(studio.wish(take=3, output_name="fails"))
    shutil.rmtree(studio.workspace.state_dir)
    shutil.rmtree(studio.workspace.films_dir)
    studio.sandbox.clear_requests()
    return jobs


async def test_it_is_fetched_and_never_bought_again(studio: Studio, shell: Shell, bought: list[str]) -> None:
    output = str(studio.workspace.output_dir)
    ended = shell.run("collect", "--from-service", "--output-dir", output)
    assert ended.code == 0, ended
    assert [line.split("\t")[0] for line in ended.out.splitlines()] == bought
    assert [film.name[:4] for film in studio.films()] == ["one-", "two-"]
    assert "Segmind gives its jobs no names" in ended.err
    again = shell.run("collect", "--from-service", "--output-dir", output)
    assert (again.code, again.out) == (0, "")
    await studio.restart()
    studio.sandbox.clear_requests()
    done = await studio.lip_sync(studio.wish(take=0, output_name="one"))
    assert (done.row.short_id, done.bought) == (bought[0], False)
    assert studio.operations() == []
    assert (await studio.lip_sync(studio.wish(take=3, output_name="fails"))).row.attempt == 2
    assert len(studio.purchases()) == 4


async def test_what_this_journal_knows_is_not_taken_up_again(studio: Studio, shell: Shell, bought: list[str]) -> None:
    await studio.restart()
    known = await studio.lip_sync(studio.wish(take=0, output_name="one"))
    ended = shell.run("collect", "--from-service", "--output-dir", str(studio.workspace.output_dir))
    assert [line.split("\t")[0] for line in ended.out.splitlines()] == [bought[1]]
    assert [row.short_id for row in studio.rows()].count(known.row.short_id) == 1
    assert len(studio.purchases()) == 3


async def test_a_journal_that_was_lost_is_healed(studio: Studio, shell: Shell) -> None:
    done = await studio.lip_sync()
    for path in studio.workspace.state_dir.glob("jobs.sqlite3*"):
        path.unlink()
    ended = shell.run("collect", "--from-service", "--output-dir", str(studio.workspace.output_dir))
    assert ended.out == f"{done.row.short_id}\t{done.film}\n"
    assert len(studio.films()) == len(studio.purchases()) == 1


async def test_only_what_is_named(studio: Studio, shell: Shell, bought: list[str]) -> None:
    shell.run("collect", "--from-service", "--name", "two", "--output-dir", str(studio.workspace.output_dir))
    assert [film.name[:4] for film in studio.films()] == ["two-"]
    assert [one["job_id"] for one in shell.run("list", "--json").json] == [bought[1]]


async def test_a_job_by_the_services_own_id(studio: Studio, shell: Shell, bought: list[str]) -> None:
    own = studio.purchases()[0]["id"]
    ended = shell.run("collect", own, "--output-dir", str(studio.workspace.output_dir))
    assert ended.out.split("\t")[0] == bought[0]
    assert shell.run("show", own).code == 0


@pytest.mark.parametrize("choice", ["Segmind"])
async def test_a_job_of_segmind_by_its_own_id(studio: Studio, shell: Shell) -> None:
    done = await studio.lip_sync()
    shutil.rmtree(studio.workspace.state_dir)
    ended = shell.run("collect", str(done.row.service_job_id), "--output-dir", str(studio.workspace.output_dir))
    assert ended.code == 0, ended
    assert len(studio.films()) == 2


async def test_what_cannot_be_begun_is_told(studio: Studio, shell: Shell, bought: list[str]) -> None:
    output = ["--output-dir", str(studio.workspace.output_dir)]
    assert "--output-dir" in shell.refused("collect", "--from-service", code=2)
    assert "SYNC_API_KEY" in shell.refused("collect", "--from-service", *output, code=4, SYNC_API_KEY=None)
    assert "cannot be reached" in shell.refused("collect", "--from-service", *output, code=4, SYNC_BASE_URL="http://127.0.0.1:9")
    shutil.rmtree(studio.workspace.state_dir)
    strange = studio.workspace.temp_dir
    (strange / "a photo.png").write_bytes(b"")
    assert "holds other things" in shell.at(strange).refused("collect", "--from-service", *output, code=2)
    assert [path.name for path in strange.iterdir()] == ["a photo.png"]
