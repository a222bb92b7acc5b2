"""Known holes in what is locked, by pip-audit: `audit.py COMMAND… LOCK…`, where COMMAND runs pip-audit.

Fails when an advisory names a pin. Where no advisory database can be reached it says so aloud and does not fail: an
audit that did not happen is no reason to stop, and none to be calm.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

SERVICES = ("pypi", "osv")
"""One after the other, until one knows the packages."""


def verdict(lock: str, report: dict[str, Any] | None) -> tuple[int, list[str]]:
    """The exit code and what to say; no report where the database could not be reached."""
    if report is None:
        return 0, [f"NOT AUDITED: {lock}: no advisory database can be reached from here"]
    found = report["dependencies"]
    unknown = [each["name"] for each in found if "skip_reason" in each]
    if len(unknown) == len(found):
        return 0, [f"NOT AUDITED: {lock}: the advisory database that was reached knows none of {len(found)} packages"]
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in {' or '.join(hole['fix_versions']) or 'none yet'}"
        for each in found
        for hole in each.get("vulns", ())
    ]
    told = [f"NOT AUDITED: {lock}: {name}" for name in unknown]
    return int(bool(holes)), [*holes, *told, f"{lock}: {len(found) - len(unknown)} packages, {len(holes)} known holes"]


def ask(command: Sequence[str], lock: str) -> dict[str, Any] | None:
    """What the first database says that knows anything."""
    best = None
    for service in SERVICES:
        done = subprocess.run(
            [*command, "--requirement", lock, "--disable-pip", "--no-deps", "--format=json", f"-s={service}"],
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            report: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            continue
        if any("skip_reason" not in each for each in report["dependencies"]):
            return report
        best = best or report
    return best


if __name__ == "__main__":
    locks = [each for each in sys.argv[1:] if each.endswith(".lock")]
    verdicts = [verdict(lock, ask([each for each in sys.argv[1:] if each not in locks], lock)) for lock in locks]
    for _, lines in verdicts:
        sys.stdout.write("\n".join([*lines, ""]))
    sys.exit(max(code for code, _ in verdicts))
