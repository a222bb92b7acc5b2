"""What a command that is told to end does with what runs."""

import asyncio
import signal
import sys

import pytest

_PROGRAM = """
import asyncio, signal, sys
from banstream_cli.terminal.ending import ends_tidily

async def work():
    try:
        signal.raise_signal(int(sys.argv[1]))  # while a driver reads an answer, and loses what comes out of nowhere
    except BaseException:
        pass
    try:
        await asyncio.Event().wait()
    finally:
        print("tidied", flush=True)

with ends_tidily():
    asyncio.run(work())
"""


_INTERRUPTED_AT_IMPORT = """
import signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

wanted = sys.argv.pop(1)
sys.meta_path.insert(0, Interrupting())

from banstream_cli.main import main

main()
"""

_LOOKED_THROUGH_AT_THE_END = """
import atexit, gc

atexit.register(lambda: print(len(gc.get_objects())))
from banstream_cli.main import main

main()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["term", "hup"])
async def test_a_signal_is_heeded_where_an_exception_would_be_lost(number: signal.Signals) -> None:
    code, out, _ = await _ended(_PROGRAM, str(int(number)))
    assert (code, out) == (-number, b"tidied\n")


@pytest.mark.parametrize("module", ["typer", "aiohttp"])
async def test_ctrl_c_while_a_module_is_loaded_ends_quietly(module: str) -> None:
    assert await _ended(_INTERRUPTED_AT_IMPORT, module, "check", "roblox:1") == (130, b"", b"")


async def test_a_command_that_ends_is_not_looked_through_for_garbage() -> None:
    code, out, err = await _ended(_LOOKED_THROUGH_AT_THE_END, "check", "nobody")
    assert (code, err.split(b":")[0]) == (2, b"banstream")
    assert int(out) < 5_000


async def _ended(program: str, *arguments: str) -> tuple[int | None, bytes, bytes]:
    """How a program ended, and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, *arguments), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), 30)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, out, err
