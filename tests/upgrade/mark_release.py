"""Write down what a release has, for the next one to be tested against.

`python tests/upgrade/mark_release.py [COMMIT]`, to be run when a release is made, on its commit.
"""

import json
import subprocess
import sys
from pathlib import Path

from banstream_cli.direct.event_logs import EVENT_LOGS

MARKER = Path(__file__).with_name("release.json")


def released(commit: str) -> dict[str, object]:
    """The commit, and for each log the migrations with what they are known by: number, name and SHA-256 of the text."""
    return {
        "commit": commit,
        "migrations": {
            name.value: [
                {"number": each.number, "name": each.name, "checksum": each.checksum}
                for each in sorted(log.migrations(), key=lambda migration: migration.number)
            ]
            for name, log in EVENT_LOGS.items()
        },
    }


if __name__ == "__main__":
    wanted = sys.argv[1] if len(sys.argv) > 1 else "HEAD"
    full = subprocess.run(["git", "rev-parse", wanted], capture_output=True, text=True, check=True).stdout.strip()
    MARKER.write_text(json.dumps(released(full), indent=2) + "\n", encoding="utf-8")
