"""What `banstream ban-files` sends: places, secrets, filters and policies from options."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from banstream_cli.arguments.options import refuse
from banstream_cli.terminal.exits import Stuck

_KINDS = {"ftp": "ftp", "ftps": "ftps", "ftps-implicit": "ftps_implicit", "sftp": "sftp"}
_HOW = "a place is ftp://USER@HOST/PATH (ftps, ftps-implicit, sftp), /PATH, or nitrado:SERVICE"
_STDIN = "-"


def place_of(text: str, fingerprint: str | None, *, any_certificate: bool) -> dict[str, Any]:
    """The place that an operator names; a path after the host is as the login sees it, `//` begins at the top."""
    place = _place(text)
    if fingerprint is not None:
        place["fingerprint"] = fingerprint
    if any_certificate:
        place["checks_certificate"] = False
    return place


def secret_of(
    place: Mapping[str, Any], secret: str | None, private_key: Path | None, passphrase: Path | None
) -> dict[str, str]:
    """What opens it: read from files or stdin, never from the command line, which others can see."""
    name = "token" if place["kind"] == "nitrado" else "password"
    given = {
        name: _line(secret) if secret is not None else None,
        "private_key": _text(private_key) if private_key else None,
        "passphrase": _text(passphrase).rstrip("\r\n") if passphrase else None,
    }
    return {field: value for field, value in given.items() if value is not None}


def filters_of(
    before: Mapping[str, Any], servers: Sequence[str] | None, scopes: Sequence[str] | None, *, only_own: bool | None
) -> dict[str, Any]:
    """Those of before, with what is named."""
    named: dict[str, Any] = {}
    if servers is not None:
        named["servers"] = list(servers)
    if scopes is not None:
        named["scopes"] = list(scopes)
    if only_own is not None:
        named["include_other_servers"] = not only_own
    return {**before, **named}


def policy_of(before: Mapping[str, Any], *, create: bool | None, repair: bool | None) -> dict[str, Any]:
    """That of before, with what is named."""
    named = {"may_create": create, "repairs_drift": repair}
    return {**before, **{field: value for field, value in named.items() if value is not None}}


def _place(text: str) -> dict[str, Any]:
    if text.startswith("/"):
        return {"kind": "local", "path": text}
    if text.startswith("nitrado:"):
        number = text.removeprefix("nitrado:")
        return {"kind": "nitrado", "service_id": int(number)} if number.isdecimal() else refuse(_HOW)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        refuse(_HOW)
    if parts.password is not None:
        refuse("a place has no password: others can see the command line; use --password-file")
    path = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in _KINDS or not parts.hostname or not parts.username or not path:
        refuse(_HOW)
    place = {"kind": _KINDS[parts.scheme], "host": parts.hostname, "user": unquote(parts.username), "path": path}
    return {**place, "port": port} if port else place


def _line(source: str) -> str:
    text = sys.stdin.readline() if source == _STDIN else _text(Path(source))
    return text.rstrip("\r\n")


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Stuck(f"{file} cannot be read: {_why(error)}") from error


def _why(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is no text in UTF-8"
    return error.strerror or type(error).__name__
