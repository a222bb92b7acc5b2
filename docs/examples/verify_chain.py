"""Whether a log that `banstream log export --format chain` wrote is whole; needs Python 3.11 and nothing else.

`verify_chain.py CHAIN` prints the position and the hash of its last row: a chain whose end is cut off is whole too.
`verify_chain.py CHAIN HEADS LOG` also finds every head of that log in it that `banstream log verify --heads` kept.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path


def verified(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """Position and hash of each row. Raises ValueError at the first that does not follow the one before it."""
    digest = bytes(32)
    for position, line in enumerate(lines, 1):
        said, _, row = line.removesuffix(b"\n").partition(b" ")
        digest = sha256(digest + row).digest()
        if said != digest.hex().encode() or json.loads(row).get("position") != position:
            raise ValueError(f"the chain is broken at position {position}")
        yield position, digest.hex()


def main(chain: str, heads: str = "", log: str = "") -> None:
    """Print the head of a chain that is whole; else say what is wrong and end with 1. Raises where it cannot look."""
    kept = map(json.loads, Path(heads).read_bytes().splitlines() if heads else ())
    expected = {(each["position"], each["hash"]) for each in kept if each["log"] == log}
    head, found = None, set()
    with Path(chain).open("rb") as lines:
        try:
            for head in verified(lines):
                found |= {head} & expected
        except ValueError as error:
            sys.exit(str(error))
    if found < expected:
        sys.exit(f"a head that was kept is not in it: {min(expected - found)}")
    if heads and head and not expected:
        raise LookupError(f"{heads} holds no head of a log {log!r}: nothing was compared")
    print(*head or ("no events yet",))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (OSError, ValueError, TypeError, LookupError) as fault:
        print(__doc__, f"{type(fault).__name__}: {fault}", sep="\n", file=sys.stderr)
        sys.exit(2)
