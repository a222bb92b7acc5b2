"""Settings of the infractions service, from the environment."""

from typing import Literal

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from banstream_runtime.connection import NatsSettings

_KEY_BYTES = 32


class Settings(BaseSettings):
    """Prefix `BANSTREAM_`. `metrics_port` serves /healthz, /readyz and /metrics; none without it."""

    model_config = SettingsConfigDict(env_prefix="BANSTREAM_")

    database_url: SecretStr
    """Of the role banstream_infractions, which may read and insert and no more on the log."""
    master_key: SecretStr
    """64 hex digits; opens personal data. Lost with it: every address in the log."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"

    @field_validator("master_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        if len(bytes.fromhex(value.get_secret_value())) != _KEY_BYTES:
            raise ValueError("64 hex digits are wanted")
        return value


class AdminSettings(BaseSettings):
    """Of the deploy steps `migrate` and `rebuild`: an administrator's connection and the service role's password."""

    model_config = SettingsConfigDict(env_prefix="BANSTREAM_")

    admin_database_url: SecretStr
    infractions_password: SecretStr = SecretStr("")


__all__ = ["AdminSettings", "NatsSettings", "Settings"]
