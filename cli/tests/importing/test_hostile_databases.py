"""Whatever stands in a file, a reader gives rows and what is wrong with others, or says that it is another file."""

import json
from pathlib import Path

import pytest
from cli.tests.importing.samples import batch
from cli.tests.importing.test_advancedban import BAN as ADVANCEDBAN
from cli.tests.importing.test_banmanager import BAN as BANMANAGER
from cli.tests.importing.test_libertybans import BAN as LIBERTYBANS
from cli.tests.importing.test_litebans import BAN as LITEBANS
from cli.tests.importing.test_sourcebans_table import BAN as SOURCEBANS
from hypothesis import given, settings
from hypothesis import strategies as st

from banstream_cli.importing.formats import (
    advancedban,
    banmanager,
    bigodetexas,
    csv_table,
    flask,
    gflbans,
    libertybans,
    litebans,
    ndp,
    rewind,
    sourcebans_table,
)
from banstream_cli.importing.rows import LONGEST_RAW, Format, Options, Row, Unreadable

_WRONG = st.sampled_from(
    [
        *("", "NULL", "\0", "\1", "-1", "0", "1e999", "NaN", "9" * 400, "²", "true", "\\", "\n", "\t", '"', "\ufeff"),
        *("\u2028", "192.0.2.7", "::", "1.2.*", "STEAM_0:0:0", "0001-01-01T00:00:00+14:00", "9999-12-31", "#offline#"),
    ]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _WRONG,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["$date", "$oid", "$numberLong", "ip"]), inner)
    ),
)
_OF_DOCUMENTS = {
    gflbans.FORMAT: (
        "id",
        "flags",
        "created",
        "expires",
        "player",
        "reason",
        "admin",
        "removed_on",
        "time_left",
        "results",
    ),
    ndp.FORMAT: ("players", "ips", "bans", "active_players", "ip_bans"),
    rewind.FORMAT: ("player_1", "player_x", "player_99999999999999999999"),
}
_TABLES = {
    advancedban.FORMAT: ADVANCEDBAN,
    banmanager.FORMAT: BANMANAGER,
    libertybans.FORMAT: LIBERTYBANS,
    litebans.FORMAT: LITEBANS,
    sourcebans_table.FORMAT: SOURCEBANS,
}


def check(form: Format, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        for found in form.read(path, Options()):
            if isinstance(found, Row):
                times = (found.issued_at, found.expires_at, found.lifted and found.lifted.at)
                assert found.key
                assert all(time.utcoffset() is not None for time in times if time)
            else:
                assert found.why
                assert len(found.raw) <= LONGEST_RAW
    except Unreadable as error:
        assert str(error)  # noqa: PT017 - most files are others


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile") / "file"


@pytest.mark.parametrize("form", [*_OF_DOCUMENTS], ids=lambda form: form.name)
@settings(max_examples=30)
@given(drawn=st.data())
def test_documents_of_wrong_values(form: Format, drawn: st.DataObject, path: Path) -> None:
    names = st.sampled_from(_OF_DOCUMENTS[form])
    content = drawn.draw(st.dictionaries(names, _VALUES | st.dictionaries(names | _WRONG, _VALUES)))

    check(form, path, json.dumps(content).encode())


@pytest.mark.parametrize("form", [*_TABLES], ids=lambda form: form.name)
@settings(max_examples=30)
@given(drawn=st.data())
def test_tables_of_wrong_cells(form: Format, drawn: st.DataObject, path: Path) -> None:
    changes = drawn.draw(st.dictionaries(st.sampled_from([*_TABLES[form]]), _WRONG, min_size=1))

    check(form, path, batch({**_TABLES[form], **changes}).encode())


@pytest.mark.parametrize(
    "form", [*_OF_DOCUMENTS, *_TABLES, flask.FORMAT, bigodetexas.FORMAT, csv_table.FORMAT], ids=lambda form: form.name
)
@settings(max_examples=30)
@given(content=st.binary())
def test_bytes_of_any_kind(form: Format, content: bytes, path: Path) -> None:
    check(form, path, content)
