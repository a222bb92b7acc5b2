"""What must hold for the files themselves."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from banstream_testing.backend import BackendError, backend

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"https?://|file:|git\+|--(extra-)?index|--find-links")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_the_lock_holds_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert not [line for line in text.splitlines() if ADDRESS.search(line)]


def test_every_pin_has_a_hash() -> None:
    text = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^[A-Za-z0-9._-]+==", text, re.MULTILINE)
    assert len(pins) > 50
    assert len(re.findall(r"^[A-Za-z0-9._-]+==[^\n]*\\\n +--hash=sha256:", text, re.MULTILINE)) == len(pins)


def test_no_lock_that_records_addresses_is_committed() -> None:
    assert not [path for path in tracked() if path.name in {"uv.lock", "poetry.lock"} or path.name.startswith("pylock")]


def test_no_module_is_longer_than_300_lines() -> None:
    modules = [path for path in tracked() if path.suffix == ".py" and "src" in path.parts]
    assert not [(path.name, lines) for path in modules if (lines := len(path.read_text().splitlines())) > 300]


def test_a_kind_of_servers_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANSTREAM_TEST_BACKEND", "container")
    with pytest.raises(BackendError, match="auto, containers or embedded, not 'container'"):
        backend.__wrapped__()


@pytest.mark.parametrize("engine", ["unix:///nowhere", "tcp://127.0.0.1:1"])
def test_containers_without_an_engine_end_the_run_in_one_line(engine: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", __file__],
        env={**os.environ, "BANSTREAM_TEST_BACKEND": "containers", "DOCKER_HOST": engine},
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    (line,) = run.stderr.strip().splitlines()
    assert f"is containers, and no Docker engine answers at {engine};" in line
