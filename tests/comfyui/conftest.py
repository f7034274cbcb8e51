"""One ComfyUI per version for the whole run, and a sandbox that the tests watch; the last lines of the run say what passed."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import RENDERERS, Canvas, chromium, open_canvas
from tests.support.comfy_checkout import ABSENT, PACK, ROOT, Checkout, checkouts
from tests.support.comfy_server import ComfyServer
from tests.support.sandbox_process import NO_LIMITS, SandboxProcess

HELPERS = "ring3-helpers"
SCREENSHOTS = Path(tempfile.gettempdir()) / "sync-lipsync-screenshots"
"""What the browser tests saw, of the last run."""
_FOUND = checkouts()
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker("comfyui")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "checkout" in metafunc.fixturenames:
        absent = pytest.param(None, id="absent", marks=pytest.mark.skip(reason=ABSENT))
        found = [pytest.param(checkout, id=checkout.version) for checkout in _FOUND]
        metafunc.parametrize("checkout", found or [absent], scope="session", indirect=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for version in [checkout.version for checkout in _FOUND]:
        count: Counter[str] = Counter()
        for kind in ("passed", "skipped", "failed", "error"):
            for report in terminalreporter.stats.get(kind, []):
                mine = "tests/comfyui/" in report.nodeid and version in report.nodeid.partition("[")[2]
                count[kind] += mine and (report.when == "call" or kind != "passed")
        wrong = "".join(f", {count[kind]} {kind}" for kind in ("failed", "error") if count[kind])
        if count:
            terminalreporter.write_line(f"ring 3 {version}: {count['passed']} passed, {count['skipped']} skipped{wrong}")
    if SCREENSHOTS.exists():
        terminalreporter.write_line(f"screenshots: {SCREENSHOTS}")


@pytest.fixture(scope="session")
def checkout(request: pytest.FixtureRequest) -> Checkout:
    return request.param


@pytest.fixture(scope="session")
def _watched(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp(f"sandbox-{checkout.version}")) as process:
        yield process


@pytest.fixture
def sandbox(_watched: SandboxProcess) -> Iterator[SandboxProcess]:
    """The sandbox behind the service `Sync`, its jobs quick; faults and settings are forgotten after the test."""
    _watched.settings(**NO_LIMITS, pending_s=0.2, processing_s=0.8)
    yield _watched
    _watched.reset()


@pytest.fixture(scope="session")
def start_comfy(checkout: Checkout, _watched: SandboxProcess) -> Iterator[Callable[..., ComfyServer]]:
    """Starts ComfyUI with the pack and the helpers in a folder; ended with the last test of its version at the latest."""
    with ExitStack() as running:

        def start(base: Path, *, key: str | None = "ring-3-key", arguments: Sequence[str] = ()) -> ComfyServer:
            env = {"SYNC_BASE_URL": _watched.sync_url, "SEGMIND_BASE_URL": _watched.segmind_url} | ({"SYNC_API_KEY": key} if key else {})
            packs = {PACK: ROOT, HELPERS: _HERE / "helper_pack"}
            server = ComfyServer(checkout, base, packs=packs, env=env, arguments=arguments)
            return running.enter_context(server)

        yield start


@pytest.fixture(scope="session")
def comfy(start_comfy: Callable[..., ComfyServer], checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> ComfyServer:
    return start_comfy(tmp_path_factory.mktemp(f"comfyui-{checkout.version}"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(params=RENDERERS)
def canvas(request: pytest.FixtureRequest, comfy: ComfyServer, browser: Browser) -> Iterator[Canvas]:
    with open_canvas(browser, comfy, request.param) as opened:
        yield opened
