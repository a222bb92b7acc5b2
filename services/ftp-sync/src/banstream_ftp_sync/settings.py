"""Settings of ftp-sync, from the environment."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from banstream_decider import settings
from banstream_decider.settings import ServiceSettings
from banstream_ftp_sync.applying.nitrado import DEFAULT_API
from banstream_runtime.connection import NatsSettings
from banstream_runtime.keys import key_from


class Settings(ServiceSettings):
    """Prefix `BANSTREAM_FTP_SYNC_` besides those of every deciding service."""

    ftp_sync_master_key: SecretStr | None = None
    ftp_sync_master_key_file: Path | None = None
    ftp_sync_folders: str = ""
    """Folders of this machine in which ban files may be, with `:` between them; none without it."""
    ftp_sync_check_seconds: float = Field(900.0, gt=0)
    """How often a file is looked at that nothing has happened to, and the bans are loaded anew."""
    ftp_sync_gather_seconds: float = Field(1.0, ge=0)
    """How long changes are gathered for one write."""
    ftp_sync_longest_pause_seconds: float = Field(300.0, gt=0)
    """Between two attempts on a file that fails."""
    ftp_sync_timeout_seconds: float = Field(30.0, gt=0)
    """How long one answer of a server may take."""
    ftp_sync_attempt_seconds: float = Field(600.0, gt=0)
    """How long an attempt may take in all."""
    ftp_sync_failing_seconds: float = Field(1800.0, ge=0)
    """How long attempts on a file fail before that is an event."""
    ftp_sync_bans_seconds: float = Field(5.0, gt=0)
    """How long an attempt waits for bans that are whole and as new as what it was told."""
    ftp_sync_receipt_days: int = Field(365, ge=1)
    """Receipts of bans that have ended are kept."""
    ftp_sync_nitrado_url: str = DEFAULT_API

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        _ = self.master_key
        return self

    @property
    def master_key(self) -> bytes:
        """32 bytes. Raises ValueError where none is set."""
        return key_from("BANSTREAM_FTP_SYNC_MASTER_KEY", self.ftp_sync_master_key, self.ftp_sync_master_key_file)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where local ban files may be."""
        return tuple(Path(each) for each in self.ftp_sync_folders.split(":") if each)


class AdminSettings(settings.AdminSettings):
    """Of the deploy step: besides, the password that the service's role shall have."""

    ftp_sync_password: SecretStr = Field(min_length=1)
    """An empty one would lock the role out."""


__all__ = ["AdminSettings", "NatsSettings", "Settings"]
