"""`banstream backup` and `banstream restore`."""

import asyncio
import zipfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from banstream_cli.arguments.options import Json
from banstream_cli.direct.backup import DAMAGES, SECRETS, Manifest, read_manifest, read_secrets, write_backup
from banstream_cli.direct.bus import operator
from banstream_cli.direct.database import administrator
from banstream_cli.direct.event_logs import EVENT_LOGS
from banstream_cli.direct.restoring import finish, prepare, refuse_what_is_there, restore
from banstream_cli.settings import Settings
from banstream_cli.shown.damaged_keys import complaint
from banstream_cli.stack.errors import StackError, folder_trouble
from banstream_cli.stack.lock import FOLDER_MODE
from banstream_cli.stack.private_file import write_private
from banstream_cli.terminal.exits import AnswerIsNo, Stuck, Trouble
from banstream_cli.terminal.output import console, print_json, print_line, say
from banstream_cli.terminal.target_file import is_replaced, opened_binary
from banstream_event_log.schema import MigrationFailed
from banstream_runtime.streams import StreamsNotApplied, rebuild_streams

backup_app = typer.Typer(add_completion=False)
restore_app = typer.Typer(add_completion=False)

_LOGS = {name.value: log for name, log in EVENT_LOGS.items()}


@backup_app.command()
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to; an old one there is replaced when the new one is whole.")],
    without_keys: Annotated[bool, typer.Option("--without-keys", help="Leave the keys of a local stack out.")] = False,
    as_json: Json = False,
) -> None:
    """Write the logs and everything worked out of them into one file, while all goes on.

    Every log is verified. The file holds all there is, keys of a local stack too: whoever has it can read every
    address. In a cluster keep the keys (the Secrets) beside it: without the master key no address can be opened.
    """
    secrets = None if without_keys else context.obj.stack_keys()
    manifest = asyncio.run(_backup(context.obj, file, secrets))
    for name, part in manifest.parts.items():
        if part.not_opened:
            say(complaint(name, part.not_opened))
    if as_json:
        print_json({"file": str(file), **asdict(manifest)})
        return
    keys = "with the keys of the stack" if manifest.has_keys else "without keys: keep yours beside it"
    if not is_replaced(file):  # perhaps stdout, which holds the backup then
        say(f"{file} is written, {keys}")
        return
    for name, part in manifest.parts.items():
        what = f"{part.events} events, head hash {part.head_hash}" if part.events else "no events yet"
        print_line((f"{name}:", "bold"), (what, ""))
    print_line((f"{file} is written,", "green"), (keys, ""))


@restore_app.command("restore")
def restoring(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `banstream backup` wrote.")],
    keys: Annotated[
        bool, typer.Option("--keys", help="Only put the keys of a local stack back, before its first start.")
    ] = False,
    keep_streams: Annotated[
        bool, typer.Option("--keep-streams", help="Leave NATS alone: its streams are those of this backup.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fill an empty database from a backup; all of it, verified, or nothing. Stop the services first.

    Events and buckets on NATS are emptied: the services fill them again from the logs. Commands that still wait
    there are kept, and carried out. On one machine: `banstream --data-dir NEW restore FILE --keys`, then `banstream
    --data-dir NEW up --only nats,postgres` in one terminal and `banstream --data-dir NEW restore FILE` in
    another; then stop the first and start all.
    """
    with _opened(file) as archive:
        manifest = read_manifest(archive)
        if keys:
            written = _put_keys(archive, manifest, context.obj.data_dir)
        else:
            asyncio.run(_restore(context.obj, archive, manifest, keep_streams=keep_streams))
    if as_json:
        print_json(asdict(manifest))
    elif keys:
        print_line((f"{written} is written", "green"))
    else:
        for name, part in manifest.parts.items():
            print_line((f"{name}:", "bold"), ("whole:", "bold green"), (f"{part.events} events", ""))


async def _backup(settings: Settings, file: Path, secrets: str | None) -> Manifest:
    async with administrator(settings.admin_database_url()) as connection:
        with opened_binary(file) as target:
            return await write_backup(
                connection, list(EVENT_LOGS.values()), target, secrets, datetime.now(UTC), say_step
            )


async def _restore(settings: Settings, archive: zipfile.ZipFile, manifest: Manifest, *, keep_streams: bool) -> None:
    url = settings.admin_database_url()
    passwords = {name: settings.environment.get(log.password_variable) or None for name, log in _LOGS.items()}
    try:
        async with administrator(url) as connection:
            await refuse_what_is_there(connection, manifest, _LOGS)
        await prepare(url, manifest, _LOGS, passwords, say_step)
        async with administrator(url) as connection:
            await restore(connection, archive, manifest, _LOGS, say_step)
        await finish(url, _LOGS, passwords)
    except MigrationFailed as error:
        raise Stuck(str(error)) from error
    if not keep_streams:
        await _empty_streams(settings)
    unset = ", ".join(_LOGS[name].password_variable for name, password in passwords.items() if password is None)
    if unset and not settings.is_own_database():  # `banstream up` gives its roles their passwords at each start
        say(f"roles keep the passwords that they had, new ones have none: set {unset} and run `banstream migrate`")


async def _empty_streams(settings: Settings) -> None:
    say_step("NATS: streams and buckets")
    try:
        async with operator(settings.nats()) as client:
            await rebuild_streams(client)
    except (StreamsNotApplied, Trouble) as error:
        still = "empty it with `banstream streams refill` before a service starts"
        raise Stuck(f"the database is restored, but not what NATS tells of it ({error}): {still}") from error


def _put_keys(archive: zipfile.ZipFile, manifest: Manifest, folder: Path) -> Path:
    target = folder / SECRETS
    if not manifest.has_keys:
        raise AnswerIsNo("the backup holds no keys; put yours in place by hand")
    try:
        with folder_trouble(folder):
            if target.exists():
                raise AnswerIsNo(f"{target} is there already, and is not overwritten")
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            write_private(target, read_secrets(archive))
    except StackError as error:
        raise Stuck(str(error)) from error
    return target


def _opened(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except DAMAGES as error:
        raise AnswerIsNo(f"{file} is no backup of banstream: {error}") from error


def say_step(text: str) -> None:
    """What is being done, where somebody watches."""
    if console(stderr=True).is_terminal:
        say(text)
