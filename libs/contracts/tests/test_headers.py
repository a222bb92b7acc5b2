"""CloudEvents headers."""

import re
from datetime import UTC, datetime
from urllib.parse import unquote
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from banstream_contracts import headers


def cloud_event(subject: str) -> dict[str, str]:
    return headers.cloud_event(
        event_id=UUID(int=7),
        event_type="infraction.issued",
        source=headers.SOURCE_INFRACTIONS,
        subject=subject,
        occurred_at=datetime(2025, 1, 22, 20, 15, 30, tzinfo=UTC),
        position=4711,
    )


def test_an_event_is_a_cloud_event_in_binary_mode() -> None:
    assert cloud_event("player:roblox:156") == {
        "ce-specversion": "1.0",
        "ce-id": "00000000-0000-0000-0000-000000000007",
        "ce-type": "banstream.infraction.issued",
        "ce-source": "banstream/infractions",
        "ce-subject": "player:roblox:156",
        "ce-time": "2025-01-22T20:15:30Z",
        "ce-position": "4711",
        "content-type": "application/json",
    }


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("player:own:50%41")
def test_a_subject_survives_its_percent_encoding(subject: str) -> None:
    encoded = cloud_event(subject)["ce-subject"]
    assert re.fullmatch(r"[!#-~]*", encoded)
    assert unquote(encoded) == subject
