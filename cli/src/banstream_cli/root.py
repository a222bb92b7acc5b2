"""The commands: what there is, and where."""

import os
from pathlib import Path
from typing import Annotated

import typer

from banstream_cli.settings import HOW, Settings
from banstream_cli.terminal.entry import Commands, Place, register

_PLAYERS, _ABUSE, _ACCESS = "Players", "Abuse", "Access"
_STREAM, _OPERATION = "Events and log", "Operation"
_COMMANDS = "banstream_cli.commands"

register(
    {
        "up": Place(f"{_COMMANDS}.up", "app", "Run the whole system on this machine until Ctrl-C.", _OPERATION),
        "ban": Place(f"{_COMMANDS}.punishing", "ban_app", "Ban a player, or punish in another way.", _PLAYERS),
        "amend": Place(f"{_COMMANDS}.punishing", "amend_app", "Change an infraction.", _PLAYERS),
        "lift": Place(f"{_COMMANDS}.lifting", "lift_app", "Take punishments off a player.", _PLAYERS),
        "exempt": Place(f"{_COMMANDS}.exempting", "app", "Let a player in from a banned address.", _PLAYERS),
        "reinstate": Place(f"{_COMMANDS}.lifting", "reinstate_app", "Put a lifted infraction back in force.", _PLAYERS),
        "undo": Place(f"{_COMMANDS}.undoing", "app", "Take back what somebody did.", _PLAYERS),
        "erase": Place(f"{_COMMANDS}.erasing", "app", "Make a player's personal data unreadable.", _PLAYERS),
        "check": Place(f"{_COMMANDS}.looking", "check_app", "Show what restricts a player now.", _PLAYERS),
        "history": Place(f"{_COMMANDS}.looking", "history_app", "Show what happened to a player.", _PLAYERS),
        "linked": Place(f"{_COMMANDS}.looking", "linked_app", "Show who else comes from the same address.", _PLAYERS),
        "kick": Place(f"{_COMMANDS}.playing", "kick_app", "Put a player off a server, or off all.", _PLAYERS),
        "infractions": Place(f"{_COMMANDS}.infractions", "app", "Search infractions.", _PLAYERS),
        "requests": Place(f"{_COMMANDS}.requests", "app", "Players that staff are asked to review.", _PLAYERS),
        "appeals": Place(f"{_COMMANDS}.appeals", "app", "Players who ask to look at their ban again.", _PLAYERS),
        "abuse": Place(f"{_COMMANDS}.abuse", "app", "Reports of abuse: show, report, dismiss, restore.", _ABUSE),
        "policy": Place(f"{_COMMANDS}.policy", "app", "When abuse warns, kicks and bans; try a draft.", _ABUSE),
        "protect": Place(f"{_COMMANDS}.protecting", "app", "Players whom no policy kicks or bans.", _ABUSE),
        "admins": Place(f"{_COMMANDS}.admins", "app", "Who may act through a game server.", _ACCESS),
        "accounts": Place(f"{_COMMANDS}.accounts", "app", "People who sign in to the console.", _ACCESS),
        "vpn": Place(f"{_COMMANDS}.vpn", "app", "Networks of VPNs, hosts, cloud gaming: check, mark.", _ACCESS),
        "servers": Place(f"{_COMMANDS}.access", "servers_app", "Game servers, their keys, messages to them.", _ACCESS),
        "tokens": Place(f"{_COMMANDS}.access", "tokens_app", "Tokens of the API.", _ACCESS),
        "targets": Place(f"{_COMMANDS}.targets", "app", "Where events are told: Discord, webhooks.", _STREAM),
        "discord": Place(f"{_COMMANDS}.discord", "app", "Commands in Discord: register, check.", _ACCESS),
        "ban-files": Place(f"{_COMMANDS}.ban_files", "app", "Ban files of game servers, kept in step.", _ACCESS),
        "log-sources": Place(f"{_COMMANDS}.log_sources", "app", "Logs of DayZ servers that are followed.", _STREAM),
        "events": Place(f"{_COMMANDS}.events", "app", "Follow the events as they happen.", _STREAM),
        "import": Place(f"{_COMMANDS}.importing", "app", "Take over the bans of another system.", _PLAYERS),
        "export": Place(f"{_COMMANDS}.exporting", "app", "Write the bans out.", _PLAYERS),
        "log": Place(f"{_COMMANDS}.log", "app", "Verify and export the event logs.", _STREAM),
        "dead": Place(f"{_COMMANDS}.dead", "app", "What could not be handled: look, retry, drop.", _STREAM),
        "dayz": Place(f"{_COMMANDS}.dayz", "app", "Try rules on the admin logs of DayZ servers.", _OPERATION),
        "doctor": Place(f"{_COMMANDS}.doctor", "app", "Check that everything is as it should be.", _OPERATION),
        "migrate": Place(f"{_COMMANDS}.deploying", "migrate_app", "Create or update the schemas.", _OPERATION),
        "streams": Place(f"{_COMMANDS}.deploying", "streams_app", "Create or update the streams.", _OPERATION),
        "rebuild": Place(f"{_COMMANDS}.deploying", "rebuild_app", "Make the read models anew.", _OPERATION),
        "backup": Place(f"{_COMMANDS}.backing_up", "backup_app", "Write everything into one file.", _OPERATION),
        "restore": Place(f"{_COMMANDS}.backing_up", "restore_app", "Fill an empty database from a backup.", _OPERATION),
        "keys": Place(f"{_COMMANDS}.deploying", "keys_app", "Make the keys of an installation.", _OPERATION),
        "nats": Place(f"{_COMMANDS}.cluster", "nats_app", "What NATS has to be told.", _OPERATION),
        "kubernetes": Place(f"{_COMMANDS}.cluster", "kubernetes_app", "What Kubernetes has to be told.", _OPERATION),
    }
)

app = typer.Typer(
    name="banstream",
    cls=Commands,
    help="Bans for game servers as an event stream.",
    epilog=HOW,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


@app.callback()
def banstream(
    context: typer.Context,
    url: Annotated[str | None, typer.Option(envvar="BANSTREAM_URL", help="The gateway.")] = None,
    nats_url: Annotated[str | None, typer.Option(envvar="BANSTREAM_NATS_URL", help="NATS.")] = None,
    nats_user: Annotated[str | None, typer.Option(envvar="BANSTREAM_NATS_USER", help="The operator there.")] = None,
    data_dir: Annotated[
        Path, typer.Option(envvar="BANSTREAM_DATA_DIR", readable=False, help="Of a local stack.")
    ] = Path(".banstream"),
) -> None:
    """Bans for game servers as an event stream."""
    context.obj = Settings(data_dir, os.environ, url or None, nats_url or None, nats_user or None)
