"""`banstream up` with stand-ins for the services: a worker, and as many web processes as there are gateways."""

import asyncio
import os
import sys
from pathlib import Path

from banstream_cli.stack.access import OPERATOR, Access
from banstream_cli.stack.child import ServiceSpec
from banstream_cli.stack.credentials import DevCredentials
from banstream_cli.stack.environment import child_environment
from banstream_cli.stack.errors import StackError
from banstream_cli.stack.nats_users import NatsUser
from banstream_cli.stack.plan import Plan
from banstream_cli.stack.postgres import SUPERUSER
from banstream_cli.stack.secret_file import Secrets
from banstream_cli.stack.settings import StackSettings
from banstream_cli.stack.supervisor import Supervisor
from banstream_cli.stack.terminal import complain
from banstream_cli.starting.up import REFUSED, run_stack

WEB = Path(__file__).with_name("web_stand_in.py")
SLEEP = "import time; print('at work', flush=True); time.sleep(600)"
CHATTER = "while True: print('x' * 1000)"


def nats_users(secrets: Secrets) -> tuple[NatsUser, ...]:
    return (NatsUser(OPERATOR, secrets.nats[OPERATOR]),)


async def prepare(access: Access, supervisor: Supervisor) -> None:
    del access
    wish = os.environ.get("STAND_IN_PREPARE", "pass")
    await supervisor.run_step(ServiceSpec("prepare", (sys.executable, "-c", wish), child_environment({})))


def stages(settings: StackSettings, access: Access) -> tuple[tuple[ServiceSpec, ...], ...]:
    work = CHATTER if "STAND_IN_CHATTER" in os.environ else SLEEP
    worker = ServiceSpec("worker", (sys.executable, "-c", work), child_environment({}))
    web = (sys.executable, str(WEB), str(access.http_port))
    names = (f"web-{number}" for number in range(1, settings.gateway_workers + 1))
    return (worker,), tuple(ServiceSpec(name, web, child_environment({})) for name in names)


async def mint(access: Access, wanted: DevCredentials) -> None:
    del access, wanted


PLAN = Plan((OPERATOR,), (SUPERUSER,), lambda _settings: ("spare",), nats_users, prepare, stages, mint)


def main() -> int:
    try:
        settings = StackSettings.load()
    except StackError as error:
        complain(str(error))
        return REFUSED
    return asyncio.run(run_stack(settings, PLAN))


if __name__ == "__main__":
    sys.exit(main())
