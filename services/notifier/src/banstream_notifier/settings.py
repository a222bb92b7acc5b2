"""Settings of the notifier, from the environment."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from banstream_decider import settings
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

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        _ = self.master_key
        return self

    @property
    def master_key(self) -> bytes:
        """32 bytes. Raises ValueError where none is set."""
        return key_from("BANSTREAM_NOTIFIER_MASTER_KEY", self.notifier_master_key, self.notifier_master_key_file)


class AdminSettings(settings.AdminSettings):
    """Of the deploy step: besides, the password that the service's role shall have."""

    notifier_password: SecretStr = Field(min_length=1)
    """An empty one would lock the role out."""


__all__ = ["AdminSettings", "NatsSettings", "Settings"]
