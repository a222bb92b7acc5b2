"""What clients send about ban files."""

import json
from typing import Annotated, Literal

from pydantic import Field

from banstream_contracts.ban_files import BanFileFilters, BanFileFormat, BanFilePlace, BanFilePolicy
from banstream_contracts.text import Name, Reason, ShortId
from banstream_gateway.request_forms import ChangeRequest, Request
from banstream_gateway.requests import PlaceQuery

_SECRETS = ("password", "private_key", "passphrase", "token")
_KEY_LENGTH = 8192

Password = Annotated[str, Field(min_length=1, max_length=1024)]
PrivateKey = Annotated[str, Field(min_length=1, max_length=_KEY_LENGTH)]


class _WithSecret(Request):
    """Secrets are sealed at once and never shown again."""

    password: Password | None = Field(default=None, repr=False)
    """Of FTP and SFTP."""
    private_key: PrivateKey | None = Field(default=None, repr=False)
    """Of SFTP, in place of a password; PEM or OpenSSH."""
    passphrase: Password | None = Field(default=None, repr=False)
    """Of the private key."""
    token: Password | None = Field(default=None, repr=False)
    """Of Nitrado's API: a long-life token with the scope `service`."""

    @property
    def secret(self) -> str | None:
        """As it is sealed; None where there is none."""
        given = {name: value for name in _SECRETS if (value := getattr(self, name)) is not None}
        return json.dumps(given) if given else None


class BanFileRequest(_WithSecret):
    """A file that is to be kept in step with the bans. Loopback and private hosts are allowed."""

    name: Name
    format: BanFileFormat
    place: BanFilePlace
    filters: BanFileFilters = BanFileFilters()
    policy: BanFilePolicy = BanFilePolicy()
    paused: bool = False
    """Nothing is written before it is resumed: try it first with `test`."""


class BanFileChangeRequest(_WithSecret, ChangeRequest):
    """What to change; what is not sent stays. `place`, `filters`, `policy` and the secret are replaced whole.

    A place on another server needs its secret named with it.
    """

    name: Name | None = None
    place: BanFilePlace | None = None
    filters: BanFileFilters | None = None
    policy: BanFilePolicy | None = None


class BanFileReasonRequest(Request):
    """Why; the body may be left out."""

    reason: Reason | None = None


class BanFileSyncRequest(Request):
    """The body may be left out."""

    accepts_loss: bool = False
    """Lines of others are gone from the file, and that is right: ends a refusal for that reason."""


class ReceiptQuery(PlaceQuery):
    """Which receipts."""

    status: Literal["pending", "applied", "failed", "drifted"] | None = None
    infraction_id: ShortId | None = None
