import errno
import os
import pwd
import tempfile
from pathlib import Path

import pytest

from banstream_cli.stack.errors import StackError, folder_trouble
from banstream_cli.stack.lock import locked


def test_a_held_folder_is_refused_with_the_pid_of_the_holder(tmp_path: Path) -> None:
    with locked(tmp_path / "held"), pytest.raises(StackError, match=f"pid {os.getpid()}"), locked(tmp_path / "held"):
        pass


def test_a_folder_is_free_again_after_its_holder(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / "held"):
            pass


def test_missing_parents_are_made(tmp_path: Path) -> None:
    with locked(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b" / "lock").exists()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match="cannot be used"), locked(tmp_path / "file" / "folder"):
        pass


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EACCES, "run this as who owns the folder"),
        (errno.ENOSPC, "make room there"),
        (errno.EROFS, "may be written"),
    ],
    ids=["owned", "full", "read-only"],
)
def test_a_folder_in_trouble_comes_with_what_to_do(tmp_path: Path, number: int, advice: str) -> None:
    with pytest.raises(StackError, match=advice), folder_trouble(tmp_path):
        raise OSError(number, os.strerror(number), str(tmp_path / "lock"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StackError, match="cannot be used"), locked(tmp_path):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_folder_that_root_has_used_says_how_to_get_it_back() -> None:
    daemon = pwd.getpwnam("daemon")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        os.chown(folder, daemon.pw_uid, daemon.pw_gid)
        with locked(folder):
            pass
        os.seteuid(daemon.pw_uid)
        try:
            with pytest.raises(StackError, match="it belongs to root") as refused, locked(folder):
                pass
        finally:
            os.seteuid(0)
    assert "run this as root, or set BANSTREAM_DATA_DIR" in str(refused.value)
    assert f"chown -R daemon {folder}" in str(refused.value)
