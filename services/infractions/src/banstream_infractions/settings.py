"""Settings of the infractions service, from the environment."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import SecretStr, StringConstraints, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from banstream_decider.settings import ServiceSettings
from banstream_runtime.connection import NatsSettings
from banstream_runtime.keys import key_from


class Settings(ServiceSettings):
    """Prefix `BANSTREAM_`."""

    master_key: SecretStr | None = None
    """64 hex digits; opens personal data. Lost with it: every address in the log."""
    master_key_file: Path | None = None
    """A file that holds the key instead, such as a mounted secret."""
    ftp_sync_sealing_public_key: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] | None = None
    """Addresses that ban files need are sealed with it; without it ftp-sync learns no bans at all."""

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        self.master_key_bytes()
        return self

    def master_key_bytes(self) -> bytes:
        """The key. Raises ValueError where neither the variable nor the file holds one."""
        return key_from("BANSTREAM_MASTER_KEY", self.master_key, self.master_key_file)


class AdminSettings(BaseSettings):
    """Of the deploy steps `migrate` and `rebuild`: an administrator's connection and the service role's password."""

    model_config = SettingsConfigDict(env_prefix="BANSTREAM_")

    admin_database_url: SecretStr
    infractions_password: SecretStr = SecretStr("")


__all__ = ["AdminSettings", "NatsSettings", "Settings"]
