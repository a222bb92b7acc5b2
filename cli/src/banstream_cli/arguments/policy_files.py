"""Policies from files: JSON or TOML, in our spelling or in a game's."""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from banstream_cli.terminal.exits import Stuck
from banstream_contracts.policies import Policy
from banstream_contracts.policy_keys import WrongKeys, read_policy

STDIN = Path("-")


def policy_in(file: Path) -> Policy:
    """The policy that a file holds (`-`: JSON from stdin), also as `policy show --json` prints it. Raises Stuck."""
    content = _content(file)
    match content:
        case {"policy_id": _, "policy": dict(inner)}:
            content = inner
        case _:
            pass
    return policy_of(content, str(file))


def policy_of(content: dict[str, Any], where: str) -> Policy:
    """The policy that keys and values mean. Raises Stuck, which names every fault."""
    try:
        return read_policy(content)
    except WrongKeys as error:
        raise Stuck(f"{where}: {error}") from error
    except ValidationError as error:
        faults = error.errors(include_url=False)
        told = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'policy'}: {fault['msg']}" for fault in faults)
        raise Stuck(f"{where}: {told}") from error


def _content(file: Path) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if file == STDIN else file.read_text("utf-8-sig")
        content = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    except OSError as error:
        raise Stuck(f"{file} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        kind = "TOML" if file.suffix == ".toml" else "JSON"
        raise Stuck(f"{file} is no {kind} ({str(error) or type(error).__name__})") from error
    if not isinstance(content, dict):
        raise Stuck(f"{file} holds no policy: a policy is an object of keys and values")
    return content
