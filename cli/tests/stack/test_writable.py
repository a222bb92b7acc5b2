"""A data folder that cannot be used is said in one line that names the path, and what to do."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from banstream_cli.stack import writable
from banstream_cli.stack.errors import StackError
from banstream_cli.stack.unprivileged import Account
from banstream_cli.stack.writable import check_folder
from banstream_testing.disks import small_disk

if TYPE_CHECKING:
    from cli.tests.stack.conftest import RunningStack, StartStack

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
NATS, POSTGRES = {"BANSTREAM_ONLY": "nats"}, {"BANSTREAM_ONLY": "postgres"}
PATIENCE_SECONDS = 120


def refused(stack: "RunningStack") -> str:
    assert stack.running.wait(PATIENCE_SECONDS) == 2, stack.output + stack.complaint
    assert stack.complaint.count("\n") == 1
    return stack.complaint


@contextmanager
def given_to_root(path: Path) -> Iterator[None]:
    before = path.stat()
    os.chown(path, 0, 0)
    try:
        yield
    finally:
        os.chown(path, before.st_uid, before.st_gid)


@pytest.mark.parametrize(
    ("name", "mode"), [("", 0o500), ("inside", 0o600), ("inside/file", 0o400)], ids=["folder", "inside", "file"]
)
def test_the_first_path_that_is_closed_is_named(tmp_path: Path, name: str, mode: int) -> None:
    folder, ourselves = tmp_path / "nats", Account(os.getuid(), os.getgid())
    (folder / "inside").mkdir(parents=True)
    (folder / "inside/file").write_text("")
    check_folder(folder, "NATS", ourselves)
    (folder / name).chmod(mode)
    with pytest.raises(StackError) as closed:
        check_folder(folder, "NATS", ourselves)
    (folder / name).chmod(0o700)
    assert f"cannot use {folder / name}: its mode is {mode:03o}; chmod -R u+rwX {folder}" in str(closed.value)


def test_where_very_much_lies_the_deepest_of_it_is_not_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writable, "_MOST_LOOKED_AT", 10)
    ourselves = Account(os.getuid(), os.getgid())
    (tmp_path / "much").mkdir()
    for number in range(100, 200):
        (tmp_path / f"much/{number}").touch()
    (tmp_path / "much/199").chmod(0o400)
    check_folder(tmp_path, "Postgres", ourselves)
    (tmp_path / "top").touch(0o400)
    with pytest.raises(StackError, match=re.escape(f"cannot use {tmp_path}/top: its mode is 400")):
        check_folder(tmp_path, "Postgres", ourselves)


def test_what_a_link_to_nothing_names_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    check_folder(tmp_path, "NATS")


@as_root
def test_what_was_given_away_in_part_is_named_before_nats_starts(
    start_stack: "StartStack", folder_of_another: Path, as_another: tuple[str, ...]
) -> None:
    first = start_stack(folder_of_another / "stack", as_another, **NATS)
    first.wait_ready()
    first.end()
    streams = first.folder / "nats/jetstream"
    with given_to_root(streams):
        again = start_stack(first.folder, as_another, **NATS)
        assert refused(again) == (
            f"banstream: NATS, which runs as daemon, cannot use {streams}: it belongs to root;"
            f" let root give all of it to daemon: chown -R daemon {first.folder}/nats\n"
        )
        assert "nats" not in again.output
    with given_to_root(first.folder / "stack.json"):
        assert f"cannot use {first.folder / 'stack.json'}: it belongs to root" in refused(
            start_stack(first.folder, as_another, **NATS)
        )
    start_stack(first.folder, as_another, **NATS).wait_ready()


@as_root
def test_what_postgres_cannot_use_is_named_and_so_is_a_cluster_of_another_version(
    start_stack: "StartStack", data_kept: Path
) -> None:
    first = start_stack(data_kept, **POSTGRES)
    first.wait_ready()
    first.end()
    cluster = data_kept / "postgres/cluster"
    with given_to_root(cluster / "base"):
        complaint = refused(start_stack(data_kept, **POSTGRES))
    assert f"cannot use {cluster}/base: it belongs to root; let root give all of it to " in complaint
    assert complaint.endswith(f" {cluster}\n")
    version = (cluster / "PG_VERSION").read_text()
    try:
        (cluster / "PG_VERSION").write_text("9\n")
        complaint = refused(start_stack(data_kept, **POSTGRES))
    finally:
        (cluster / "PG_VERSION").write_text(version)
    assert f"{cluster} was made by PostgreSQL 9" in complaint
    assert "BANSTREAM_POSTGRES_BIN" in complaint
    start_stack(data_kept, **POSTGRES).wait_ready()


def test_a_disk_that_is_full_is_named(start_stack: "StartStack", tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24) as disk:
        if disk is None:
            pytest.skip("no disk may be mounted here")
        complaint = refused(start_stack(disk.folder / "stack", **POSTGRES))
        assert f"(the disk of {disk.folder}/stack has " in complaint
        assert "make room there" in complaint
        shutil.rmtree(disk.folder / "stack", ignore_errors=True)
