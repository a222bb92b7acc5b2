"""What answers of the Nitrado API mean. Pure.

Source: facts dayz-bans-discord 3.2: 401 token, 429 too many requests, 503 maintenance; answers are
`{"status": "success", "data": {…}}`, or `{"status": "error", "message": "…"}`. They hold FTP credentials, so no part
of a body but `message` is ever quoted.
"""

import json
from typing import Any

_MAX_MESSAGE = 200
_DEFAULT_RETRY_SECONDS = 60.0
_LONGEST_RETRY_SECONDS = 3600.0
"""Whoever asks for more is not believed: bans wait as long."""


class NitradoError(Exception):
    """Base: Nitrado did not do what was asked. `retry_after_seconds` where it said when to come back."""

    retry_after_seconds: float | None = None

    @classmethod
    def told(cls) -> str:
        """What it is, in words of ours alone."""
        return f"Nitrado: {(cls.__doc__ or cls.__name__).split('.', 1)[0]}"


class NoAnswer(NitradoError):
    """The API could not be reached, or fell silent; whether a write took effect is not known."""


class TokenRefused(NitradoError):
    """The token is not valid, or not for this service."""


class RateLimited(NitradoError):
    """Too many requests."""


class Unavailable(NitradoError):
    """Maintenance, or a fault on their side."""


class Rejected(NitradoError):
    """The request itself was refused."""


class Nonsense(NitradoError):
    """The answer is not of the documented form."""


def answer_data(status: int, retry_after: str | None, body: bytes) -> dict[str, Any]:
    """The `data` of a good answer. Raises a `NitradoError` for any other."""
    error = _error_of(status)
    if error is not None:
        raise _with_pause(error(f"Nitrado answered {status}{_message(body)}"), retry_after)
    values = _object(body)
    if values.get("status") != "success":
        raise Rejected(f"Nitrado answered {status}{_message(body)}")
    data = values.get("data", {})
    if not isinstance(data, dict):
        raise Nonsense("Nitrado's answer has no data")
    return data


def ban_list(data: dict[str, Any]) -> str:
    """The field `gameserver.settings.general.bans`. Raises `Nonsense` when it is not there: that is no empty list."""
    value: object = data
    for name in ("gameserver", "settings", "general", "bans"):
        if not isinstance(value, dict) or name not in value:
            raise Nonsense(f"Nitrado's answer has no {name}")
        value = value[name]
    if not isinstance(value, str):
        raise Nonsense("Nitrado's ban list is no text")
    return value


def _error_of(status: int) -> type[NitradoError] | None:
    match status:
        case 200 | 201:
            return None
        case 401 | 403:
            return TokenRefused
        case 429:
            return RateLimited
        case _:
            return Unavailable if status >= 500 else Rejected  # noqa: PLR2004  # HTTP's classes


def _with_pause(error: NitradoError, retry_after: str | None) -> NitradoError:
    if retry_after is not None and retry_after.strip().isdecimal():
        error.retry_after_seconds = min(float(retry_after), _LONGEST_RETRY_SECONDS)
    elif isinstance(error, RateLimited):
        error.retry_after_seconds = _DEFAULT_RETRY_SECONDS
    return error


def _object(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise Nonsense("Nitrado's answer is no JSON") from None
    if not isinstance(values, dict):
        raise Nonsense("Nitrado's answer is no JSON object")
    return values


def _message(body: bytes) -> str:
    try:
        told = str(_object(body).get("message") or "")
    except Nonsense:
        return ""
    printable = "".join(character if character.isprintable() else " " for character in told)
    return f": {printable[:_MAX_MESSAGE]}" if printable else ""
