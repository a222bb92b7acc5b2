"""The id of a reported incident."""

from hashlib import sha1
from uuid import UUID

_INCIDENTS = UUID("3d0c9a84-7c1e-5b6f-8a27-5f1b2e94c6d1").bytes


def incident_id(credential_id: str, reported_id: str) -> UUID:
    """The same for the same report of the same reporter, so that it counts once whichever way it comes again.

    Two reporters may use the same id for different things. A UUIDv5 (RFC 9562), in half of the library's time.
    """
    name = f"{credential_id}\n{reported_id}".encode()
    return UUID(bytes=sha1(_INCIDENTS + name, usedforsecurity=False).digest()[:16], version=5)
