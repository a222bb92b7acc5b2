"""Settings that every deciding service has, from the environment."""

from typing import Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Prefix `BANSTREAM_`. `metrics_port` serves /healthz, /readyz and /metrics; none without it."""

    model_config = SettingsConfigDict(env_prefix="BANSTREAM_", hide_input_in_errors=True)

    database_url: SecretStr
    """Of the service's role, which may read and insert and no more on its log."""
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
