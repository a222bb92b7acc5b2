from pathlib import Path

import pytest
from pydantic import SecretStr

from banstream_runtime.keys import key_from

KEY = bytes(range(32))


def test_a_key_comes_from_the_variable() -> None:
    assert key_from("KEY", SecretStr(KEY.hex()), None) == KEY


def test_a_key_comes_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY.hex()}\n")
    assert key_from("KEY", None, file) == KEY


@pytest.mark.parametrize("text", ["", "ab", "z" * 64, KEY.hex() + "00"])
def test_what_is_no_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ValueError, match="64 hex digits") as refused:
        key_from("KEY", SecretStr(text), None)
    assert not text or text not in str(refused.value)


def test_without_either_both_are_named() -> None:
    with pytest.raises(ValueError, match="set KEY or KEY_FILE"):
        key_from("KEY", None, None)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="KEY_FILE cannot be read"):
        key_from("KEY", None, tmp_path / "nothing")
