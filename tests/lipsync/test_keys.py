"""Keys: where they come from, who can read them, and that nothing ever says one."""

from __future__ import annotations

import json
import logging
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from lipsync.catalogue import SERVICES, ServiceChoice, service_choice
from lipsync.errors import FileDamaged, KeyNotTaken, LipsyncError, NoKey
from lipsync.keys import FILE_NAME, IN_SETTINGS, key_for, key_source, remove_key, save_key
from lipsync.redact import redact
from tests.support.repository import ROOT

SAVED, TOLD = "saved-Qm7RkT2vX9pL", "told-Zw4NbY8cH3sD"


def choice(label: str) -> ServiceChoice:
    found = service_choice(label)
    assert found is not None
    return found


SYNC, SEGMIND, SANDBOX = choice("Sync"), choice("Segmind"), choice("Sync (sandbox)")


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for facts in SERVICES.values():
        monkeypatch.delenv(facts.key_variable, raising=False)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_without_a_key_the_error_says_where_one_goes_and_nothing_is_created(tmp_path: Path) -> None:
    state_dir = tmp_path / "state"
    assert key_source("sync", state_dir=state_dir) is None
    with pytest.raises(NoKey) as refusal:
        key_for(SYNC, state_dir=state_dir)
    assert all(part in str(refusal.value) for part in ("settings under Lip Sync", "SYNC_API_KEY", "sandbox"))
    assert not state_dir.exists()


def test_a_saved_key_is_found_again_and_removed(tmp_path: Path) -> None:
    save_key("sync", f"  {SAVED}\n", state_dir=tmp_path)
    key = key_for(SYNC, state_dir=tmp_path)
    assert (key.value, key.where) == (SAVED, IN_SETTINGS)
    assert key_source("sync", state_dir=tmp_path) == "file"
    assert key_source("segmind", state_dir=tmp_path) is None
    remove_key("sync", state_dir=tmp_path)
    assert key_source("sync", state_dir=tmp_path) is None
    assert SAVED not in (tmp_path / FILE_NAME).read_text()


def test_services_have_keys_of_their_own(tmp_path: Path) -> None:
    save_key("sync", SAVED, state_dir=tmp_path)
    save_key("segmind", TOLD, state_dir=tmp_path)
    remove_key("sync", state_dir=tmp_path)
    assert key_for(SEGMIND, state_dir=tmp_path).value == TOLD
    assert key_source("sync", state_dir=tmp_path) is None


def test_the_environment_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_key("sync", SAVED, state_dir=tmp_path)
    monkeypatch.setenv("SYNC_API_KEY", f" {TOLD} ")
    key = key_for(SYNC, state_dir=tmp_path)
    assert (key.value, key.where) == (TOLD, "SYNC_API_KEY")
    assert key_source("sync", state_dir=tmp_path) == "environment"


def test_the_sandbox_never_sees_a_real_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_key("sync", SAVED, state_dir=tmp_path)
    monkeypatch.setenv("SYNC_API_KEY", TOLD)
    assert key_for(SANDBOX, state_dir=tmp_path).value not in (SAVED, TOLD)


@pytest.mark.skipif(sys.platform == "win32", reason="the user's profile is private by itself there")
def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    state_dir = tmp_path / "state"
    save_key("sync", SAVED, state_dir=state_dir)
    assert (mode(state_dir), mode(state_dir / FILE_NAME)) == (0o700, 0o600)
    (state_dir / FILE_NAME).chmod(0o644)  # as a backup may have restored it
    save_key("segmind", TOLD, state_dir=state_dir)
    assert mode(state_dir / FILE_NAME) == 0o600


@pytest.mark.parametrize("value", ["", "   ", "short", "two words of it", "line\nbreak-in-a-key", "schlüssel-mit-umlaut", "x" * 501])
def test_what_cannot_be_a_key_is_refused_without_being_quoted(tmp_path: Path, value: str) -> None:
    with pytest.raises(KeyNotTaken) as refusal:
        save_key("sync", value, state_dir=tmp_path)
    assert not value.strip() or value.strip() not in str(refusal.value)
    assert "sync.so/settings/api-keys" in str(refusal.value)
    assert not (tmp_path / FILE_NAME).exists()
    assert redact("cut short by two words of it") == "cut short by two words of it"  # a slip in the panel spoils no later sentence


@pytest.mark.parametrize("content", ["{", "[]", '"' + SAVED, ""])
def test_a_damaged_file_is_said_and_not_quoted(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(FileDamaged) as damage:
        key_for(SYNC, state_dir=tmp_path)
    assert FILE_NAME in str(damage.value)
    assert SAVED not in str(damage.value)
    assert damage.value.__cause__ is None


def test_a_key_is_masked_wherever_it_appears(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    save_key("sync", SAVED, state_dir=tmp_path)
    key = key_for(SYNC, state_dir=tmp_path)
    assert SAVED not in repr(key)
    assert SAVED not in str(LipsyncError(f"The service said {SAVED}."))
    assert SAVED not in redact(f"https://media.example/{SAVED}")
    assert SAVED not in key.mark
    assert SAVED not in caplog.text


def test_processes_that_save_at_once_lose_nothing(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from lipsync.owner_file import OwnerFile\n"
        "for turn in range(20): OwnerFile(Path(sys.argv[1])).change({f'{sys.argv[2]}-{turn}': turn})"
    )
    path = tmp_path / "shared.json"
    writers = [subprocess.Popen([sys.executable, "-c", script, str(path), str(number)], cwd=ROOT) for number in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert json.loads(path.read_text()) == {f"{number}-{turn}": turn for number in range(3) for turn in range(20)}
    assert sorted(found.name for found in tmp_path.iterdir()) == ["locks", "shared.json"]
