import fcntl
import os
from pathlib import Path

from banstream_cli.stack.terminal import WAITING_LINES, Terminal


def written(folder: Path, *, colour: bool | None) -> str:
    file = folder / "out"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    terminal = Terminal(descriptor, colour=colour)
    terminal.line("gateway-1", "hello")
    terminal.close()
    os.close(descriptor)
    return file.read_text()


def test_a_line_carries_the_name_of_its_service(tmp_path: Path) -> None:
    assert written(tmp_path, colour=None) == "gateway-1   | hello\n"


def test_names_are_coloured_on_a_terminal(tmp_path: Path) -> None:
    assert written(tmp_path, colour=True) == "\x1b[36mgateway-1  \x1b[0m | hello\n"


def test_a_reader_that_does_not_read_holds_up_nobody() -> None:
    read_end, write_end = os.pipe()
    terminal = Terminal(write_end)
    in_the_pipe = fcntl.fcntl(write_end, fcntl.F_GETPIPE_SZ) // 100
    for _ in range(WAITING_LINES + in_the_pipe + 1):
        terminal.line("chatter", "x" * 100)
    terminal.close(timeout_seconds=0)
    os.close(read_end)
    terminal.close()
    os.close(write_end)


def test_a_reader_that_has_left_is_no_error() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    terminal = Terminal(write_end)
    terminal.tell("anybody there?")
    terminal.close()
    os.close(write_end)
