"""What a stretch of a test may buy and ask, by the sandbox's own books."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.sandbox_process import SandboxProcess


@contextmanager
def buying(sandbox: SandboxProcess, count: int) -> Iterator[None]:
    """Fails unless exactly `count` purchases are made inside."""
    before = len(sandbox.ledger())
    yield
    bought = sandbox.ledger()[before:]
    assert len(bought) == count, f"{len(bought)} purchases instead of {count}: {bought}"


@contextmanager
def asking_nothing(sandbox: SandboxProcess) -> Iterator[None]:
    """Fails if a single request comes in."""
    sandbox.clear_requests()
    yield
    asked = [f"{note['method']} {note['path']}" for note in sandbox.requests()]
    assert not asked, f"the sandbox was asked {asked}"
