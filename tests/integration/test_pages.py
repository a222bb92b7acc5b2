"""What the pages tell people to type is typed, as it stands there, beside a running `banstream up`."""

import asyncio
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.integration.test_up import Up, up

from banstream_testing.servers import free_port

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 240
ENDLESS = re.compile(r"^.*events tail.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """The fenced block of a page that holds `begin`, and what its output holds."""

    page: str
    begin: str
    expected: str

    def text(self) -> str:
        blocks = re.findall(
            r"^```\w*\n(.*?)^```", (ROOT / self.page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
        (found,) = [block for block in blocks if self.begin in block]
        return ENDLESS.sub("", found)


BLOCKS = (
    Block("README.md", "TOKEN=$(", '{"status":"banned"}'),
    Block("docs/console.md", "banstream ban xbox:", "xbox:1234567890123456 ban permanent"),
    Block("docs/gflbans.md", "banstream servers create", "Surf #1"),
    Block("docs/vpn.md", "banstream vpn add", "AS60977"),
    Block("docs/dayz.md", "banstream policy set", "default"),
    Block("docs/accounts.md", "banstream accounts add", "https://bans.example.org/join/"),
    Block("docs/examples/README.md", "of nats_url", "credential.created"),
)


async def typed(text: str, running: Up, clone: Path) -> tuple[int, str]:
    """The exit code and the output of a shell that is given the lines in a clone, and stops at the first that fails."""
    port = running.environment["BANSTREAM_HTTP_PORT"]
    programs = {"PATH": f"{clone}/.venv/bin:{os.environ['PATH']}"}
    settings = {name: value for name, value in running.environment.items() if not name.endswith("_DATA_DIR")}
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-euo",
        "pipefail",
        "-c",
        text.replace("localhost:8080", f"localhost:{port}"),
        cwd=clone,
        env=settings | programs,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(shell.communicate(), PATIENCE_SECONDS)
    assert shell.returncode is not None
    return shell.returncode, out.decode()


@pytest.mark.skipif(not shutil.which("curl"), reason="the pages use curl, which is not here")
async def test_what_pages_tell_to_type_works(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "ranges.txt").write_text("AS64500\n198.51.100.0/24\n")
    (tmp_path / "server.ADM").write_text("20:00:00 | somebody placed Fence Kit\n")
    wrong = {}
    async with up(tmp_path / ".banstream", free_port()) as running:
        for block in BLOCKS:
            code, out = await typed(block.text(), running, tmp_path)
            if code or block.expected not in out:
                wrong[f"{block.page}: {block.begin}"] = (code, out)
    assert not wrong
