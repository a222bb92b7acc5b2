"""What people type behind a command, read into what the native API takes."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from banstream_contracts.infractions import Punishment, Severity
from banstream_contracts.players import Player
from banstream_gateway.discord.durations import seconds_of
from banstream_gateway.discord.interactions import Interaction
from banstream_gateway.problems import message_of
from banstream_gateway.requests import IssueRequest, LiftRequest, PunishedPlayer

SERVICES = ("roblox", "steam", "xbox", "psn", "minecraft", "dayz", "discord")
"""What is offered; any other is written before the id."""

SEVERITIES = tuple(severity.value for severity in Severity)

Model = TypeVar("Model", bound=BaseModel)


class WrongOption(Exception):
    """An option that cannot be read: its name, and the texts that say why."""

    def __init__(self, option: str, why: str, detail: str = "") -> None:
        super().__init__(f"{option}: {why}")
        self.option = option
        self.why = why
        self.detail = detail


def typed(interaction: Interaction) -> dict[str, str]:
    """The options by name; what was left empty is not there."""
    found = {option.name: option.value for option in interaction.data.options}
    return {name: str(value).strip() for name, value in found.items() if value is not None and str(value).strip()}


def player_of(options: Mapping[str, str]) -> Player:
    """The player that `service` and `player` name, or `player` alone as SERVICE:ID. Raises WrongOption."""
    service, text = _service_and_id(options)
    try:
        return Player(service=service, id=text)
    except ValidationError as error:
        raise WrongOption("player", "why-player", message_of(error.errors()[0])) from None


def ban_of(options: Mapping[str, str]) -> IssueRequest:
    """The ban that the options ask for. Raises WrongOption."""
    player_of(options)
    service, as_typed = _service_and_id(options)
    asked = {name: options[name] for name in ("category", "severity") if name in options}
    return _read(
        IssueRequest,
        {
            "player": PunishedPlayer(service=service, id=as_typed),
            "punishments": (Punishment.BAN,),
            "duration_seconds": _duration(options),
            "reason": _needed(options, "reason"),
            **asked,
        },
    )


def removal_of(options: Mapping[str, str]) -> LiftRequest:
    """The removal of bans that the options ask for. Raises WrongOption."""
    return _read(LiftRequest, {"reason": _needed(options, "reason"), "punishments": (Punishment.BAN,)})


def _service_and_id(options: Mapping[str, str]) -> tuple[str, str]:
    """The id as it was typed: of Minecraft's names it is what is shown. Raises WrongOption."""
    text, service = _needed(options, "player"), options.get("service")
    if service is not None:
        return service, text.removeprefix(f"{service}:").strip()
    service, colon, text = text.partition(":")
    if not colon:
        raise WrongOption("player", "why-no-service")
    return service.strip(), text.strip()


def _duration(options: Mapping[str, str]) -> int | None:
    text = _needed(options, "duration")
    try:
        return seconds_of(text)
    except ValueError:
        raise WrongOption("duration", "why-duration") from None


def _needed(options: Mapping[str, str], name: str) -> str:
    if name not in options:
        raise WrongOption(name, "why-missing")
    return options[name]


def _read(model: type[Model], values: dict[str, Any]) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise WrongOption(field, f"why-{field}") from None
