"""When the next request to a Discord webhook may go, by what Discord said. Pure: the clock is an argument."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

REMAINING = "X-RateLimit-Remaining"
RESET_AFTER = "X-RateLimit-Reset-After"
GLOBAL = "X-RateLimit-Global"
LONGEST_ASKED = 3600.0
"""Nobody is believed who asks for more."""


@dataclass(slots=True)
class RateLimits:
    """One for all webhooks: each has a limit of its own, and there is one for all together of a host.

    What calls itself Discord elsewhere says nothing about Discord.
    """

    _free_at: dict[str, float] = field(default_factory=dict)
    _all_free_at: dict[str, float] = field(default_factory=dict)
    _old_free_at: dict[str, float] = field(default_factory=dict)

    def wait_seconds(self, webhook: str, now: float) -> float:
        """How long a request has to wait."""
        return max(0.0, self._free_at.get(webhook, 0.0) - now, self._all_free_at.get(_host(webhook), 0.0) - now)

    def old_edits_wait_seconds(self, webhook: str, now: float) -> float:
        """How long a change of an old message has to wait, besides."""
        return max(0.0, self._old_free_at.get(webhook, 0.0) - now)

    def answered(self, webhook: str, sent: Mapping[str, str], now: float) -> None:
        """Take over the headers of an answer."""
        if sent.get(REMAINING) == "0":
            self._free_at[webhook] = now + _seconds(sent.get(RESET_AFTER))
        else:
            self._free_at.pop(webhook, None)

    def refused(self, webhook: str, seconds: float, now: float, *, is_global: bool) -> None:
        """Of an answer 429: nothing before so many seconds have passed."""
        if is_global:
            host = _host(webhook)
            self._all_free_at[host] = max(self._all_free_at.get(host, 0.0), now + seconds)
        else:
            self._free_at[webhook] = now + seconds

    def old_edits_refused(self, webhook: str, seconds: float, now: float) -> None:
        """Of an answer 429 that concerns changes of old messages alone."""
        self._old_free_at[webhook] = now + seconds


def _host(webhook: str) -> str:
    return urlsplit(webhook).netloc.lower()


def _seconds(text: str | None) -> float:
    try:
        return min(max(0.0, float(text or 0)), LONGEST_ASKED)
    except ValueError:
        return 0.0
