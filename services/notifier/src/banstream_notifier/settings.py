"""Settings of the notifier, from the environment."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from banstream_decider.settings import ServiceSettings
from banstream_runtime.connection import NatsSettings
from banstream_runtime.keys import key_from


class Settings(ServiceSettings):
    """Prefix `BANSTREAM_NOTIFIER_` besides those of every deciding service."""

    notifier_master_key: SecretStr | None = None
    notifier_master_key_file: Path | None = None
    notifier_allow_private_targets: bool = False
    """Also http:// and addresses that are not public: for tests and for receivers in the same network."""
    notifier_timeout_seconds: float = Field(15.0, gt=0)
    """How long an answer may take."""
    notifier_longest_pause_seconds: float = Field(300.0, gt=0)
    """Between two tries of a target that fails."""
    notifier_give_up_seconds: float = Field(86_400.0, gt=0)
    """How long an event is tried before it is put aside."""
    notifier_delivery_log_days: int = Field(90, ge=1)
    notifier_message_days: int = Field(365, ge=1)
    """How long a message at Discord can be changed: what it shows is kept for that long."""

    @property
    def master_key(self) -> bytes:
        """32 bytes. Raises ValueError where none is set."""
        return key_from("BANSTREAM_NOTIFIER_MASTER_KEY", self.notifier_master_key, self.notifier_master_key_file)


class AdminSettings(BaseSettings):
    """Of the deploy step `migrate`: an administrator's connection and the service role's password."""

    model_config = SettingsConfigDict(env_prefix="BANSTREAM_", hide_input_in_errors=True)

    admin_database_url: SecretStr
    notifier_password: SecretStr = Field(min_length=1)
    """An empty one would lock the role out."""


__all__ = ["AdminSettings", "NatsSettings", "Settings"]
