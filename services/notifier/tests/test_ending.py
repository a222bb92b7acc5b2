"""A name server that says nothing keeps nobody from stopping the service."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.notifier.tests.watching import WEBHOOK

from banstream_contracts.commands import notifier as commands
from banstream_testing.abuse import asked
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus
from banstream_testing.notifier import NOTIFIER_KEY, new_target
from banstream_testing.servers import NatsServer
from banstream_testing.waiting import eventually

LONGEST_SECONDS = 12.0
"""Less than the 15 that an answer may take."""

PROCESS = """
import pathlib, socket, sys, time

known = socket.getaddrinfo

def look_up(host, *asked, **more):
    if host != "silent.example.org":
        return known(host, *asked, **more)
    pathlib.Path(sys.argv[1]).touch()
    time.sleep(3600)

socket.getaddrinfo = look_up

from banstream_decider import command_line
from banstream_notifier.app import create_app

sys.exit(command_line.run("banstream_notifier", [], create_app, None))
"""


@contextmanager
def service(nats: NatsServer, database: Database, was_asked: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The notifier, where look-ups of one name hang; the file is there once there was one."""
    environment = {
        **os.environ,
        "BANSTREAM_NATS_URL": nats.url,
        "BANSTREAM_DATABASE_URL": database.notifier_url,
        "BANSTREAM_NOTIFIER_MASTER_KEY": NOTIFIER_KEY.hex(),
    }
    process = subprocess.Popen([sys.executable, "-c", PROCESS, str(was_asked)], env=environment)  # noqa: S603 - ours
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_the_service_ends_though_a_look_up_hangs(nats: NatsServer, database: Database, tmp_path: Path) -> None:
    was_asked = tmp_path / "asked"
    with service(nats, database, was_asked) as process:
        async with bus(nats) as to:
            target = new_target("https://silent.example.org/hook", WEBHOOK)
            await to.send(target)
            await to.send(commands.TestTarget(**asked(target_id=target.target_id)))

            async def is_asked() -> bool:
                return was_asked.exists()

            await eventually(is_asked)
            process.send_signal(signal.SIGTERM)
            assert process.wait(LONGEST_SECONDS) == 0
