"""Who may come in: every credential, in memory, found by the SHA-256 of its secret."""

from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest

from banstream_contracts.infractions import Credential
from banstream_edge.held import Held


class Credentials(Held[Credential]):
    """Credentials by id and by hash. Ended ones are held, and open nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._by_hash: dict[str, Credential] = {}

    def find(self, secret: str) -> Credential | None:
        """The credential of a secret, unless revoked or expired."""
        digest = sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
        credential = self._by_hash.get(digest)
        if credential is None or not compare_digest(credential.key_hash, digest):
            return None
        return None if _has_ended(credential) else credential

    def holds(self, credential: Credential) -> bool:
        """Whether a credential that was found once still opens, with the same secret."""
        held = self.get(credential.id)
        return held is not None and held.key_hash == credential.key_hash and not _has_ended(held)

    def kind_of(self, credential_id: str) -> str | None:
        """Whether an id is a server's or a token's, where it is known."""
        held = self.get(credential_id)
        return held.kind if held else None

    def name_of(self, credential_id: str) -> str | None:
        """What an id is called, where it is known."""
        held = self.get(credential_id)
        return held.name if held else None

    def read(self, value: bytes) -> Credential:
        """See Held."""
        return Credential.model_validate_json(value)

    def key_of(self, value: Credential) -> str:
        """See Held."""
        return value.id

    def put(self, key: str, value: Credential) -> None:  # noqa: ARG002 - see Held
        """See Held."""
        self._by_hash[value.key_hash] = value

    def drop(self, key: str, value: Credential) -> None:  # noqa: ARG002 - see Held
        """See Held."""
        if self._by_hash.get(value.key_hash) is value:
            del self._by_hash[value.key_hash]


def _has_ended(credential: Credential) -> bool:
    return bool(credential.revoked_at or (credential.expires_at and credential.expires_at <= datetime.now(UTC)))
