"""What an operator can set, all from the environment (BANSTREAM_…)."""

from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, model_validator

from banstream_console.presentation.texts import Language
from banstream_runtime.connection import NatsSettings
from banstream_runtime.keys import key_from

_WITH_SUMMERS = {"CET": "Europe/Brussels", "EET": "Europe/Athens", "MET": "Europe/Brussels", "WET": "Europe/Lisbon"}
"""Short names that Postgres, which counts days and hours, takes for the winter's offset all year."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise _no_zone(name) from None
    if name == "localtime":  # of this machine, which Postgres does not know
        raise _no_zone(name)
    return _WITH_SUMMERS.get(name, name)


def _no_zone(name: str) -> ValueError:
    return ValueError(f"{name!r} is no time zone; write it like America/Sao_Paulo")


class Settings(NatsSettings):
    """See docs/console.md for what each one means."""

    console_host: str = "127.0.0.1"
    console_url: str = ""
    """Where people reach the console, e.g. https://bans.example.org; cookies are for TLS only where it begins so."""
    console_port: Annotated[int, Field(ge=0, le=65_535)] = 8081
    console_title: Annotated[str, StringConstraints(max_length=60)] = ""
    """Of the community; empty shows none."""
    console_language: Language = "en"
    """For whoever asks for none of ours."""
    console_time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    """Whose days are counted, and in which times are shown where no script runs."""
    console_delay_minutes: Annotated[float, Field(ge=0, le=7 * 1440)] = 0
    """A ban shows only so long after it was issued."""
    console_show_names: bool = True
    console_show_reasons: bool = True
    console_show_ids: bool = False
    """Players' and infractions' ids, and ids and addresses in names and reasons."""
    console_show_coordinates: bool = False
    """Places in names and reasons."""
    console_page_length: Annotated[int, Field(ge=1, le=200)] = 24
    console_live_clients: Annotated[int, Field(ge=0)] = 500
    """How many may follow the wall at once."""
    query_timeout_seconds: Annotated[float, Field(gt=0)] = 2.0
    console_session_hours: Annotated[float, Field(gt=0, le=24 * 30)] = 12
    """How long somebody stays signed in at most."""
    console_idle_minutes: Annotated[float, Field(gt=0, le=24 * 60 * 30)] = 60
    """How long without doing anything."""
    console_trusted_proxies: Annotated[int, Field(ge=0, le=9)] = 0
    """How many of ours stand before the console: so far X-Forwarded-For is believed, from its end."""
    accounts_key: SecretStr | None = None
    """64 hex digits, made of the master key by `banstream keys new`; without it nobody signs in."""
    accounts_key_file: Path | None = None
    sealing_public_key: Annotated[str, StringConstraints(pattern=r"^([0-9a-fA-F]{64})?$")] = ""
    """What players write in appeals is sealed with it; without it the console takes no appeals."""
    notifier_sealing_public_key: Annotated[str, StringConstraints(pattern=r"^([0-9a-fA-F]{64})?$")] = ""
    """Addresses and secrets of targets are sealed with it; without it the console makes no targets."""
    ftp_sync_sealing_public_key: Annotated[str, StringConstraints(pattern=r"^([0-9a-fA-F]{64})?$")] = ""
    """Passwords and keys of ban files are sealed with it; without it the console takes none."""
    dayz_feed_sealing_public_key: Annotated[str, StringConstraints(pattern=r"^([0-9a-fA-F]{64})?$")] = ""
    """The same of the DayZ feed, for the logs that it follows."""
    console_development: bool = False
    """Shows the page of components."""
    publish_timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    command_timeout_seconds: Annotated[float, Field(gt=0)] = 2.0
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(gt=0, le=65_535)] | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"

    @model_validator(mode="after")
    def _reads_its_key(self) -> Self:
        self.accounts_key_bytes()
        return self

    def accounts_key_bytes(self) -> bytes | None:
        """The key; None where none is set. Raises ValueError for one that is none."""
        if self.accounts_key is None and self.accounts_key_file is None:
            return None
        return key_from("BANSTREAM_ACCOUNTS_KEY", self.accounts_key, self.accounts_key_file)
