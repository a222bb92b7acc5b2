"""Documents that cannot be read are told once, and counted for as long as they cannot."""

import pytest
import structlog
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from banstream_decider import unreadable
from banstream_decider.unreadable import Complaint, UnreadableDocument, read_each


def count() -> float | None:
    return REGISTRY.get_sample_value("banstream_unreadable_documents", {"table": "tablets"})


def test_each_is_told_once_until_it_was_readable_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unreadable, "logger", structlog.stdlib.get_logger())  # that of a service may be made already
    complaint = Complaint("tablets")
    with capture_logs() as logs:
        for reasons in ({"a": "one"}, {"a": "one", "b": "two"}, {"b": "two"}, {"a": "one", "b": "two"}):
            complaint.tell(reasons)
            assert count() == len(reasons)
    assert [(each["id"], each["reason"]) for each in logs] == [("a", "one"), ("b", "two"), ("a", "one")]
    complaint.end()
    assert count() is None


def test_of_rows_those_that_cannot_be_read_are_named() -> None:
    def read(row: dict[str, str]) -> str:
        if row["text"] == "?":
            raise UnreadableDocument(row["text"])
        return row["text"]

    rows = [{"id": "1", "text": "one"}, {"id": "2", "text": "?"}, {"id": "3", "text": "three"}]
    assert read_each(rows, read, "id") == (("one", "three"), ("2",))


def test_a_bug_is_no_document_that_cannot_be_read() -> None:
    with pytest.raises(ZeroDivisionError):
        read_each([{"id": "1"}], lambda _row: 1 // 0, "id")
