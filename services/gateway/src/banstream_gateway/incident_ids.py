"""The id of a reported incident."""

from uuid import UUID, uuid5

_INCIDENTS = UUID("3d0c9a84-7c1e-5b6f-8a27-5f1b2e94c6d1")


def incident_id(credential_id: str, reported_id: str) -> UUID:
    """The same for the same report of the same reporter, so that it counts once whichever way it comes again.

    Two reporters may use the same id for different things.
    """
    return uuid5(_INCIDENTS, f"{credential_id}\n{reported_id}")
