"""The keys of an installation, by the names under which they are kept."""

import secrets
from pathlib import Path

from pydantic import SecretStr

from banstream_cli.settings import Settings
from banstream_cli.terminal.exits import Stuck
from banstream_privacy.appeal_codes import appeal_key
from banstream_privacy.key_ring import KEY_BYTES, written_keys
from banstream_privacy.sharing import accounts_key, ban_list_key
from banstream_privacy.transit import sealing_public_key
from banstream_runtime.keys import key_from

_SEALING = {
    "master-key": "sealing-public-key",
    "notifier-master-key": "notifier-sealing-public-key",
    "ftp-sync-master-key": "ftp-sync-sealing-public-key",
    "dayz-feed-master-key": "dayz-feed-sealing-public-key",
}
"""Each master key, and the public key that gateways seal with for its service."""


def new_keys() -> tuple[dict[str, str], dict[str, str]]:
    """Private and public keys in hex. Losing the master key loses every address in the log."""
    masters = {name: secrets.token_bytes(KEY_BYTES) for name in _SEALING}
    private = {"address-key": secrets.token_hex(KEY_BYTES), **{name: key.hex() for name, key in masters.items()}}
    private |= derived_keys(masters["master-key"])
    return private, {_SEALING[name]: sealing_public_key(key).hex() for name, key in masters.items()}


def derived_keys(master_key: bytes) -> dict[str, str]:
    """Keys of others that are made of the master key, so that there is one secret to keep."""
    return {
        "accounts-key": written_keys(accounts_key(master_key)),
        "appeal-key": written_keys(appeal_key(master_key)),
        "ban-list-key": written_keys(ban_list_key(master_key)),
    }


def master_key_of(settings: Settings) -> bytes | None:
    """One or several, newest first; None where none is known. Raises Stuck for what is no key."""
    return _read("master-key", *settings.master_key())


def address_key_of(settings: Settings) -> bytes | None:
    """The same of the address key."""
    return _read("address-key", *settings.address_key())


def variable(name: str) -> str:
    """The environment variable that holds a key."""
    return f"BANSTREAM_{name.upper().replace('-', '_')}"


def _read(name: str, value: str | None, file: str | None) -> bytes | None:
    if value is None and file is None:
        return None
    try:
        return key_from(variable(name), SecretStr(value) if value else None, Path(file) if file else None)
    except ValueError as error:
        raise Stuck(str(error)) from error
