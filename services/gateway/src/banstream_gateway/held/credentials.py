"""Who may come in: every credential, in memory, found by the SHA-256 of its secret."""

from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest

from banstream_contracts.infractions import Credential
from banstream_contracts.streams import POSITION_KEY
from banstream_edge.coverage import Coverage


class Credentials:
    """Credentials by hash, merged from the watch and from own writes: the higher position wins."""

    def __init__(self) -> None:
        self._coverage = Coverage()
        self._by_id: dict[str, Credential] = {}
        self._by_hash: dict[str, Credential] = {}

    @property
    def position(self) -> int:
        """The log position that the watch has reached."""
        return self._coverage.position

    @property
    def is_behind(self) -> bool:
        """Whether the running pass of the watch knows less than an earlier one did."""
        return self._coverage.is_behind

    def __len__(self) -> int:
        """How many credentials, ended ones included."""
        return len(self._by_id)

    def find(self, secret: str) -> Credential | None:
        """The credential of a secret, unless revoked or expired."""
        digest = sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
        credential = self._by_hash.get(digest)
        if credential is None or not compare_digest(credential.key_hash, digest):
            return None
        return None if _has_ended(credential) else credential

    def holds(self, credential: Credential) -> bool:
        """Whether a credential that was found once still opens, with the same secret."""
        held = self._by_id.get(credential.id)
        return held is not None and held.key_hash == credential.key_hash and not _has_ended(held)

    def kind_of(self, credential_id: str) -> str | None:
        """Whether an id is a server's or a token's, where it is known."""
        held = self._by_id.get(credential_id)
        return held.kind if held else None

    def name_of(self, credential_id: str) -> str | None:
        """What an id is called, where it is known."""
        held = self._by_id.get(credential_id)
        return held.name if held else None

    def begin(self) -> None:
        """The watch starts again from the beginning; what it does not name until `complete` is gone."""
        self._coverage.begin(empty=not self._by_id)

    def apply(self, key: str, value: bytes | None) -> None:
        """Take one entry of the watch; None is a deletion. Raises ValueError."""
        if key == POSITION_KEY:
            self._coverage.advance(int(value or b"0"))
        elif value is None:
            self._remove(key)
        else:
            self._coverage.see(key)
            self.apply_own(Credential.model_validate_json(value))

    def complete(self) -> None:
        """Everything of the bucket has been seen. What is gone there goes here, save what is ahead of it."""
        for key in self._coverage.vanished(self._by_id.keys()):
            if self._by_id[key].position <= self.position:
                self._remove(key)

    def apply_own(self, credential: Credential) -> None:
        """Take a credential as the watch or a command of this process has left it."""
        held = self._by_id.get(credential.id)
        if held is not None and held.position > credential.position:
            return
        self._remove(credential.id)
        self._by_id[credential.id] = credential
        self._by_hash[credential.key_hash] = credential

    def _remove(self, key: str) -> None:
        held = self._by_id.pop(key, None)
        if held is not None and self._by_hash.get(held.key_hash) is held:
            del self._by_hash[held.key_hash]


def _has_ended(credential: Credential) -> bool:
    return bool(credential.revoked_at or (credential.expires_at and credential.expires_at <= datetime.now(UTC)))
