"""The `banstream` command. It imports next to nothing by itself: Ctrl-C is heard while everything else is loaded."""

import gc
import sys

from banstream_cli.terminal.exits import INTERRUPTED


def main() -> None:
    """Entry point."""
    try:
        _run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        gc.freeze()  # else the interpreter looks through everything as it ends: a third of a short command


def _run() -> None:
    from banstream_cli.root import app  # noqa: PLC0415 - see above
    from banstream_cli.terminal.ending import ends_tidily  # noqa: PLC0415 - see above

    with ends_tidily():
        app(prog_name="banstream")


if __name__ == "__main__":
    main()
