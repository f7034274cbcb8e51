"""README and help pages say what is so: checked against the nodes and the catalogue."""

from __future__ import annotations

import re
from typing import Any

import pytest

from lipsync.catalogue import SERVICES
from lipsync.catalogue.models import models_of
from tests.comfyui_host import Host
from tests.support.repository import ROOT, files

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted(path.stem for path in files(".md", under="web/docs"))


@pytest.fixture(scope="module")
def object_info(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return Host(ROOT, tmp_path_factory.mktemp("comfyui")).object_info()


def cells(markdown: str, heading: str) -> list[str]:
    """The names in the first column of the first table below `heading`."""
    section = markdown.partition(f"## {heading}\n")[2].partition("\n## ")[0].strip()
    table = section.partition("\n\n")[0].splitlines()[2:]
    return [row.split("|")[1].strip().strip("`") for row in table]


def test_every_node_has_a_help_page_and_no_page_is_without_a_node(object_info: dict[str, Any]) -> None:
    assert sorted(object_info) == PAGES


@pytest.mark.parametrize("node_id", PAGES)
def test_a_help_page_lists_the_inputs_and_outputs_in_their_order(object_info: dict[str, Any], node_id: str) -> None:
    page, node = (ROOT / "web" / "docs" / f"{node_id}.md").read_text(encoding="utf-8"), object_info[node_id]
    shown = [name for group in ("required", "optional") for name in node["input"].get(group, {})]
    assert cells(page, "Inputs") == shown
    assert cells(page, "Outputs") == node["output_name"]


def test_the_readme_names_every_node_by_its_title(object_info: dict[str, Any]) -> None:
    rows = re.findall(r"^\| (.+?) \| `(Sync\w+)` \|", README, re.MULTILINE)
    assert {node_id: title for title, node_id in rows} == {node_id: node["display_name"] for node_id, node in object_info.items()}


def test_the_readme_has_the_prices_of_the_catalogue() -> None:
    shown = {name: float(price) for name, price in re.findall(r"^\| `([\w.-]+)` \| ([\d.]+) \|", README, re.MULTILINE)}
    assert shown == {model.name: model.price.usd_per_frame for model in models_of("sync") if model.price}


def test_the_readme_names_the_services_own_variables_and_pages() -> None:
    sync = SERVICES["sync"]
    assert all(word in README for word in (sync.key_variable, sync.base_url_variable, sync.base_url, sync.keys_page, sync.status_page))


def test_links_inside_the_repository_lead_somewhere() -> None:
    pages = {path: (ROOT / path).read_text(encoding="utf-8") for path in files(".md")}
    links = [(path, target) for path, page in pages.items() for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page)]
    assert not [(path, target) for path, target in links if not (ROOT / path.parent / target).exists()]


def test_every_test_that_the_readme_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", README)
    assert len(named) > 10
    assert not [(path, name) for path, name in named if f"def {name}" not in (ROOT / path).read_text(encoding="utf-8")]
