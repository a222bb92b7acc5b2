"""The gateway, the console and the disk."""

import asyncio
import json
import shutil
from pathlib import Path

from banstream_cli.examination.findings import Skipped
from banstream_cli.stack.readiness import OK, http_answer

LEAST_FREE_BYTES = 1 << 30
LEAST_FREE_SHARE = 0.05


async def ready(url: str | None, variable: str) -> tuple[str, str]:
    """The gateway or the console, which says itself whether it is ready; `variable` tells its URL."""
    if url is None:
        raise Skipped(f"its URL is not known: set {variable}")
    status, body = await http_answer(f"{url}/readyz")
    if status == OK:
        return f"{url} is ready", ""
    if status == 0:
        return f"{url} does not answer ({body})", f"start it, or set {variable}"
    return f"{url} answers {status} {_missing(body)}", "see what it misses, and its log"


async def disk(folder: Path) -> tuple[str, str]:
    """A full disk stops NATS and Postgres."""
    try:
        usage = await asyncio.to_thread(shutil.disk_usage, folder)
    except FileNotFoundError:
        raise Skipped(f"{folder} is not there: no local stack") from None
    free = f"{usage.free / (1 << 30):.1f} GiB of {usage.total / (1 << 30):.1f} free"
    is_fine = usage.free >= LEAST_FREE_BYTES and usage.free >= usage.total * LEAST_FREE_SHARE
    return free, "" if is_fine else f"free space on the disk of {folder}"


def _missing(body: str) -> str:
    try:
        return json.dumps(json.loads(body).get("missing", ""))
    except (ValueError, AttributeError):
        return ""
