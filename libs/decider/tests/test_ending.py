"""The process of a service ends soon after all of it is stopped, whatever its threads wait for."""

import subprocess
import sys

import pytest

LONGEST_SECONDS = 20.0
"""Whoever starts a service kills it after 30."""

PROCESS = """
import asyncio, socket, sys, threading, time

from banstream_decider import command_line


class Service:
    async def run(self, sleep_time):
        {hangs}
        await asyncio.sleep(0)
        {ends}


sys.exit(command_line.run("a service", [], Service, None))
"""
HANGS = {
    "thread": "threading.Thread(target=time.sleep, args=(3600,)).start()",
    "executor": "asyncio.get_running_loop().run_in_executor(None, time.sleep, 3600)",
}


@pytest.mark.parametrize("hangs", list(HANGS.values()), ids=list(HANGS))
@pytest.mark.parametrize(("ends", "code"), [("pass", 0), ("1 / 0", 1)], ids=["well", "bug"])
def test_a_process_ends_though_one_of_its_threads_does_not(hangs: str, ends: str, code: int) -> None:
    program = PROCESS.format(hangs=hangs, ends=ends)
    ended = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", program], timeout=LONGEST_SECONDS, check=False, capture_output=True
    )
    assert ended.returncode == code
