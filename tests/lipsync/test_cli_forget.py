"""`forget`: only what costs nothing to forget, unless one insists; and nothing is bought again because of it."""

from __future__ import annotations

import pytest

from lipsync.errors import JobFailed
from lipsync.jobs.locks import job_lock
from lipsync.jobs.states import Stage
from lipsync.sandbox.settings import DAY_S
from tests.lipsync.shell import Shell
from tests.lipsync.studio import Studio


async def older(studio: Studio) -> str:
    """A film that was bought two days ago."""
    done = await studio.lip_sync()
    studio.runner.journal.note(done.row, created_at=done.row.created_at - 2 * DAY_S)
    return done.row.short_id


async def test_a_film_that_is_here_is_forgotten_and_its_graph_does_not_buy_again(studio: Studio, shell: Shell) -> None:
    short_id = await older(studio)
    ended = shell.run("forget", short_id)
    assert ended.code == 0, ended
    assert "the list of Sync is asked first" in ended.out
    assert str(studio.films()[0]) in ended.out
    assert studio.rows() == []
    await studio.restart()
    done = await studio.lip_sync()
    assert (done.row.short_id, done.bought) == (short_id, False)
    assert len(studio.purchases()) == len(studio.films()) == 1
    assert shell.run("forget", short_id, "--yes", "--json").json["forgotten"] is True


@pytest.mark.parametrize("choice", ["Segmind"])
async def test_where_it_would_be_bought_again_it_says_so(studio: Studio, shell: Shell) -> None:
    short_id = await older(studio)
    assert "buy it again" in shell.refused("forget", short_id, code=6)
    assert "is bought again" in shell.run("forget", short_id, "--yes").out


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage.paid_call_made])
async def test_what_is_under_way_or_paid_for_is_kept(studio: Studio, shell: Shell, stage: Stage) -> None:
    short_id = await older(studio)
    studio.runner.journal.note(studio.row(), stage=stage.value, path=None)
    sentence = shell.refused("forget", short_id, code=6)
    assert "--yes" in sentence
    assert studio.row().stage is stage
    assert shell.run("forget", short_id, "--yes").code == 0
    assert studio.rows() == []


async def test_a_film_that_is_not_here_is_kept(studio: Studio, shell: Shell) -> None:
    short_id = await older(studio)
    studio.films()[0].unlink()
    assert "not on this disk" in shell.refused("forget", short_id, code=6)


async def test_what_the_limit_of_today_counts_is_kept(studio: Studio, shell: Shell) -> None:
    done = await studio.lip_sync()
    assert "limit of 24 hours" in shell.refused("forget", done.row.short_id, code=6)


async def test_a_queued_job_is_kept(studio: Studio, shell: Shell) -> None:
    short_id = await older(studio)
    studio.runner.journal.note(studio.row(), stage=Stage.PREPARED.value, queued=1, path=None)
    assert "free slot" in shell.refused("forget", short_id, code=6)


async def test_a_failure_is_forgotten_with_every_attempt(studio: Studio, shell: Shell) -> None:
    studio.sandbox.plan(operation="create", kind="outcome", status="FAILED", error_code="generation_timeout", times=2)
    for _ in range(2):
        with pytest.raises(JobFailed):
            await studio.lip_sync()
    assert len(studio.rows()) == 2
    assert shell.run("forget", studio.row().short_id).code == 0
    assert studio.rows() == []
    assert (await studio.lip_sync()).row.attempt == 3, "the service's list has the others"


async def test_a_job_that_another_program_works_on_is_kept(studio: Studio, shell: Shell) -> None:
    short_id = await older(studio)
    with job_lock(studio.workspace.state_dir, studio.row().fingerprint):
        assert "another program" in shell.refused("forget", short_id, "--yes", code=6)
    assert len(studio.rows()) == 1
