"""What the registry, ComfyUI Manager and a reader of the repository may rely on."""

from __future__ import annotations

import ast
import fnmatch
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.repository import ROOT, files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it there

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAX_LINES = 350
HTTP_MODULE = Path("lipsync/services/transport.py")
COMFYUI_MODULE = Path("nodes/_comfy.py")
COMFYUI = {"comfy", "comfy_api", "comfy_api_nodes", "comfy_execution", "comfyui_version", "folder_paths", "server", "execution", "nodes"}
TEXT = {".cfg", ".css", ".html", ".js", ".json", ".md", ".py", ".sh", ".svg", ".toml", ".txt", ".yaml", ".yml", ""}


def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that `path` imports, anywhere in it, and how many dots stand before its name."""
    for node in ast.walk(ast.parse(text(path))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.level


def absolute_imports(path: Path) -> set[str]:
    return {name.partition(".")[0] for name, level in imports(path) if level == 0}


ENGINE = files(".py", under="lipsync")
PRODUCT = [*ENGINE, *files(".py", under="nodes"), *(path for path in files(".py") if path == Path("__init__.py"))]


# The registry (comfyui.md 1.4).


def test_the_name_is_one_that_the_registry_takes() -> None:
    name = PYPROJECT["project"]["name"]
    assert re.fullmatch(r"[A-Za-z]([-_.]?[A-Za-z0-9])*", name)
    assert len(name) < 100
    assert "comfyui" not in name.lower()


def test_the_version_is_semantic_and_in_the_changelog() -> None:
    version = PYPROJECT["project"]["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert f"## [{version}]" in text(Path("CHANGELOG.md"))


def test_the_registry_finds_publisher_licence_repository_and_icon() -> None:
    project, comfy = PYPROJECT["project"], PYPROJECT["tool"]["comfy"]
    assert text(Path(project["license"]["file"])).startswith("MIT License")
    assert (ROOT / project["readme"]).is_file()
    assert project["urls"]["Repository"].startswith("https://")
    assert re.fullmatch(r"[a-z0-9-]+", comfy["PublisherId"])
    assert comfy["DisplayName"]
    assert (ROOT / "web" / Path(comfy["Icon"]).name).is_file()


def test_comfyui_is_required_by_full_versions() -> None:
    for part in PYPROJECT["tool"]["comfy"]["requires-comfyui"].split(","):
        assert re.fullmatch(r"\s*(<|>|<=|>=|~=|!=|<>)\d+\.\d+\.\d+\s*", part), "comfy-cli drops anything less without an error"


def test_the_web_folder_is_registered_once() -> None:
    assert "web" not in PYPROJECT["tool"]["comfy"], "WEB_DIRECTORY does it; twice would load every script twice"


def test_manager_installs_what_the_project_declares() -> None:
    assert PYPROJECT["project"]["dependencies"] == text(Path("requirements.txt")).split()


def test_the_archive_holds_the_pack_and_nothing_for_developers() -> None:
    lines = text(Path(".comfyignore")).splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]

    def ignored(path: Path) -> bool:
        parts = [f"{parent.as_posix()}/" for parent in path.parents] + [path.as_posix()]
        return any(fnmatch.fnmatch(part, pattern) for part in parts for pattern in patterns)

    archive = [path for path in files() if not ignored(path)]
    assert {path.parts[0] for path in archive} <= {
        "__init__.py", "nodes", "lipsync", "web", "example_workflows", "locales",
        "pyproject.toml", "requirements.txt", "README.md", "CHANGELOG.md", "LICENSE",
    }  # fmt: skip
    assert {Path("__init__.py"), Path("requirements.txt"), Path("LICENSE"), Path("lipsync/sample/clip.mp4")} <= set(archive)


# The shape of the code.


def test_no_source_file_is_too_long() -> None:
    lengths = {path: len(text(path).splitlines()) for path in files(".py", ".js", ".css")}
    assert not {str(path): length for path, length in lengths.items() if length > MAX_LINES}


def test_every_file_is_python_3_10() -> None:
    for path in files(".py"):
        ast.parse(text(path), filename=str(path), feature_version=(3, 10))


def test_the_network_is_reached_through_one_module() -> None:
    assert [path for path in PRODUCT if "httpx" in absolute_imports(path)] == [HTTP_MODULE]


def test_the_engine_knows_neither_comfyui_nor_its_own_absolute_name() -> None:
    assert not [path for path in ENGINE if absolute_imports(path) & (COMFYUI | {"lipsync"})]


def test_no_relative_import_leaves_the_engine() -> None:
    assert not [(path, name) for path in ENGINE for name, level in imports(path) if level >= len(path.parts)]


def test_comfyui_is_imported_in_one_module() -> None:
    assert [path for path in PRODUCT if absolute_imports(path) & COMFYUI] == [COMFYUI_MODULE]


def test_tests_import_each_other_absolutely() -> None:
    # Below a root that is a package itself, pytest names a test module after the folder of the clone, and a relative import would
    # load a second copy of what it names.
    tests = [path for path in files(".py", under="tests") if path.name.startswith(("test_", "conftest"))]
    assert not [(path, name) for path in tests for name, level in imports(path) if level]


# What must not be in a public repository.

FORBIDDEN = {
    "a key": r"\bsk-[A-Za-z0-9_-]{16,}",
    "a path of somebody's machine": r"(?<![\w.~])/(root|home/\w+|work|Users/\w+)/|\b[A-Z]:\\Users\\",
    "the host of a package registry": r"pypi[.]org|pythonhosted[.]org|registry[.]npmjs|deb[.]debian[.]org|download[.]pytorch",
}


def test_no_secret_machine_or_registry_is_named() -> None:
    named = [
        f"{path}: {what}: {found.group()}"
        for path in files()
        if path.suffix in TEXT
        for what, pattern in FORBIDDEN.items()
        if (found := re.search(pattern, text(path)))
    ]
    assert not named
