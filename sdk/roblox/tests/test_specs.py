"""Every test in specs/, each in a VM of its own, on a clock that jumps to what is due next."""

import re
import subprocess
from pathlib import Path

import pytest
from sdk.roblox.tests.game import RUNNER

SPECS = Path(__file__).parent / "specs"
SOURCES = Path(__file__).parents[1] / "src"


def _tests() -> list[tuple[str, str]]:
    return [
        (file.name, name)
        for file in sorted(SPECS.glob("*.luau"))
        for name in re.findall(r"^function specs\.(\w+)\(", file.read_text(), re.MULTILINE)
    ]


def _run(python: Path, file: Path, name: str) -> "subprocess.CompletedProcess[str]":
    command = [str(each) for each in (python, RUNNER, "spec", file, name)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=150)  # noqa: S603 - our own


@pytest.mark.parametrize(("file", "name"), [pytest.param(*each, id="-".join(each)) for each in _tests()])
def test_spec(luau_python: Path, file: str, name: str) -> None:
    run = _run(luau_python, SPECS / file, name)
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr[-3000:]}"


def test_a_spec_that_fails_is_seen(luau_python: Path, tmp_path: Path) -> None:
    spec = tmp_path / "failing.luau"
    spec.write_text("local specs = {}\nfunction specs.fails(t)\n\tt.equal(1, 2)\nend\nreturn specs\n")
    run = _run(luau_python, spec, "fails")
    assert run.returncode == 1
    assert "expected 2, got 1" in run.stdout


def test_every_module_is_strict() -> None:
    modules = sorted(SOURCES.glob("*.luau"))
    assert len(modules) > 20
    assert not [module.name for module in modules if not module.read_text().startswith("--!strict\n")]


def test_nothing_but_the_transport_makes_requests() -> None:
    names = r"RequestAsync|GetAsync|PostAsync"
    assert [module.name for module in SOURCES.glob("*.luau") if re.search(names, module.read_text())] == [
        "Transport.luau"
    ]
