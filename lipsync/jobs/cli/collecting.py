"""`collect`: what is paid for and not yet fetched, from the services to this disk."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...catalogue import CHOICES, ServiceChoice
from ...errors import LipsyncError, NoKey, NoSuchJob, NotInJournal
from ...services.origins import is_sandbox
from .. import adopt, settle
from ..accounts import Accounts, choice_of
from ..collecting import Collected, collect_all
from ..fetch import film_on_disk
from ..journal import Journal, Row
from ..memory import ListsRead
from ..runner import Runner
from ..states import Stage
from . import output, words
from .exits import Exit, exit_of_all
from .folders import Folders


def run(chosen: argparse.Namespace, folders: Folders) -> Exit:
    """Fetch what was asked for; one line per job on stdout, its id and its file. Raises LipsyncError where nothing could be begun."""
    if not folders.journal_path.exists() and not chosen.from_service and not adopt.is_service_id(chosen.job or ""):
        if chosen.job:
            raise NotInJournal(job=chosen.job, folder=str(folders.state_dir))
        return _told([], chosen)
    return _told(asyncio.run(_Collecting(chosen, folders).run()), chosen)


def _told(collected: Sequence[Collected], chosen: argparse.Namespace) -> Exit:
    for one in collected:
        if one.error is not None:
            output.aside(str(one.error))
        elif not chosen.json and one.finished is not None:
            output.result(f"{one.row.short_id}\t{one.finished.film}")
    if chosen.json:
        output.result_json([_as_json(one) for one in collected])
    elif not collected:
        output.aside("Nothing to collect.")
    ending = exit_of_all(one.error for one in collected if one.error is not None)
    if ending is Exit.NOT_YET:
        output.aside("What is not here yet is not lost: the same command goes on, and buys nothing.")
    return ending


def _as_json(one: Collected) -> dict[str, object]:
    return {**words.as_json(one.row), "collected": one.finished is not None, "error": None if one.error is None else str(one.error)}


class _Errand(Runner):
    """A runner for one command, which may end at any moment: it goes on with nothing that it was not sent for."""

    def resume(self) -> None:
        """What else is unfinished is left to ComfyUI, and what waits for a slot is not submitted by a command that only collects."""


class _Collecting:
    """One run of `collect`, on one event loop."""

    def __init__(self, chosen: argparse.Namespace, folders: Folders) -> None:
        self._chosen, self._folders = chosen, folders
        self._database = folders.database()
        self._journal = Journal(self._database)
        self._accounts = Accounts(folders.state_dir)
        self._lines = output.ProgressLines()

    async def run(self) -> list[Collected]:
        try:
            if self._chosen.job:
                return await self._collected([await self._named(self._chosen.job)])
            if self._chosen.from_service:
                await self._take_up_from_services()
            rows = self._journal.uncollected(name=self._chosen.name, since=self._chosen.since)
            return await self._collected([row for row in rows if not row.queued and _can_be_asked(row)])
        finally:
            self._lines.end()

    async def _named(self, job_id: str) -> Row:
        """The last attempt at a job; one that the journal does not know is looked for by the service's own id. Raises NotInJournal."""
        attempts = self._journal.attempts(job_id)
        if attempts:
            return attempts[-1]
        for choice in _services() if adopt.is_service_id(job_id) else []:
            try:
                account = await self._accounts.open(choice)
                return await adopt.by_service_id(job_id, account, self._journal, self._folders.workspace())
            except (NoKey, NoSuchJob):
                continue
        raise NotInJournal(job=job_id, folder=str(self._folders.state_dir))

    async def _take_up_from_services(self) -> None:
        """Rows for what the services' lists have of ours and the journal has not."""
        workspace = self._folders.workspace()
        for choice in _services():
            try:
                account = await self._accounts.open(choice)
            except NoKey:
                if choice.service != "sync":  # only that one has a list, so that without its key there is nothing to be found
                    continue
                raise
            if not account.service.capabilities.list_by_name:
                output.aside(f"{choice.label} gives its jobs no names; `collect ID` takes one up by the id that its history shows.")
                continue
            output.aside(f"Reading the list of {choice.label}.")
            listed = await settle.read_list(ListsRead(self._database), account)
            for status in listed:
                old = status.made_at is not None and status.made_at < self._chosen.since
                unwanted = self._chosen.name.lower() not in (status.name or "").lower()
                if not (old or unwanted or settle.STAGE_OF[status.state].dead):
                    adopt.take_up(status, account, self._journal, workspace)

    async def _collected(self, rows: Sequence[Row]) -> list[Collected]:
        """What becomes of `rows`, in their order. A service that cannot be asked now is found out first: waiting would have no end."""
        troubles: dict[str, LipsyncError | None] = {}
        refused: dict[str, Collected] = {}
        by_output: dict[Path, list[Row]] = defaultdict(list)
        for row in rows:
            try:
                if self._needs_the_service(row):
                    choice = choice_of(row)
                    if choice.label not in troubles:
                        troubles[choice.label] = await self._trouble_with(choice)
                    if trouble := troubles[choice.label]:
                        raise trouble
                by_output[self._folders.workspace_of(row).output_dir].append(row)
            except LipsyncError as error:
                refused[row.short_id] = Collected(row=row, error=error)
        batches = await asyncio.gather(*[self._to_one_folder(batch) for batch in by_output.values()])
        ended = {one.row.short_id: one for batch in batches for one in batch} | refused
        return [ended[row.short_id] for row in rows]

    def _needs_the_service(self, row: Row) -> bool:
        return row.queued or row.stage.paid_call_made or (row.stage is Stage.DONE and film_on_disk(row, self._journal) is None)

    async def _trouble_with(self, choice: ServiceChoice) -> LipsyncError | None:
        try:
            await (await self._accounts.open(choice)).service.check_key()
        except LipsyncError as error:
            return error
        return None

    async def _to_one_folder(self, rows: Sequence[Row]) -> list[Collected]:
        runner = _Errand(self._folders.workspace_of(rows[0]))
        collected = await collect_all(rows, runner, listener=self._lines.tell, wait_limit_s=self._chosen.wait_limit)
        return [replace(one, row=self._journal.latest(one.row.fingerprint) or one.row) for one in collected]


def _services() -> list[ServiceChoice]:
    return [choice for choice in CHOICES if not choice.sandbox]


def _can_be_asked(row: Row) -> bool:
    """Whether the sandbox that made `row` can run here: without ComfyUI's libraries it cannot, and nothing was paid for there."""
    return not is_sandbox(row.origin) or importlib.util.find_spec("aiohttp") is not None
