import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from banstream_cli.stack import child as program
from banstream_cli.stack import supervisor as supervising
from banstream_cli.stack.child import ServiceSpec
from banstream_cli.stack.errors import StackError
from banstream_cli.stack.supervisor import Supervisor

if TYPE_CHECKING:
    from cli.tests.stack.conftest import Transcript

Eventually = Callable[..., Any]

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {STUBBORN!r}])
print("child", child.pid, flush=True)
child.wait()
"""
HELD = f"""
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", {STUBBORN!r}], start_new_session=True)
print("child", child.pid, flush=True)
child.wait()
"""
"""As Postgres does it: what it starts outlives it a little, and holds its output."""
POLITE = """
import os, signal, time
signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b"bye\\n"), os._exit(0)))
print("hello", flush=True)
time.sleep(600)
"""


def python(name: str, program: str, **wishes: Any) -> ServiceSpec:
    return ServiceSpec(name, (sys.executable, "-c", program), {}, **wishes)


async def test_every_line_carries_the_name_of_its_service(
    supervisor: Supervisor, transcript: "Transcript", eventually_in_loop: Eventually
) -> None:
    program = "import sys, time; print('out'); print('err', file=sys.stderr); sys.stdout.flush(); time.sleep(600)"
    supervisor.start(python("worker", program))
    await eventually_in_loop(lambda: {"worker      | out", "worker      | err"} <= set(transcript.text.splitlines()))


async def test_a_long_line_of_no_known_encoding_is_shown_and_the_service_lives(
    supervisor: Supervisor, transcript: "Transcript", eventually_in_loop: Eventually
) -> None:
    program = (
        r"import sys; sys.stdout.buffer.write(b'\xff' * 300_000 + b'\nend\n'); sys.stdout.flush(); sys.stdin.read()"
    )
    await supervisor.run_step(python("worker", program))
    await eventually_in_loop(lambda: "| end" in transcript.text)
    assert transcript.text.count("\N{REPLACEMENT CHARACTER}") == 300_000


@pytest.mark.parametrize(("end", "said"), [("sys.exit(3)", "exit code 3"), ("os.kill(os.getpid(), 9)", "SIGKILL")])
async def test_a_service_that_dies_is_started_again_ever_more_slowly(
    supervisor: Supervisor, transcript: "Transcript", eventually_in_loop: Eventually, end: str, said: str
) -> None:
    supervisor.start(python("worker", f"import os, sys; {end}"))
    again = [f"worker ended with {said}; starting it again in {pause} s" for pause in ("0.02", "0.04", "0.08")]
    await eventually_in_loop(lambda: all(line in transcript.text for line in again))


async def test_the_pause_does_not_grow_for_one_that_was_well(
    supervisor: Supervisor, transcript: "Transcript", eventually_in_loop: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "HEALTHY_SECONDS", 0.0)
    supervisor.start(python("worker", "raise SystemExit(3)"))
    await eventually_in_loop(lambda: transcript.text.count("starting it again in") == 3)
    assert transcript.text.count("starting it again in 0.02 s") == 3


async def test_a_change_of_pid_is_told(transcript: "Transcript", eventually_in_loop: Eventually) -> None:
    seen: list[int] = []
    async with Supervisor(
        transcript.terminal, lambda: seen.append(supervisor.pids["worker"]), first_pause_seconds=0.02
    ) as supervisor:
        supervisor.start(python("worker", POLITE))
        await eventually_in_loop(lambda: len(seen) == 1)
        os.kill(seen[0], signal.SIGKILL)
        await eventually_in_loop(lambda: len(seen) == 2)
    assert seen[0] != seen[1]


async def test_a_program_that_cannot_be_run_is_named(
    supervisor: Supervisor, transcript: "Transcript", eventually_in_loop: Eventually
) -> None:
    supervisor.start(ServiceSpec("worker", ("/nowhere/to/be/found",), {}))
    await eventually_in_loop(lambda: all(part in transcript.text for part in ("/nowhere/to/be/found", "No such file")))


async def test_what_no_process_can_be_made_for_is_tried_again(
    supervisor: Supervisor, transcript: "Transcript", eventually_in_loop: Eventually, tmp_path: Path
) -> None:
    """As where memory or numbers of processes have run out for a while."""
    folder = tmp_path / "later"
    supervisor.start(python("worker", POLITE, cwd=folder))
    await eventually_in_loop(lambda: "No such file or directory" in transcript.text)
    folder.mkdir()
    await eventually_in_loop(lambda: "worker      | hello" in transcript.text)


async def test_a_service_that_keeps_ending_is_given_up_while_it_is_waited_for(supervisor: Supervisor) -> None:
    async def never() -> bool:
        return False

    supervisor.start(python("worker", "raise SystemExit(1)", ready=never))
    with pytest.raises(StackError, match="worker ended 5 times"):
        await supervisor.wait_ready(60)


async def test_who_is_missing_is_named_when_time_is_up(supervisor: Supervisor) -> None:
    async def yes() -> bool:
        return True

    async def no() -> bool:
        return False

    supervisor.start(python("quick", POLITE, ready=yes), python("slow", POLITE, ready=no))
    with pytest.raises(StackError, match=r"^not ready after 1 s: slow$"):
        await supervisor.wait_ready(1.0)


async def test_stages_stop_in_the_reverse_order(transcript: "Transcript", eventually_in_loop: Eventually) -> None:
    async with Supervisor(transcript.terminal) as supervisor:
        for name in ("first", "second", "third"):
            supervisor.start(python(name, POLITE, stop_timeout=9.0))
        await eventually_in_loop(lambda: transcript.text.count("hello") == 3)
    await eventually_in_loop(lambda: transcript.text.count("bye") == 3)
    assert [line.split()[0] for line in transcript.text.splitlines() if "bye" in line] == ["third", "second", "first"]


async def test_a_deaf_service_and_its_children_are_killed_at_the_deadline(
    transcript: "Transcript", eventually_in_loop: Eventually, runs: Callable[[int], bool]
) -> None:
    async with Supervisor(transcript.terminal) as supervisor:
        supervisor.start(python("deaf", STUBBORN, stop_timeout=0.2), python("parent", PARENT, stop_timeout=0.2))
        await eventually_in_loop(lambda: transcript.text.count("deaf\n") == 2 and len(supervisor.pids) == 2)
        pids = [*supervisor.pids.values(), *_below(supervisor.pids["parent"])]
    assert len(pids) == 3
    await eventually_in_loop(lambda: not any(map(runs, pids)))


async def test_what_holds_the_output_of_those_killed_is_within_the_time_of_the_stop(
    transcript: "Transcript", eventually_in_loop: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "STOP_SECONDS", 4.0)
    for module in (supervising, program):
        monkeypatch.setattr(module, "LAST_LINES_SECONDS", 1.0)
    async with Supervisor(transcript.terminal) as supervisor:
        for name in ("first", "second", "third"):
            supervisor.start(python(name, HELD, stop_timeout=60))
        await eventually_in_loop(lambda: transcript.text.count("deaf\n") == 3 and len(supervisor.pids) == 3)
        holding = [pid for service in supervisor.pids.values() for pid in _below(service)]
        began = time.monotonic()
        await supervisor.stop()
        took = time.monotonic() - began
    for pid in holding:
        os.kill(pid, signal.SIGKILL)
    assert took < 6


async def test_children_of_a_service_that_died_go_with_it(
    supervisor: Supervisor, transcript: "Transcript", eventually_in_loop: Eventually, runs: Callable[[int], bool]
) -> None:
    supervisor.start(python("parent", PARENT))
    await eventually_in_loop(lambda: "deaf\n" in transcript.text)
    (grandchild,) = _below(supervisor.pids["parent"])
    os.kill(supervisor.pids["parent"], signal.SIGKILL)
    await eventually_in_loop(lambda: not runs(grandchild))


async def test_impatience_kills_at_once(transcript: "Transcript", eventually_in_loop: Eventually) -> None:
    async with Supervisor(transcript.terminal) as supervisor:
        supervisor.start(python("deaf", STUBBORN, stop_timeout=60))
        await eventually_in_loop(lambda: "deaf\n" in transcript.text)
        began = time.monotonic()
        stopping = asyncio.create_task(supervisor.stop())
        supervisor.kill()
        await stopping
    assert time.monotonic() - began < 30


async def test_who_pauses_before_a_start_holds_up_no_stop(
    transcript: "Transcript", eventually_in_loop: Eventually
) -> None:
    async with Supervisor(transcript.terminal, first_pause_seconds=600) as supervisor:
        supervisor.start(python("worker", "raise SystemExit(3)"))
        await eventually_in_loop(lambda: "starting it again in 600 s" in transcript.text)
        await asyncio.wait_for(supervisor.stop(), 60)


async def test_a_step_that_fails_is_named_and_a_quiet_one_shows_its_lines_then(
    supervisor: Supervisor, transcript: "Transcript", eventually_in_loop: Eventually
) -> None:
    with pytest.raises(StackError, match="migrate failed with exit code 4"):
        await supervisor.run_step(python("migrate", "print('why'); raise SystemExit(4)"), quiet=True)
    await eventually_in_loop(lambda: "migrate     | why" in transcript.text)


async def test_a_step_that_is_cut_short_leaves_no_process(
    supervisor: Supervisor, transcript: "Transcript", eventually_in_loop: Eventually, runs: Callable[[int], bool]
) -> None:
    others = _below(os.getpid())
    step = asyncio.create_task(supervisor.run_step(python("step", PARENT)))
    await eventually_in_loop(lambda: "deaf\n" in transcript.text)
    pids = {*_below(os.getpid())}.difference(others)
    assert pids
    step.cancel()
    await asyncio.wait({step})
    await eventually_in_loop(lambda: not any(map(runs, pids)))


SUPERVISING = f"""
import asyncio, sys
from banstream_cli.stack.child import ServiceSpec
from banstream_cli.stack.supervisor import Supervisor
from banstream_cli.stack.terminal import Terminal

async def main():
    async with Supervisor(Terminal()) as supervisor:
        for program in ({POLITE!r}, {STUBBORN!r}):
            supervisor.start(ServiceSpec("x", (sys.executable, "-c", program), {{}}))
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_children_end_with_a_supervisor_that_is_killed(
    tmp_path: Path, eventually: Eventually, runs: Callable[[int], bool]
) -> None:
    output = tmp_path / "output"
    with output.open("wb") as file, subprocess.Popen([sys.executable, "-c", SUPERVISING], stdout=file) as running:  # noqa: S603 - our own program
        try:
            eventually(
                lambda: all(word in output.read_text(errors="replace") for word in ("hello", "deaf")), "both children"
            )
            pids = _below(running.pid)
        finally:
            running.kill()
    assert len(pids) == 2
    eventually(lambda: not any(map(runs, pids)))


def _below(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]
