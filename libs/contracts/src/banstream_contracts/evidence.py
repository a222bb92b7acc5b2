"""Files that show what an infraction is for: attached by staff, kept with the infractions, found by what is in them.

What a file is follows from its first bytes, never from its name or from what a browser says of it.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import StringConstraints

from banstream_contracts.commands.infractions import InfractionCommand
from banstream_contracts.events.infractions import InfractionEvent
from banstream_contracts.infractions import Contract, MediaType
from banstream_contracts.text import KeyHash, Name, ShortId, control_character

LARGEST_FILE_BYTES = 512 * 1024
"""A file travels in one message of NATS, as base64."""
MOST_FILES = 20
"""Of one infraction."""
_LAYOUT = str.maketrans(dict.fromkeys("\t\r\n\f\u2028\u2029", " "))
_LONGEST_CONTENT = -(-LARGEST_FILE_BYTES // 3) * 4

FileContent = Annotated[str, StringConstraints(max_length=_LONGEST_CONTENT, pattern=r"^[A-Za-z0-9+/]*={0,2}$")]
"""base64 (RFC 4648) of a file."""


class AttachEvidence(InfractionCommand):
    """Keep a file with an infraction. The same file again changes nothing."""

    type: Literal["attach_evidence"] = "attach_evidence"
    content: FileContent
    name: Name | None = None


class EvidenceAttached(InfractionEvent):
    """A file was kept with an infraction; what is in it is not told here."""

    private: ClassVar[frozenset[str]] = frozenset({"file_name"})
    erasable: ClassVar[Mapping[str, frozenset[str]]] = {"player": frozenset({"file_name"})}

    type: Literal["evidence.attached"] = "evidence.attached"
    sha256: KeyHash
    media_type: MediaType
    size: int
    file_name: Name | None = None


class GetEvidence(Contract):
    """One file by the SHA-256 of its content. For staff."""

    sha256: KeyHash


class EvidenceContent(Contract):
    """A file as it is served, and an infraction that it is kept with."""

    media_type: MediaType
    content: FileContent
    infraction_id: ShortId


class EvidenceFound(Contract):
    """The file, or null: it was never there, or the player was erased."""

    found: EvidenceContent | None


def media_type_of(content: bytes) -> MediaType | None:
    """What a file is; None for what is not taken."""
    return next((media_type for media_type, fits in _TYPES.items() if fits(content)), None)


def _is_text(content: bytes) -> bool:
    """UTF-8 that people can read: tabs and line ends are its only control characters."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and control_character(text.translate(_LAYOUT)) is None


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _beginning(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(marks)


_TYPES: Mapping[MediaType, Callable[[bytes], bool]] = {
    "image/png": _beginning(b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": _beginning(b"\xff\xd8\xff"),
    "image/gif": _beginning(b"GIF87a", b"GIF89a"),
    "image/webp": _is_webp,
    "application/octet-stream": _beginning(b"HL2DEMO\0", b"PBDEMS2\0"),
    "text/plain": _is_text,
}
"""Demos of Source games are the only files without a type of their own."""
