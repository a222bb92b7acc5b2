import json
from pathlib import Path

import pytest

from banstream_cli.stack.credentials import DevCredentials, ensure_dev_credentials

URL = "http://127.0.0.1:1"


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


class Killed(BaseException):
    """The end of a process, whenever it comes."""


class Minting:
    """Which credentials were made, in turn."""

    def __init__(self) -> None:
        self.made: list[DevCredentials] = []

    async def mint(self, wanted: DevCredentials) -> None:
        self.made.append(wanted)

    async def mint_and_be_killed(self, wanted: DevCredentials) -> None:
        self.made.append(wanted)
        raise Killed


async def test_new_credentials_are_written_for_the_owner_alone(tmp_path: Path) -> None:
    file, minting = tmp_path / "dev-credentials.json", Minting()
    await ensure_dev_credentials(file, URL, minting.mint)
    (made,) = minting.made
    assert json.loads(file.read_text()) == {
        "url": URL,
        "server": {"id": made.server_id, "key": made.server_key},
        "token": made.token,
        "admin_token": made.admin_token,
    }
    assert file.stat().st_mode & 0o777 == 0o600
    assert files(tmp_path) == [file]


async def test_known_credentials_are_kept_and_the_url_renewed(tmp_path: Path) -> None:
    file, minting = tmp_path / "dev-credentials.json", Minting()
    await ensure_dev_credentials(file, URL, minting.mint)
    known = await ensure_dev_credentials(file, "http://127.0.0.1:2", minting.mint)
    assert minting.made == [known]
    assert json.loads(file.read_text())["url"] == "http://127.0.0.1:2"


async def test_a_file_without_a_token_is_filled_anew(tmp_path: Path) -> None:
    file, minting = tmp_path / "dev-credentials.json", Minting()
    file.write_text('{"url": "x", "server": {"id": "a", "key": "b"}}')
    assert [await ensure_dev_credentials(file, URL, minting.mint)] == minting.made


async def test_a_start_killed_at_minting_makes_the_same_credentials_the_next_time(tmp_path: Path) -> None:
    file, minting = tmp_path / "dev-credentials.json", Minting()
    with pytest.raises(Killed):
        await ensure_dev_credentials(file, URL, minting.mint_and_be_killed)
    (planned,) = files(tmp_path)
    assert (planned != file, planned.stat().st_mode & 0o777) == (True, 0o600)
    known = await ensure_dev_credentials(file, URL, minting.mint)
    assert minting.made == [known, known]
    assert minting.made[0].token_ids == known.token_ids
    assert files(tmp_path) == [file]


async def test_a_start_killed_after_writing_leaves_no_second_copy_for_long(tmp_path: Path) -> None:
    file, minting = tmp_path / "dev-credentials.json", Minting()
    await ensure_dev_credentials(file, URL, minting.mint)
    (tmp_path / "dev-credentials-planned.json").write_text(file.read_text())
    await ensure_dev_credentials(file, URL, minting.mint)
    assert (len(minting.made), files(tmp_path)) == (1, [file])
