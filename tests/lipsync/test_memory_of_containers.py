"""How much memory is free, where a container allows less than the machine has."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lipsync import host
from lipsync.cgroups import free_in_groups
from tests.support.bare_python import BarePython
from tests.support.repository import ROOT

GB = 1_000_000_000
UNLIMITED_V1 = str(2**63 - 4096)


def group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("memory_", "memory.")).write_text(f"{text}\n")


def told(root: Path, groups: str) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    return root


def test_a_container_sees_its_own_group_at_the_mount(tmp_path: Path) -> None:
    stat = f"anon 7\nfile {3 * GB}\ninactive_file {1 * GB}\nactive_file {2 * GB}\nworkingset_refault_file 5"
    group(told(tmp_path, "0::/\n") / "sys/fs/cgroup", memory_max=str(8 * GB), memory_current=str(5 * GB), memory_stat=stat)
    assert free_in_groups(tmp_path) == 6 * GB


def test_the_narrowest_group_on_the_way_counts(tmp_path: Path) -> None:
    mount = told(tmp_path, "0::/user.slice/comfy.scope\n") / "sys/fs/cgroup"
    group(mount, memory_stat="inactive_file 9")  # the machine's own has no limit
    group(mount / "user.slice", memory_max=str(4 * GB), memory_current=str(3 * GB), memory_stat="inactive_file 0\nactive_file 0")
    group(mount / "user.slice/comfy.scope", memory_max="max", memory_current=str(2 * GB), memory_stat="inactive_file 0")
    assert free_in_groups(tmp_path) == 1 * GB


def test_the_first_version_under_a_path_that_the_container_cannot_see(tmp_path: Path) -> None:
    mount = told(tmp_path, "5:cpu,cpuacct:/\n4:memory:/docker/0123\n0::/\n") / "sys/fs/cgroup/memory"
    stat = f"inactive_file 1\ntotal_inactive_file {GB}\ntotal_active_file 0\n"
    group(mount, memory_limit_in_bytes=str(2 * GB), memory_usage_in_bytes=str(2 * GB), memory_stat=stat)
    assert free_in_groups(tmp_path) == 1 * GB


def test_without_a_limit_nothing_is_told(tmp_path: Path) -> None:
    assert free_in_groups(tmp_path) is None
    group(told(tmp_path, "0::/a\n") / "sys/fs/cgroup/a", memory_max="max", memory_current="5", memory_stat="")
    assert free_in_groups(tmp_path) is None


def test_more_used_than_allowed_is_none_free(tmp_path: Path) -> None:
    group(told(tmp_path, "0::/\n") / "sys/fs/cgroup", memory_max="10", memory_current="20", memory_stat="")
    assert free_in_groups(tmp_path) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells without psutil")
def test_a_python_without_psutil_knows_too(tmp_path: Path) -> None:
    bare = BarePython(tmp_path / "packages")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from lipsync import host; print(host.free_memory_bytes(), 'psutil' in sys.modules)"
    )
    command = [*bare.command, "-c", script, str(ROOT)]
    free, loaded = subprocess.run(command, env=bare.environment(), capture_output=True, text=True, check=True).stdout.split()
    assert loaded == "False"
    assert int(free) == pytest.approx(host.free_memory_bytes() or 0, rel=0.2)


@pytest.fixture
def narrow() -> Iterator[Path]:
    """A real group of 300 MB, where this user may make one."""
    for mount, limit in ((Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"), (Path("/sys/fs/cgroup"), "memory.max")):
        made = mount / f"lipsync-test-{os.getpid()}"
        try:
            made.mkdir()
        except OSError:
            continue
        try:
            (made / limit).write_text(str(300_000_000))
            yield made
            return
        except OSError:
            continue
        finally:
            made.rmdir()
    pytest.skip("no control group can be made here")


def test_a_real_group_is_believed(narrow: Path) -> None:
    script = (
        "import os, sys, pathlib; sys.path.insert(0, sys.argv[1]); pathlib.Path(sys.argv[2], 'cgroup.procs').write_text(str(os.getpid()));"
        "from lipsync import host; print(host.free_memory_bytes())"
    )
    free = subprocess.run([sys.executable, "-c", script, str(ROOT), str(narrow)], capture_output=True, text=True, check=True).stdout
    assert 200_000_000 < int(free) <= 300_000_000
