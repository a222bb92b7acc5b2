"""Settings of the abuse tracker, from the environment."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from banstream_decider.settings import ServiceSettings
from banstream_runtime.connection import NatsSettings


class AdminSettings(BaseSettings):
    """Of the deploy step `migrate`: an administrator's connection and the service role's password."""

    model_config = SettingsConfigDict(env_prefix="BANSTREAM_", hide_input_in_errors=True)

    admin_database_url: SecretStr
    abuse_tracker_password: SecretStr = Field(min_length=1)
    """An empty one would lock the role out."""


__all__ = ["AdminSettings", "NatsSettings", "ServiceSettings"]
