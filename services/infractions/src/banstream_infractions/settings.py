"""Settings of the infractions service, from the environment."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, StringConstraints, model_validator

from banstream_decider import settings
from banstream_decider.settings import ServiceSettings
from banstream_infractions.domain.appeals_terms import DAY_SECONDS, AppealTerms, OwnAppeals
from banstream_infractions.domain.terms import Terms
from banstream_runtime.connection import NatsSettings
from banstream_runtime.keys import key_from

Days = Annotated[Annotated[float, Field(gt=0, le=36500)] | None, BeforeValidator(lambda days: days or None)]


class Settings(ServiceSettings):
    """Prefix `BANSTREAM_`."""

    master_key: SecretStr | None = None
    """64 hex digits; opens personal data. Lost with it: every address in the log."""
    master_key_file: Path | None = None
    """A file that holds the key instead, such as a mounted secret."""
    ftp_sync_sealing_public_key: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] | None = None
    """Addresses that ban files need are sealed with it; without it ftp-sync learns no bans at all."""

    address_key: SecretStr | None = None
    """64 hex digits, the one of the gateways; without it staff cannot search by address."""
    address_key_file: Path | None = None

    appeals_own: OwnAppeals = OwnAppeals.IF_ALONE
    """Whether somebody decides on appeals against what they issued: `never`, `if-alone` or `allowed`."""
    appeals_wait_days: Annotated[float, Field(ge=0, le=3650)] = 7
    """Between the decision on an appeal and the next one against the same infraction."""

    address_days: Days = None
    """How long a player's infraction binds who comes from the address, where nobody says; empty: no less."""

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        self.master_key_bytes()
        self.address_key_bytes()
        return self

    def terms(self) -> Terms:
        """What holds for appeals, and for addresses."""
        appeals = AppealTerms(self.appeals_own, round(self.appeals_wait_days * DAY_SECONDS))
        seconds = None if self.address_days is None else max(1, round(self.address_days * DAY_SECONDS))
        return Terms(appeals, seconds)

    def master_key_bytes(self) -> bytes:
        """The key. Raises ValueError where neither the variable nor the file holds one."""
        return key_from("BANSTREAM_MASTER_KEY", self.master_key, self.master_key_file)

    def address_key_bytes(self) -> bytes | None:
        """The key that addresses are hashed with; None where none is set. Raises ValueError for one that is none."""
        if self.address_key is None and self.address_key_file is None:
            return None
        return key_from("BANSTREAM_ADDRESS_KEY", self.address_key, self.address_key_file)


class AdminSettings(settings.AdminSettings):
    """Of the deploy step: besides, the password that the service's role shall have."""

    infractions_password: SecretStr = Field(min_length=1)
    """An empty one would lock the role out."""


__all__ = ["AdminSettings", "NatsSettings", "Settings"]
