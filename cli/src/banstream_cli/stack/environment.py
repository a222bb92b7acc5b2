"""The environment of a child: little, and nothing by accident."""

import os
from collections.abc import Mapping

PASSED_ON = frozenset({"PATH", "HOME", "LANG", "TZ"})
PREFIXES = ("BANSTREAM_", "OTEL_")

SET_BY_THE_STACK = frozenset(
    f"BANSTREAM_{name}"
    for name in (
        "ABUSE_TRACKER_PASSWORD",
        "ACCOUNTS_KEY",
        "ACCOUNTS_KEY_FILE",
        "ADDRESS_KEY",
        "ADDRESS_KEY_FILE",
        "ADMIN_DATABASE_URL",
        "APPEAL_KEY",
        "APPEAL_KEY_FILE",
        "BAN_LIST_KEY",
        "BAN_LIST_KEY_FILE",
        "CONSOLE_HOST",
        "CONSOLE_PORT",
        "COPY_DIR",
        "DATABASE_URL",
        "DAYZ_FEED_MASTER_KEY",
        "DAYZ_FEED_MASTER_KEY_FILE",
        "DAYZ_FEED_PASSWORD",
        "DAYZ_FEED_SEALING_PUBLIC_KEY",
        "DATA_DIR",
        "FTP_SYNC_MASTER_KEY",
        "FTP_SYNC_MASTER_KEY_FILE",
        "FTP_SYNC_PASSWORD",
        "FTP_SYNC_SEALING_PUBLIC_KEY",
        "GATEWAY_WORKERS",
        "HTTP_HOST",
        "HTTP_PORT",
        "INFRACTIONS_PASSWORD",
        "MASTER_KEY",
        "MASTER_KEY_FILE",
        "METRICS_PORT",
        "NATS_CA_FILE",
        "NATS_PASSWORD",
        "NATS_SERVER",
        "NATS_SYNC_INTERVAL",
        "NATS_URL",
        "NATS_USER",
        "NOTIFIER_MASTER_KEY",
        "NOTIFIER_MASTER_KEY_FILE",
        "NOTIFIER_PASSWORD",
        "NOTIFIER_SEALING_PUBLIC_KEY",
        "ONLY",
        "POSTGRES_BIN",
        "READY_TIMEOUT_SECONDS",
        "SEALING_PUBLIC_KEY",
        "WORKER",
    )
)
"""Never taken from the operator's shell: a service gets its own value of these or none."""


def child_environment(own: Mapping[str, str], shell: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a service of ours sees: a few common variables, the operator's BANSTREAM_* and OTEL_*, its own."""
    shell = os.environ if shell is None else shell
    passed = {name: value for name, value in shell.items() if name in PASSED_ON or _is_wish(name)}
    return {**passed, "PYTHONUNBUFFERED": "1", **own}


def _is_wish(name: str) -> bool:
    return name.startswith(PREFIXES) and name not in SET_BY_THE_STACK
