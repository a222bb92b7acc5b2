"""Decisions on files of evidence. Pure."""

from base64 import b64decode
from binascii import Error
from dataclasses import dataclass
from hashlib import sha256

from banstream_contracts.evidence import (
    LARGEST_FILE_BYTES,
    MOST_FILES,
    AttachEvidence,
    EvidenceAttached,
    media_type_of,
)
from banstream_infractions.domain.lifting import not_theirs
from banstream_infractions.domain.reach import holds_elsewhere, of_another_server, unknown
from banstream_infractions.domain.record import Decision, Record, refused
from banstream_infractions.domain.rights import Authority


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file to keep with an infraction."""

    sha256: str
    infraction_id: str
    media_type: str
    content: bytes


def attach(command: AttachEvidence, record: Record, authority: Authority) -> Decision:
    """Keep a file with an infraction, ended ones too; what it already has happens once."""
    infraction = record.infractions.get(command.infraction_id)
    if infraction is None:
        return unknown(command.infraction_id)
    if not authority.may_edit(infraction):
        return not_theirs(infraction, authority)
    if holds_elsewhere(infraction, command):
        return of_another_server(infraction)
    content = content_of(command)
    if not content or len(content) > LARGEST_FILE_BYTES:
        return refused("invalid-change", f"a file has 1 to {LARGEST_FILE_BYTES} bytes", infraction)
    media_type = media_type_of(content)
    if media_type is None:
        return refused("invalid-change", "the file is no picture, text or demo that is taken", infraction)
    files, digest = infraction.files or (), sha256(content).hexdigest()
    if any(file.sha256 == digest for file in files):
        return Decision(touched=(infraction.id,))
    if len(files) >= MOST_FILES:
        return refused("invalid-change", f"an infraction has at most {MOST_FILES} files", infraction)
    attached = EvidenceAttached(
        infraction_id=infraction.id,
        player=infraction.player,
        address_hash=infraction.address_hash,
        scope=infraction.scope,
        server_id=infraction.server_id,
        sha256=digest,
        media_type=media_type,
        size=len(content),
        file_name=command.name,
        actor=command.actor,
        occurred_at=command.issued_at,
    )
    return Decision((attached,), touched=(infraction.id,))


def content_of(command: AttachEvidence) -> bytes:
    """The file; empty where the text is no base64."""
    try:
        return b64decode(command.content, validate=True)
    except Error:
        return b""


def kept_file(command: AttachEvidence, event: EvidenceAttached) -> KeptFile:
    """What is kept beside the event."""
    return KeptFile(event.sha256, event.infraction_id, event.media_type, content_of(command))
