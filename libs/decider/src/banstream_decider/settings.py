"""Settings that every deciding service has, from the environment."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

_HOST = r"(\[[^\]@/]*\]|[^:@/?#,\[\]]*)(:[0-9]*)?"
_DATABASE = re.compile(rf"postgres(ql)?://([^/?#]*@)?{_HOST}(,{_HOST})*([/?].*)?")


def _a_database(url: SecretStr) -> SecretStr:
    if not _DATABASE.fullmatch(url.get_secret_value()):
        raise ValueError("must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with signs in the password as %XX")
    return url


DatabaseUrl = Annotated[SecretStr, AfterValidator(_a_database)]


class ServiceSettings(BaseSettings):
    """Prefix `BANSTREAM_`. `metrics_port` serves /healthz, /readyz and /metrics; none without it."""

    model_config = SettingsConfigDict(env_prefix="BANSTREAM_", hide_input_in_errors=True)

    database_url: DatabaseUrl
    """Of the service's role, which may read and insert and no more on its log."""
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(gt=0, le=65_535)] | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"


class AdminSettings(BaseSettings):
    """Of the deploy step `migrate`: an administrator's connection; each service adds the password of its role."""

    model_config = SettingsConfigDict(env_prefix="BANSTREAM_", hide_input_in_errors=True)

    admin_database_url: DatabaseUrl
