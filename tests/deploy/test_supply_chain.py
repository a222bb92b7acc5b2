"""What the image is made of, and known holes in it."""

import importlib.util
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "deploy/docker"
LOCK = (
    "aiohttp==3.0 ; python_version >= '3.11' \\\n    --hash=sha256:"
    + "a" * 64
    + " \\\n    --hash=sha256:"
    + "b" * 64
    + "\n"
)


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"deploy_{name}", SCRIPTS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sbom, audit = script("sbom"), script("audit")


def test_the_bill_names_every_package(tmp_path: Path) -> None:
    """Of this environment, as it would of the image's: what can be imported is what counts."""
    (tmp_path / "libc.so.6").write_bytes(b"libc")
    listed = subprocess.run(
        [sys.executable, "-", "inventory"],
        input=(SCRIPTS / "sbom.py")
        .read_text("utf-8")
        .replace('("/lib", "/lib64", "/usr/lib", "/usr/local/lib")', f"({str(tmp_path)!r},)"),
        capture_output=True,
        text=True,
        check=True,
    )
    made = sbom.bill(json.loads(listed.stdout), (ROOT / "requirements.lock").read_text("utf-8"), "1.2.3")
    named = {each["name"] for each in made["components"] if each["type"] == "library"}
    assert named == {sbom.normal(found.metadata["Name"]) for found in metadata.distributions()}
    assert {"banstream-gateway", "aiohttp", "pydantic-core"} <= named
    (file,) = (each for each in made["components"] if each["type"] == "file")
    assert file["name"].endswith("libc.so.6")
    assert len({each["bom-ref"] for each in made["components"]}) == len(made["components"])
    unpinned = {each["name"] for each in made["components"] if each["type"] == "library" and not each["properties"]}
    pinned = {line.partition("==")[0] for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines()}
    assert not unpinned & pinned


def test_a_package_carries_the_hashes_of_its_pin_and_of_no_other() -> None:
    found: dict[str, Any] = {
        "python": "3.13.0",
        "packages": [
            {"name": "aiohttp", "version": "3.0", "license": "Apache-2.0"},
            {"name": "stranger", "version": "1", "license": ""},
        ],
        "libraries": [],
    }
    python, pinned, stranger = sbom.bill(found, LOCK, "1.2.3")["components"]
    assert (python["name"], python["version"]) == ("python", "3.13.0")
    assert [each["value"] for each in pinned["properties"]] == ["a" * 64, "b" * 64]
    assert pinned["purl"] == "pkg:pypi/aiohttp@3.0"
    assert pinned["licenses"] == [{"expression": "Apache-2.0"}]
    assert stranger["properties"] == []


def dependency(name: str, *holes: str) -> dict[str, Any]:
    return {"name": name, "version": "1", "vulns": [{"id": hole, "fix_versions": ["2"]} for hole in holes]}


def test_a_known_hole_fails_the_audit() -> None:
    code, said = audit.verdict("x.lock", {"dependencies": [dependency("aiohttp", "CVE-1"), dependency("yarl")]})
    assert code == 1
    assert said == ["aiohttp 1: CVE-1, mended in 2", "x.lock: 2 packages, 1 known holes"]


def test_what_has_no_known_hole_passes() -> None:
    assert audit.verdict("x.lock", {"dependencies": [dependency("yarl")]}) == (0, ["x.lock: 1 packages, 0 known holes"])


@pytest.mark.parametrize(
    "report", [None, {"dependencies": [{"name": "yarl", "skip_reason": "not found"}]}], ids=["unreachable", "unknown"]
)
def test_what_could_not_be_looked_up_is_never_called_sound(report: dict[str, Any] | None) -> None:
    code, (said,) = audit.verdict("x.lock", report)
    assert code == 0
    assert said.startswith("NOT AUDITED: x.lock")


def test_a_package_that_is_skipped_is_named() -> None:
    _, said = audit.verdict("x.lock", {"dependencies": [dependency("yarl"), {"name": "odd", "skip_reason": "?"}]})
    assert said[0] == "NOT AUDITED: x.lock: odd"


def test_the_second_database_is_asked_when_the_first_knows_nothing(tmp_path: Path) -> None:
    answers = {
        "pypi": {"dependencies": [{"name": "yarl", "skip_reason": "not found"}]},
        "osv": {"dependencies": [dependency("yarl", "CVE-2")]},
    }
    stand_in = tmp_path / "pip_audit.py"
    stand_in.write_text(
        f"import sys\nprint({json.dumps({k: json.dumps(v) for k, v in answers.items()})}[sys.argv[-1][3:]])\n"
    )
    done = subprocess.run(
        [sys.executable, SCRIPTS / "audit.py", sys.executable, stand_in, "requirements.lock"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 1
    assert "yarl 1: CVE-2" in done.stdout


def test_without_a_database_it_says_so_and_goes_on() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPTS / "audit.py", sys.executable, "-c", "import sys; sys.exit(1)", "requirements.lock"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("NOT AUDITED: requirements.lock")
