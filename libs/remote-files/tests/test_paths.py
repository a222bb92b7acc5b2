"""Paths on other machines."""

import pytest

from banstream_remote_files.paths import folder_of, name_of


@pytest.mark.parametrize(
    ("path", "folder", "name"),
    [
        ("ban.txt", ".", "ban.txt"),
        ("/ban.txt", "/", "ban.txt"),
        ("my config/ban.txt", "my config", "ban.txt"),
        ("/srv/ban.txt", "/srv", "ban.txt"),
    ],
)
def test_a_file_is_in_a_folder_also_at_the_top(path: str, folder: str, name: str) -> None:
    assert (folder_of(path), name_of(path)) == (folder, name)
