"""The spending limit, the webhook address and the plan: who sets them, and where they end up."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from lipsync.catalogue import plan_named
from lipsync.errors import InputRefused, OverLimit
from lipsync.redact import redact
from lipsync.settings import (
    DEFAULT_LIMIT_USD,
    FILE_NAME,
    LIMIT_VARIABLE,
    PLAN_VARIABLE,
    WEBHOOK_VARIABLE,
    Setting,
    daily_limit_usd,
    save_daily_limit,
    save_plan,
    save_webhook,
    sync_plan,
    webhook_url,
)
from tests.lipsync.studio import Studio, sentence_of

HOOK = "https://hooks.example.com/lipsync/Tq8VdR3mXz?token=Lw6PnJ2k"


@pytest.fixture(autouse=True)
def _nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(LIMIT_VARIABLE, raising=False)
    monkeypatch.delenv(WEBHOOK_VARIABLE, raising=False)
    monkeypatch.delenv(PLAN_VARIABLE, raising=False)


def test_nothing_set(tmp_path: Path) -> None:
    assert daily_limit_usd(tmp_path) == Setting(DEFAULT_LIMIT_USD, "default")
    assert webhook_url(tmp_path) == Setting(None, "default")
    assert sync_plan(tmp_path) == sync_plan(None) == Setting(None, "default")
    assert list(tmp_path.iterdir()) == []


def test_saved_and_taken_away(tmp_path: Path) -> None:
    save_daily_limit(12.5, state_dir=tmp_path)
    save_webhook(f" {HOOK} ", state_dir=tmp_path)
    assert daily_limit_usd(tmp_path) == Setting(12.5, "file")
    assert webhook_url(tmp_path) == Setting(HOOK, "file")
    save_plan("creator ", state_dir=tmp_path)
    assert sync_plan(tmp_path) == Setting(plan_named("Creator"), "file")
    assert sync_plan(None) == Setting(None, "default")
    save_plan("", state_dir=tmp_path)
    save_daily_limit(None, state_dir=tmp_path)
    save_webhook("", state_dir=tmp_path)
    assert json.loads((tmp_path / FILE_NAME).read_text()) == {}


def test_the_environment_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_daily_limit(12.5, state_dir=tmp_path)
    save_webhook(HOOK, state_dir=tmp_path)
    save_plan("Creator", state_dir=tmp_path)
    monkeypatch.setenv(PLAN_VARIABLE, "SCALE")
    assert sync_plan(tmp_path) == sync_plan(None) == Setting(plan_named("Scale"), "environment")
    monkeypatch.setenv(LIMIT_VARIABLE, "3")
    monkeypatch.setenv(WEBHOOK_VARIABLE, "https://other.example.com/")
    assert daily_limit_usd(tmp_path) == Setting(3.0, "environment")
    assert webhook_url(tmp_path) == Setting("https://other.example.com/", "environment")


def test_a_limit_of_nothing_is_a_limit(tmp_path: Path) -> None:
    save_daily_limit(0, state_dir=tmp_path)
    assert daily_limit_usd(tmp_path) == Setting(0.0, "file")


@pytest.mark.parametrize("limit", ["many", "", -1, "nan", "inf", True, [], {}, float("inf"), 10**400])
def test_a_limit_that_is_no_price(tmp_path: Path, limit: object) -> None:
    with pytest.raises(InputRefused) as refusal:
        save_daily_limit(limit, state_dir=tmp_path)
    assert "a price in US dollars" in sentence_of(refusal.value)
    assert not (tmp_path / FILE_NAME).exists()


@pytest.mark.parametrize("name", ["Starter", 3, True, ["Creator"]])
def test_a_plan_that_there_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: object) -> None:
    with pytest.raises(InputRefused) as refusal:
        save_plan(name, state_dir=tmp_path)
    assert "Free, Hobbyist, Creator, Growth, Scale, Enterprise" in sentence_of(refusal.value)
    assert not (tmp_path / FILE_NAME).exists()
    monkeypatch.setenv(PLAN_VARIABLE, str(name))
    with pytest.raises(InputRefused, match=PLAN_VARIABLE):
        sync_plan(tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/x",
        "https://localhost/x",
        "https://127.0.0.1/x",
        "https://192.168.1.4/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://user:password@hooks.example.com/x",
        "https://printer.local/x",
        "file:///etc/passwd",
        "hooks.example.com",
        ["https://hooks.example.com"],
        7,
    ],
)
def test_a_webhook_that_is_not_a_public_address(tmp_path: Path, url: object) -> None:
    with pytest.raises(InputRefused) as refusal:
        save_webhook(url, state_dir=tmp_path)
    assert "a public https:// address" in sentence_of(refusal.value)
    assert str(url) not in str(refusal.value), "there may be a password in it"
    assert not (tmp_path / FILE_NAME).exists()


def test_a_webhook_address_is_masked_in_messages(tmp_path: Path) -> None:
    save_webhook(HOOK, state_dir=tmp_path)
    assert "Tq8VdR3mXz" not in redact(f"posting to {HOOK} failed")


@pytest.mark.skipif(sys.platform == "win32", reason="the user's profile is private by itself there")
def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    save_daily_limit(1, state_dir=tmp_path / "state")
    assert stat.S_IMODE((tmp_path / "state" / FILE_NAME).stat().st_mode) == 0o600


# What the engine makes of them.


async def test_a_saved_limit_holds_and_the_sentence_names_the_panel(studio: Studio) -> None:
    save_daily_limit(0.01, state_dir=studio.workspace.state_dir)
    with pytest.raises(OverLimit) as refusal:
        await studio.lip_sync()
    assert "settings under Lip Sync" in sentence_of(refusal.value)
    assert studio.purchases() == []
    save_daily_limit(1, state_dir=studio.workspace.state_dir)
    assert (await studio.lip_sync()).bought


async def test_the_webhook_goes_to_the_service_and_is_no_part_of_the_wish(studio: Studio) -> None:
    def body_of_the_last_purchase() -> Any:
        return json.loads(studio.sandbox.requests("create")[-1]["body_text"])

    first = await studio.lip_sync()
    assert "webhookUrl" not in body_of_the_last_purchase()
    save_webhook(HOOK, state_dir=studio.workspace.state_dir)
    again = await studio.lip_sync()
    assert (again.bought, again.row.fingerprint) == (False, first.row.fingerprint)
    await studio.lip_sync(studio.wish(take=1))
    assert body_of_the_last_purchase()["webhookUrl"] == HOOK
    assert len(studio.purchases()) == 2
    assert HOOK not in str(studio.rows()), "the body is wiped as soon as it was accepted"
