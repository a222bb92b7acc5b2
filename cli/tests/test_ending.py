"""What a command that is told to end does with what runs."""

import asyncio
import signal
import sys

import pytest

_PROGRAM = """
import asyncio, signal, sys
from banstream_cli.ending import ends_tidily

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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=["term", "hup"])
async def test_a_signal_is_heeded_where_an_exception_would_be_lost(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PROGRAM, str(int(number))),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), 30)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert (out, process.returncode) == (b"tidied\n", -number)
