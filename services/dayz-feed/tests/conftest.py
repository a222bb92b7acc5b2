"""An invented server's log, and what rules find in it."""

from collections.abc import Callable, Iterable
from datetime import UTC, tzinfo
from typing import TypeAlias

import pytest

from banstream_dayz_feed.lines.reading import Reader
from banstream_dayz_feed.rules.detector import Detector
from banstream_dayz_feed.rules.findings import Finding
from banstream_dayz_feed.rules.rule_settings import RuleSettings, all_rules

Find: TypeAlias = Callable[..., list[Finding]]
HEADER = "AdminLog started on 2026-08-24 at 12:00:00"


@pytest.fixture
def find() -> Find:
    """What rules find in lines after a header of a Monday, 2026-08-24 at 12:00:00."""

    def detect(
        lines: Iterable[str],
        settings: RuleSettings | None = None,
        *,
        server: str = "",
        zone: tzinfo = UTC,
        header: str = HEADER,
    ) -> list[Finding]:
        content = "".join(f"{line}\n" for line in [header, *lines]).encode()
        settings = settings or all_rules()
        reader, detector = Reader("a.ADM"), Detector(settings, server, zone)
        found: list[Finding] = []
        for line in reader.feed(content):
            found += detector.examine(line)
        return [*found, *detector.conclude()]

    return detect
