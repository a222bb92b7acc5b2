"""Every check at once, each with its own connection and time, so that none can hide another."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

import nats.errors
from nats.aio.client import Client

from banstream_cli.direct.bus import operator
from banstream_cli.direct.database import Connection, administrator
from banstream_cli.direct.event_logs import EVENT_LOGS
from banstream_cli.examination import (
    bucket_checks,
    bus_checks,
    command_checks,
    database_checks,
    key_checks,
    outside_checks,
)
from banstream_cli.examination.findings import Check, Finding, Look, Skipped, State
from banstream_cli.settings import Settings
from banstream_cli.terminal.exits import Trouble, Unreachable

_CHECK_SECONDS = 10.0

Seen: TypeAlias = Awaitable[tuple[str, str]]


async def examine(settings: Settings) -> list[Finding]:
    """What every check found, in the order of the table; takes ten seconds at most."""
    return list(await asyncio.gather(*(_carry_out(check) for check in _checks(settings))))


def _checks(settings: Settings) -> list[Check]:
    def bus(look: Callable[[Client], Seen]) -> Look:
        return lambda: _on_bus(settings, look)

    def database(look: Callable[[Connection], Seen]) -> Look:
        return lambda: _in_database(settings, look)

    return [
        Check("NATS", bus(bus_checks.version)),
        Check("account on NATS", bus(bus_checks.account), is_first=False),
        Check("streams", bus(bus_checks.declared), is_first=False),
        Check("copies of streams", bus(bus_checks.copies), is_first=False),
        Check("clock of NATS", bus(bus_checks.clock), is_first=False),
        Check("room for commands", bus(bus_checks.room), is_first=False),
        Check("Postgres", database(database_checks.version)),
        *(
            Check(f"{what} of {log.name}", database(partial(look, log=log)), is_first=False)
            for what, look in (("schema", database_checks.migrated), ("append-only log", database_checks.append_only))
            for log in EVENT_LOGS.values()
        ),
        Check("keys of persons", database(partial(key_checks.opened, settings=settings)), is_first=False),
        Check("keys in the logs", database(key_checks.lengths), is_first=False),
        Check("restricted addresses", database(partial(key_checks.matched, settings=settings)), is_first=False),
        Check("clock of Postgres", database(database_checks.clock), is_first=False),
        *(
            Check(f"relay of {name}", bus(partial(bus_checks.relay, service=name)), is_first=False)
            for name in EVENT_LOGS
        ),
        Check("buckets", bus(bucket_checks.whole), is_first=False),
        Check("waiting commands", bus(command_checks.waiting), is_first=False),
        Check("dead letters", bus(bus_checks.dead), is_first=False),
        Check("gateway", lambda: outside_checks.ready(settings.known_gateway_url(), "BANSTREAM_URL")),
        Check("console", lambda: outside_checks.ready(settings.known_console_url(), "BANSTREAM_CONSOLE_URL")),
        Check("disk", lambda: outside_checks.disk(settings.data_dir)),
    ]


async def _carry_out(check: Check) -> Finding:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            seen, todo = await check.look()
    except Skipped as skipped:
        return Finding(check.name, State.SKIPPED, str(skipped))
    except Unreachable as trouble:
        if check.is_first:
            return Finding(check.name, State.WRONG, *_split(trouble))
        return Finding(check.name, State.SKIPPED, "needs what cannot be reached")
    except Trouble as trouble:
        return Finding(check.name, State.WRONG, *_split(trouble))
    except TimeoutError:
        return Finding(check.name, State.WRONG, f"no answer within {_CHECK_SECONDS:g} s", "see its log")
    except Exception as error:  # noqa: BLE001 - a check that breaks is a finding, and hides no other
        return Finding(check.name, State.WRONG, f"{type(error).__name__}: {error}", "report this as a bug")
    return Finding(check.name, State.WRONG if todo else State.OK, seen, todo)


async def _on_bus(settings: Settings, look: Callable[[Client], Seen]) -> tuple[str, str]:
    async with operator(settings.nats()) as client:
        try:
            return await look(client)
        except nats.errors.NoRespondersError:
            return "JetStream does not answer", "start NATS with JetStream; reload it again after a change of accounts"


async def _in_database(settings: Settings, look: Callable[[Connection], Seen]) -> tuple[str, str]:
    async with administrator(settings.admin_database_url()) as connection:
        return await look(connection)


def _split(trouble: Trouble) -> tuple[str, str]:
    """What is wrong, and what to do about it, which its message says after the last colon or semicolon."""
    text = str(trouble)
    at = max(text.rfind(": "), text.rfind("; "))
    return (text[:at], text[at + 2 :]) if at > 0 else (text, "")
