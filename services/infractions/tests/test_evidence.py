"""Files of evidence: what is taken, and what becomes of it."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.infractions.tests.scenes import ADMIN, IDS, about, by, code, issue, lift, make_admin, world

from banstream_contracts import subjects
from banstream_contracts.admins import Right
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.evidence import (
    LARGEST_FILE_BYTES,
    MOST_FILES,
    AttachEvidence,
    EvidenceAttached,
    EvidenceFound,
    GetEvidence,
    media_type_of,
)
from banstream_contracts.infractions import Actor
from banstream_contracts.players import Player
from banstream_infractions.operations import rebuild
from banstream_testing.event_logs import connected
from banstream_testing.fixtures import Database
from banstream_testing.infractions import Bus, bus, service
from banstream_testing.infractions import issue as issue_now
from banstream_testing.servers import NatsServer

PNG = b"\x89PNG\r\n\x1a\npixels"


def attach(content: bytes = PNG, infraction_id: str = IDS[0], **changes: Any) -> AttachEvidence:
    values = {"infraction_id": infraction_id, "content": b64encode(content).decode(), "name": "x.png", **changes}
    return AttachEvidence(**about(**values))


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"PBDEMS2\x00....", "application/octet-stream"),
        (b"HL2DEMO\x00....", "application/octet-stream"),
        ("12:00 | flies ⏎\r\n\tagain".encode(), "text/plain"),
        (b"<svg onload='x'/>", "text/plain"),
        (b"RIFF\x10\x00\x00\x00AVI LIST", None),
        (b"\x7fELF\x02\x01", None),
        (b"PK\x03\x04", None),
        (b"text with \x00 in it", None),
        (b"\xff\xfet\x00e\x00x\x00t\x00", None),
        (b" \n ", None),
        (b"", None),
    ],
    ids=[
        "png",
        "jpeg",
        "gif",
        "webp",
        "demo of Source 2",
        "demo of Source",
        "text",
        "svg is text",
        "avi",
        "program",
        "zip",
        "null in text",
        "utf-16",
        "blank",
        "empty",
    ],
)
def test_what_a_file_is_follows_from_its_first_bytes(content: bytes, media_type: str | None) -> None:
    assert media_type_of(content) == media_type


@given(st.binary(max_size=200))
def test_any_bytes_have_a_type_or_none(content: bytes) -> None:
    media_type_of(content)


def test_a_file_is_attached_once_also_after_the_end() -> None:
    made = world(issue(), lift())
    (event,) = made.do(attach()).events
    assert isinstance(event, EvidenceAttached)
    assert event.size == len(PNG)
    assert made.do(attach(name="another name")).events == ()
    files = made.infraction().files or ()
    assert [file.sha256 for file in files] == [sha256(PNG).hexdigest()]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (attach(infraction_id=IDS[2]), "unknown-infraction"),
        (attach(b"\x7fELF"), "invalid-change"),
        (attach(b""), "invalid-change"),
        (attach().model_copy(update={"content": "abc"}), "invalid-change"),
        (attach(PNG + bytes(LARGEST_FILE_BYTES + 1 - len(PNG))), "invalid-change"),
        (attach(actor=Actor(kind="server", id="c" * 24)), None),
        (by(attach(), ADMIN), "insufficient-rights"),
    ],
    ids=["unknown", "program", "empty", "no base64", "too large", "another server", "admin without the right"],
)
def test_what_is_not_taken_is_refused(command: AttachEvidence, expected: str | None) -> None:
    made = world(issue(), make_admin(Right.ISSUE, Right.EDIT_ALL))
    assert code(made.do(command)) == expected


def test_an_infraction_has_so_many_files_and_no_more() -> None:
    made = world(issue(), *(attach(PNG + bytes([number])) for number in range(MOST_FILES)))
    assert code(made.do(attach(PNG + b"one more"))) == "invalid-change"


async def _found(to: Bus, content: bytes) -> EvidenceFound:
    question = GetEvidence(sha256=sha256(content).hexdigest()).model_dump_json().encode()
    return EvidenceFound.model_validate_json(
        (await to.client.request(subjects.QUERY_EVIDENCE, question, timeout=20)).data
    )


async def test_files_stay_through_a_rebuild_and_go_with_the_last_player_they_are_about(
    nats: NatsServer, database: Database
) -> None:
    one, other = issue_now("1"), issue_now("2")
    own, shared = PNG + b"own", PNG + b"shared"
    async with bus(nats) as to, service(nats, database):
        await to.send_all([one, other])
        commands = [
            attach(own, one.infraction_id, name="a secret name.png"),
            attach(shared, one.infraction_id),
            attach(shared, other.infraction_id),
        ]
        assert [each.status for each in await to.send_all(commands)] == ["applied"] * 3
        assert (await to.send(attach(own, one.infraction_id))).status == "unchanged"
        await rebuild(database.admin_url)
        assert (await _found(to, own)).found
        gone = ErasePlayer(**about(player=Player(service="roblox", id="1"), reason="asked for", lift=True))
        result = await to.send(gone)
        assert result.status == "applied", result
        assert (await _found(to, own)).found is None
        kept = (await _found(to, shared)).found
        assert kept
        assert kept.infraction_id == other.infraction_id
    async with connected(database.admin_url) as connection:
        for table in ("event_log", "infractions", "infraction_search", "command_outcomes", "evidence_files"):
            rows = await connection.fetch(f"select each::text as said from {table} each")
            assert not any("a secret name" in row["said"] for row in rows), table
