"""Settings of the feed, from the environment."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from banstream_decider import settings
from banstream_decider.settings import ServiceSettings
from banstream_runtime.connection import NatsSettings
from banstream_runtime.keys import key_from


class Settings(ServiceSettings):
    """Prefix `BANSTREAM_DAYZ_FEED_` besides those of every deciding service."""

    dayz_feed_master_key: SecretStr | None = None
    dayz_feed_master_key_file: Path | None = None
    dayz_feed_local_root: Path | None = None
    """The folder that sources of kind `local` are below; without it there are none."""
    dayz_feed_authorities: Path | None = None
    """Certificates in PEM form that FTPS servers are checked against, in place of the system's."""
    dayz_feed_timeout_seconds: float = Field(20.0, gt=0)
    """For connecting to a host, and for each step."""
    dayz_feed_longest_pause_seconds: float = Field(900.0, gt=0)
    """Between two polls of a source that fails."""

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        _ = self.master_key
        return self

    @property
    def master_key(self) -> bytes:
        """32 bytes. Raises ValueError where none is set."""
        return key_from("BANSTREAM_DAYZ_FEED_MASTER_KEY", self.dayz_feed_master_key, self.dayz_feed_master_key_file)


class AdminSettings(settings.AdminSettings):
    """Of the deploy step: besides, the password that the service's role shall have."""

    dayz_feed_password: SecretStr = Field(min_length=1)
    """An empty one would lock the role out."""


__all__ = ["AdminSettings", "NatsSettings", "Settings"]
