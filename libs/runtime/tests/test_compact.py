import tracemalloc

import orjson
import pytest

from banstream_runtime.compact import compact_json

VALUE = {"b": 1, "a": ["é", None, 1.5]}


@pytest.mark.parametrize("option", [None, orjson.OPT_SORT_KEYS], ids=["as given", "sorted"])
def test_it_is_what_orjson_writes(option: int | None) -> None:
    assert compact_json(VALUE, option=option) == orjson.dumps(VALUE, option=option)
    assert compact_json({1, 2}, default=sorted) == b"[1,2]"


def test_many_that_are_kept_take_what_they_have() -> None:
    tracemalloc.start()
    try:
        kept = [compact_json(VALUE) for _ in range(1000)]
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 100_000 > sum(map(len, kept))
