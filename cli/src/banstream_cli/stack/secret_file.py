"""Passwords and keys, made once and kept in the data folder."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from banstream_cli.stack.errors import StackError
from banstream_cli.stack.private_file import read_json, write_private_json
from banstream_privacy.key_ring import KEY_BYTES, read_keys


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passwords by NATS user and by Postgres role; keys in hex. Never in argv, never in a log."""

    nats: Mapping[str, str] = field(repr=False)
    postgres: Mapping[str, str] = field(repr=False)
    master_key: str = field(repr=False)
    address_key: str = field(repr=False)
    notifier_key: str = field(repr=False)
    dayz_feed_key: str = field(repr=False)
    ftp_sync_key: str = field(repr=False)


def load_secrets(path: Path, nats_users: Sequence[str], postgres_roles: Sequence[str]) -> Secrets:
    """Read the file; make and keep what it does not hold yet, such as the password of a new user.

    What another release has put there stays: without its keys, what they sealed could never be read again.
    """
    kept = read_json(path) or {}
    complete = {
        **kept,
        "nats": _passwords(kept, "nats", nats_users),
        "postgres": _passwords(kept, "postgres", postgres_roles),
        "master_key": _key(path, kept, "master_key"),
        "address_key": _key(path, kept, "address_key"),
        "notifier_key": _key(path, kept, "notifier_key"),
        "dayz_feed_key": _key(path, kept, "dayz_feed_key"),
        "ftp_sync_key": _key(path, kept, "ftp_sync_key"),
    }
    if complete != kept:
        write_private_json(path, complete)
    return Secrets(
        nats=_passwords(complete, "nats", ()),
        postgres=_passwords(complete, "postgres", ()),
        master_key=str(complete["master_key"]),
        address_key=str(complete["address_key"]),
        notifier_key=str(complete["notifier_key"]),
        dayz_feed_key=str(complete["dayz_feed_key"]),
        ftp_sync_key=str(complete["ftp_sync_key"]),
    )


def _passwords(kept: Mapping[str, object], kind: str, names: Sequence[str]) -> dict[str, str]:
    known = kept.get(kind)
    passwords = {str(name): str(word) for name, word in known.items()} if isinstance(known, dict) else {}
    return {**{name: secrets.token_hex(24) for name in names}, **passwords}


def _key(path: Path, kept: Mapping[str, object], name: str) -> str:
    key = kept.get(name)
    if key is None:
        return secrets.token_hex(KEY_BYTES)
    if not isinstance(key, str) or not _is_key(key):
        raise StackError(f"{path}: {name} is not {KEY_BYTES} bytes in hex, nor several such keys with commas between")
    return key


def _is_key(text: str) -> bool:
    try:
        read_keys(text)
    except ValueError:
        return False
    return True
