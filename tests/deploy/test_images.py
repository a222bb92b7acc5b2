"""The image: built, looked into, and its services started from it against real servers."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BASE = os.environ.get("BANSTREAM_IMAGE_BASE", "python:3.13-slim")
TAG = f"banstream-test:{os.getpid()}"
LIMIT_BYTES = 250 * 1000 * 1000
HARDENED = ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=none")
PACKAGES = ("gateway", "infractions", "abuse_tracker", "notifier", "ftp_sync", "dayz_feed", "console")


def docker(*arguments: str, check: bool = True, sent: str | None = None) -> "subprocess.CompletedProcess[str]":
    engine = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else "docker"
    done = subprocess.run(
        [engine, *arguments],
        capture_output=True,
        text=True,
        check=False,
        input=sent,
        env={**os.environ, "DOCKER_BUILDKIT": "1"},
        cwd=ROOT,
    )
    assert done.returncode == 0 or not check, done.stderr
    return done


def has_base() -> bool:
    """Whether an engine is there that already has the base image: none is pulled."""
    return bool(shutil.which("docker")) and docker("image", "inspect", BASE, check=False).returncode == 0


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    if not has_base():
        pytest.skip(f"NOT TESTED: no Docker engine with the base image {BASE} (BANSTREAM_IMAGE_BASE) is here")
    docker("build", "--quiet", "--file=deploy/docker/Dockerfile", f"--build-arg=BASE={BASE}", f"--tag={TAG}", ".")
    yield TAG
    docker("rmi", "--force", TAG)


def run(image: str, *arguments: str) -> str:
    return docker("run", "--rm", *HARDENED, image, *arguments).stdout


@pytest.mark.timeout(600)
def test_the_image_is_small_and_runs_as_nobody_in_particular(image: str) -> None:
    (found,) = json.loads(docker("image", "inspect", image).stdout)
    assert found["Size"] < LIMIT_BYTES
    assert found["Config"]["User"] == "10001:10001"
    assert found["Config"]["Labels"]["org.opencontainers.image.title"] == "banstream"
    assert found["Config"]["Healthcheck"]["Test"][0] == "CMD"


def test_the_image_holds_no_tools(image: str) -> None:
    names = "import os; print(*(n for p, _, f in os.walk('/') if p[:5] not in {'/proc', '/sys'} for n in f))"
    held = set(run(image, "python", "-c", names).split())
    assert not held & {"sh", "bash", "dash", "pip", "pip3", "uv", "apt", "apt-get", "dpkg", "gcc", "cc", "curl", "wget"}
    assert {"python", "banstream"} <= held


def test_every_service_can_be_loaded_from_it(image: str) -> None:
    for package in PACKAGES:
        assert run(image, "python", "-c", f"import banstream_{package}.app as app; print(app.__name__)").strip()


def test_nothing_that_a_service_loads_is_compiled_anew_at_every_start(image: str) -> None:
    """Its root is read-only, so nothing could keep what was compiled."""
    uncompiled = (
        "import os, sys; print(*(name for name, each in sys.modules.items() if getattr(each, '__cached__', None)"
        " and each.__file__.endswith('.py') and not os.path.exists(each.__cached__)))"
    )
    for package in PACKAGES:
        assert run(image, "python", "-c", f"import banstream_{package}.app; {uncompiled}").split() == []


def test_nothing_but_its_folder_for_temporary_files_needs_to_be_written(image: str) -> None:
    done = docker("run", "--rm", *HARDENED, image, "python", "-c", "open('/home/banstream/x', 'w')", check=False)
    assert "Read-only file system" in done.stderr


def test_the_probe_says_when_nothing_answers(image: str) -> None:
    done = docker("run", "--rm", *HARDENED, image, "python", "-m", "banstream_runtime.probe", check=False)
    assert done.returncode == 1
    assert "127.0.0.1:9100/healthz" in done.stderr


def test_the_command_line_is_in_it(image: str) -> None:
    assert "BANSTREAM_MASTER_KEY=" in run(image, "banstream", "keys", "new")


def test_the_bill_of_materials_names_what_the_image_holds(image: str) -> None:
    scripts = ROOT / "deploy/docker"
    listed = docker(
        "run",
        "--rm",
        "--interactive",
        *HARDENED,
        image,
        "python",
        "-",
        "inventory",
        sent=(scripts / "sbom.py").read_text(),
    ).stdout
    lock = scripts / "requirements.lock"
    command = [sys.executable, str(scripts / "sbom.py"), str(lock), "1.2.3"]
    made = json.loads(subprocess.run(command, input=listed, capture_output=True, text=True, check=True).stdout)
    named = {each["name"]: each for each in made["components"]}
    for name, version, marker in re.findall(r"^([\w.-]+)==([^ \n]+)( ;)?", lock.read_text(), re.MULTILINE):
        assert marker or named[name]["version"] == version
        assert marker or named[name]["properties"], "the hashes of its pin"
    assert {f"banstream-{package.replace('_', '-')}" for package in PACKAGES} <= named.keys()
    assert any(name.endswith("/libc.so.6") for name in named)


def test_the_lock_of_the_image_holds_what_the_project_locks() -> None:
    locked = set((ROOT / "requirements.lock").read_text().replace("\\\n", "").splitlines())
    ours = (ROOT / "deploy/docker/requirements.lock").read_text().replace("\\\n", "").splitlines()
    pins = {line.split(";")[0].split("--hash")[0].strip() for line in ours if "==" in line}
    everything = {line.split(";")[0].split("--hash")[0].strip() for line in locked if "==" in line}
    assert pins
    assert pins <= everything
