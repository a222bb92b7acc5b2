import io
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banstream_cli.importing.formats.table import FORMATS
from banstream_cli.importing.rows import LONGEST_RAW, Format, Options, Rejected, Row, Source, Unreadable

TOLD = Options(service="steam")
EVERY = pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
OF_JSON = ("vanilla", "txadmin", "battlemetrics", "banstream")
NAMES = [
    *("id", "ids", "type", "name", "uuid", "ip", "created", "source", "expires", "reason", "timestamp", "expiration"),
    *("revocation", "author", "playerName", "identifiers", "attributes", "identifier", "relationships", "user", "data"),
    *("meta", "player", "service", "punishments", "lifetime", "status", "issuer", "issued_at", "expires_at", "note"),
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.just(10**400)
    | st.just("2023-11-14 22:13:20"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=12),
    max_leaves=30,
)


def read(form: Format, source: Source) -> list[Row | Rejected]:
    """What it gives; nothing where it is refused as a whole. Anything else would be raised."""
    try:
        found = list(form.read(source, TOLD))
    except Unreadable:
        return []
    for each in found:
        if isinstance(each, Rejected):
            assert each.why
            assert len(each.raw) <= LONGEST_RAW
        else:
            assert each.key
            assert each.player or each.address
            assert all(time is None or time.utcoffset() is not None for time in (each.issued_at, each.expires_at))
    return found


@EVERY
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\0" * 4096,
        b"\x80\x81\xff" * 100,
        b"\x1b]0;title\x07\n",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"x" * 3_000_000,
        b"PK\x03\x04" + b"\0" * 100,
        b"SQLite format 3\0" + b"\xff" * 100,
        b'"' + b"a," * 200_000,
    ],
    ids=[
        *("empty", "blank", "mark", "wide-mark", "nul", "no-text", "escape", "deep-lists", "deep-objects", "one-line"),
        *("cut-zip", "cut-database", "open-quote"),
    ],
)
def test_no_file_ends_in_anything_but_words(form: Format, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    for source in (path, io.BytesIO(content)):
        assert not [each for each in read(form, source) if isinstance(each, Row)]


@EVERY
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(content=st.binary(max_size=300))
def test_no_bytes_end_in_anything_but_words(form: Format, content: bytes) -> None:
    read(form, io.BytesIO(content))


@pytest.mark.parametrize("name", OF_JSON)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(values=st.lists(VALUES, max_size=4))
def test_no_json_ends_in_anything_but_words(name: str, values: list[object]) -> None:
    content = {
        "vanilla": json.dumps(values),
        "txadmin": json.dumps(
            {"actions": [{"type": "ban", "id": "B", **each} if isinstance(each, dict) else each for each in values]}
        ),
        "battlemetrics": json.dumps({"data": values, "included": values}),
        "banstream": "\n".join(json.dumps(each) for each in values),
    }
    read(FORMATS[name], io.BytesIO(content[name].encode()))


def test_names_of_formats_are_as_the_command_takes_them() -> None:
    assert list(FORMATS) == sorted(FORMATS)
    assert all(form.summary and len(form.summary) < 100 for form in FORMATS.values())
