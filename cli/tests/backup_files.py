"""Backups as another release writes them, or a disk returns them."""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from banstream_cli.direct.backup import MANIFEST


def read_manifest(file: Path) -> Any:
    """What a backup says of itself."""
    with zipfile.ZipFile(file) as archive:
        return json.loads(archive.read(MANIFEST))


@contextmanager
def changed_manifest(file: Path) -> Iterator[Any]:
    """The manifest, which the block may change; all else of the backup stays."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members[MANIFEST])
    yield manifest
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, MANIFEST: json.dumps(manifest).encode()}.items():
            archive.writestr(name, content)


def damage(file: Path, member: str) -> None:
    """A byte in the middle of a member becomes another."""
    content = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as archive:
        about = archive.getinfo(member)
    content[about.header_offset + 30 + len(about.filename) + about.compress_size // 2] ^= 0xFF
    file.write_bytes(content)
