"""`banstream accounts add|list|role|invite|disable|enable|disable-totp|revoke-sessions`."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from banstream_cli.arguments.options import Json
from banstream_cli.arguments.times import show_moment
from banstream_cli.direct.accounts import Invitation, accounts, change, command_for, new_invitation
from banstream_cli.direct.bus import operator
from banstream_cli.settings import Settings
from banstream_cli.terminal.exits import AnswerIsNo
from banstream_cli.terminal.output import Cell, print_json, print_line, print_plain, print_table
from banstream_contracts.accounts import AccountEntry, Role
from banstream_contracts.commands.accounts import (
    AccountCommand,
    ChangeRole,
    DisableAccount,
    DisableTotp,
    EnableAccount,
    InviteAccount,
    RenewInvitation,
    RevokeSessions,
)
from banstream_contracts.results import CommandResult

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="People who sign in to the console. Asked over NATS, so that it works before anybody has an account.",
)

_COLUMNS = ("Name", "Shown as", "Role", "State", "Second factor")

Login = Annotated[
    str, typer.Argument(metavar="NAME", help="What the person signs in with: 2 to 32 of a-z, 0-9, dot, - and _.")
]
Console = Annotated[
    str | None, typer.Option("--console", metavar="URL", help="Where people reach the console; BANSTREAM_CONSOLE_URL.")
]
RoleText = Annotated[Role, typer.Option("--role", help="What they may do.")]


@app.command()
def add(
    context: typer.Context,
    login: Login,
    role: RoleText,
    name: Annotated[str | None, typer.Option("--name", help="What they are shown as; the same unless given.")] = None,
    console: Console = None,
    as_json: Json = False,
) -> None:
    """Make an account, and print the link by which its password is chosen: once, within 48 hours."""
    invitation = new_invitation(context.obj.console_url(console))
    values = {"login": login, "name": name or login, "role": role, **invitation.fields}
    _change(context.obj, command_for(InviteAccount, login, values), login)
    _print_link(login, invitation, as_json=as_json)


@app.command()
def invite(context: typer.Context, login: Login, console: Console = None, as_json: Json = False) -> None:
    """Print a new link for a lost one, or for a forgotten password, which holds until the link is used."""
    invitation = new_invitation(context.obj.console_url(console))
    _change(context.obj, command_for(RenewInvitation, login, invitation.fields), login)
    _print_link(login, invitation, as_json=as_json)


@app.command("list")
def list_accounts(context: typer.Context, as_json: Json = False) -> None:
    """Every account, by name."""
    found = asyncio.run(_accounts(context.obj))
    if as_json:
        print_json({"items": [_document(account) for account in found]})
    else:
        print_table(_COLUMNS, map(_row, found), "nobody has an account; `banstream accounts add NAME --role owner`")


@app.command()
def role(
    context: typer.Context,
    login: Login,
    new: Annotated[Role, typer.Argument(metavar="ROLE", help="What they may do from now on.")],
    as_json: Json = False,
) -> None:
    """Give a person another role."""
    _done(context.obj, command_for(ChangeRole, login, {"role": new}), login, f"is {new}", as_json=as_json)


@app.command()
def disable(
    context: typer.Context,
    login: Login,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; for staff.")] = None,
    as_json: Json = False,
) -> None:
    """Let a person in no more; every session ends."""
    command = command_for(DisableAccount, login, {"reason": reason})
    _done(context.obj, command, login, "is let in no more", as_json=as_json)


@app.command()
def enable(context: typer.Context, login: Login, as_json: Json = False) -> None:
    """Let a person in again."""
    _done(context.obj, command_for(EnableAccount, login, {}), login, "is let in again", as_json=as_json)


@app.command("disable-totp")
def disable_totp(context: typer.Context, login: Login, as_json: Json = False) -> None:
    """Ask a person for the password alone, who has lost the second factor."""
    _done(context.obj, command_for(DisableTotp, login, {}), login, "has no second factor", as_json=as_json)


@app.command("revoke-sessions")
def revoke_sessions(context: typer.Context, login: Login, as_json: Json = False) -> None:
    """Sign a person out everywhere."""
    _done(context.obj, command_for(RevokeSessions, login, {}), login, "is signed out everywhere", as_json=as_json)


def _change(settings: Settings, command: AccountCommand, login: str) -> CommandResult:
    """A refusal names the account by its id, which nobody types."""

    async def carry_out() -> CommandResult:
        async with operator(settings.nats()) as client:
            return await change(client, command)

    try:
        return asyncio.run(carry_out())
    except AnswerIsNo as no:
        raise AnswerIsNo(str(no).replace(command.account_id, login)) from no


async def _accounts(settings: Settings) -> list[AccountEntry]:
    async with operator(settings.nats()) as client:
        return await accounts(client)


def _done(settings: Settings, command: AccountCommand, login: str, what: str, *, as_json: bool) -> None:
    result = _change(settings, command, login)
    if as_json:
        print_json({"name": login, "status": result.status, "position": result.position})
    else:
        print_line((login, "bold"), (what, "green"))


def _print_link(login: str, invitation: Invitation, *, as_json: bool) -> None:
    if as_json:
        print_json({"name": login, "link": invitation.link, "until": invitation.until.isoformat()})
        return
    print_line((login, "bold"), ("chooses a password here, once, until", "green"), (show_moment(invitation.until), ""))
    print_plain(invitation.link)


def _document(account: AccountEntry) -> dict[str, Any]:
    """Without what lets somebody in."""
    shown = {"id", "login", "name", "role", "disabled", "sessions_since", "created_at", "invited_until"}
    return {
        **account.model_dump(mode="json", include=shown),
        "joined": account.is_joined,
        "totp": account.totp is not None,
        "recovery_codes": len(account.recovery),
    }


def _row(account: AccountEntry) -> list[Cell]:
    second = f"yes, {len(account.recovery)} codes" if account.totp else "no"
    return [account.login, account.name, account.role.value, _state(account), second]


def _state(account: AccountEntry) -> str:
    if account.disabled:
        return "disabled"
    until = account.invited_until
    if until is None:
        return "active" if account.is_joined else "has no link"
    if until <= datetime.now(UTC):
        return "active" if account.is_joined else "invitation is over"
    return f"{'has a link' if account.is_joined else 'invited'} until {show_moment(until)}"
