import json
from pathlib import Path

from banstream_cli.stack.credentials import DevCredentials, ensure_dev_credentials

MADE = DevCredentials("0" * 24, "key", "token", "admin")


async def mint() -> DevCredentials:
    return MADE


async def mint_nothing() -> DevCredentials:
    raise AssertionError("there are credentials already")


async def test_new_credentials_are_written_for_the_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "dev-credentials.json"
    await ensure_dev_credentials(file, "http://127.0.0.1:1", mint)
    assert json.loads(file.read_text()) == {
        "url": "http://127.0.0.1:1",
        "server": {"id": "0" * 24, "key": "key"},
        "token": "token",
        "admin_token": "admin",
    }
    assert file.stat().st_mode & 0o777 == 0o600


async def test_known_credentials_are_kept_and_the_url_renewed(tmp_path: Path) -> None:
    file = tmp_path / "dev-credentials.json"
    await ensure_dev_credentials(file, "http://127.0.0.1:1", mint)
    assert await ensure_dev_credentials(file, "http://127.0.0.1:2", mint_nothing) == MADE
    assert json.loads(file.read_text())["url"] == "http://127.0.0.1:2"


async def test_a_file_without_a_token_is_filled_anew(tmp_path: Path) -> None:
    file = tmp_path / "dev-credentials.json"
    file.write_text('{"url": "x", "server": {"id": "a", "key": "b"}}')
    assert await ensure_dev_credentials(file, "http://127.0.0.1:1", mint) == MADE
