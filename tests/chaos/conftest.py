from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.world import Nursery, fast_clock


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery(fast_clock())
    yield nursery
    nursery.close()
