from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.world import Workers, fast_clock


@pytest.fixture(scope="session")
def nursery() -> Iterator[Workers]:
    nursery = Workers(fast_clock())
    yield nursery
    nursery.close()
