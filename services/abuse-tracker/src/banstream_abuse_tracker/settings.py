"""Settings of the abuse tracker, from the environment."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from banstream_decider.settings import ServiceSettings
from banstream_runtime.connection import NatsSettings


class AdminSettings(BaseSettings):
    """Of the deploy step `migrate`: an administrator's connection and the service role's password."""

    model_config = SettingsConfigDict(env_prefix="BANSTREAM_")

    admin_database_url: SecretStr
    abuse_tracker_password: SecretStr = SecretStr("")


__all__ = ["AdminSettings", "NatsSettings", "ServiceSettings"]
