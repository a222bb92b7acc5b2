"""Settings of the abuse tracker, from the environment."""

from pydantic import Field, SecretStr

from banstream_decider import settings
from banstream_decider.settings import ServiceSettings
from banstream_runtime.connection import NatsSettings


class AdminSettings(settings.AdminSettings):
    """Of the deploy step: besides, the password that the service's role shall have."""

    abuse_tracker_password: SecretStr = Field(min_length=1)
    """An empty one would lock the role out."""


__all__ = ["AdminSettings", "NatsSettings", "ServiceSettings"]
