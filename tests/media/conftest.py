"""What media tests share: the limits of the services, and preparing without an audience."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lipsync.catalogue import SERVICES, ServiceFacts
from lipsync.media.prepare import prepare_speech, prepare_video
from lipsync.media.prepared import Prepared

Prepare = Callable[..., Prepared]


@pytest.fixture
def limits() -> ServiceFacts:
    return SERVICES["sync"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "passing"


@pytest.fixture
def prepared(folder: Path, limits: ServiceFacts) -> Prepare:
    def prepare(source: object, limits: ServiceFacts = limits) -> Prepared:
        return prepare_video(source, limits=limits, folder=folder, progress=lambda *_: None, cancelled=lambda: False)

    return prepare


@pytest.fixture
def spoken(folder: Path, limits: ServiceFacts) -> Prepare:
    def prepare(source: object, limits: ServiceFacts = limits) -> Prepared:
        return prepare_speech(source, limits=limits, folder=folder, progress=lambda *_: None, cancelled=lambda: False)

    return prepare
