"""What the KV buckets hold, by key."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, RootModel

from banstream_contracts import streams
from banstream_contracts.accounts import AccountEntry, SessionEntry, SignInAttempts
from banstream_contracts.admins import Admin
from banstream_contracts.infractions import Credential, Standing
from banstream_contracts.listed_bans import ListedBan
from banstream_contracts.networks import MarkedNetwork
from banstream_contracts.presence import RpcPlace, ServerPresence


class LogPosition(RootModel[Annotated[int, Field(ge=0)]]):
    """The log position up to which every entry of the bucket has been written; as `filling`, where it will be whole."""


@dataclass(frozen=True, slots=True)
class EntrySpec:
    """The entries of one kind in a bucket. `key` is the key itself, or a description in braces."""

    bucket: str
    key: str
    value: type[BaseModel]


ENTRIES = (
    EntrySpec(streams.RESTRICTIONS_BUCKET, "{token}", Standing),
    EntrySpec(streams.CREDENTIALS_BUCKET, "{credential_id}", Credential),
    EntrySpec(streams.ADMINS_BUCKET, "{token}", Admin),
    EntrySpec(streams.NETWORKS_BUCKET, "{network_key}", MarkedNetwork),
    EntrySpec(streams.BAN_LIST_BUCKET, "{infraction_id}", ListedBan),
    EntrySpec(streams.PRESENCE_BUCKET, "{server_id}", ServerPresence),
    EntrySpec(streams.RPC_CURSORS_BUCKET, "{server_id}", RpcPlace),
    EntrySpec(streams.ACCOUNTS_BUCKET, "{account_id}", AccountEntry),
    EntrySpec(streams.SESSIONS_BUCKET, "{session_hash}", SessionEntry),
    EntrySpec(streams.ATTEMPTS_BUCKET, "{attempts_key}", SignInAttempts),
    *(
        EntrySpec(bucket.name, key, LogPosition)
        for bucket in streams.BUCKETS
        if bucket.follows_log
        for key in (streams.POSITION_KEY, streams.FILLING_KEY)
    ),
)
