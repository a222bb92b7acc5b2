"""All rules of one server at work: lines in, findings out; what they remember can be kept as JSON."""

import json
from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import Any

from pydantic import TypeAdapter, ValidationError

from banstream_dayz_feed.lines.reading import Line
from banstream_dayz_feed.rules.acts import (
    AirborneWatcher,
    AltitudeHighWatcher,
    AltitudeLowWatcher,
    BannedClassWatcher,
    GardenPlotWatcher,
    RaidWindowWatcher,
    TerritoryWatcher,
)
from banstream_dayz_feed.rules.alt_account import AltAccountWatcher
from banstream_dayz_feed.rules.base import Scene, Watcher
from banstream_dayz_feed.rules.build_rate import BuildRateWatcher
from banstream_dayz_feed.rules.combat_log import CombatLogWatcher
from banstream_dayz_feed.rules.findings import Finding
from banstream_dayz_feed.rules.head_share import HeadShareWatcher
from banstream_dayz_feed.rules.relog import RelogWatcher
from banstream_dayz_feed.rules.rule_settings import RuleSettings
from banstream_dayz_feed.rules.speed import SpeedWatcher

AnyWatcher = Watcher[Any]

_STATE = TypeAdapter(dict[str, Any])
"""By the name of the rule."""


class Detector:
    """The rules that are on for a server. Files go through one after the other, in the order they were written.

    What rules remember of addresses is hashed with `address_key`, which whoever keeps it has to give.
    """

    def __init__(self, settings: RuleSettings, server: str = "", zone: tzinfo = UTC, address_key: bytes = b"") -> None:
        scene = Scene(server, zone, settings, address_key)
        self._watchers = [each for each in _watchers(settings, scene) if _is_on(each)]
        self._by_event: dict[type, list[AnyWatcher]] = {}

    @property
    def rules(self) -> list[str]:
        """The names of those that are on."""
        return [watcher.name for watcher in self._watchers]

    def examine(self, line: Line) -> Iterator[Finding]:
        """What a line shows; unknown lines and those of an unknown day show nothing."""
        if line.event is None or line.moment is None:
            return
        for watcher in self._watching(type(line.event)):
            yield from watcher.examine(line, line.moment)

    def conclude(self) -> Iterator[Finding]:
        """What was still open when the last log ended; for a log that grows no more."""
        for watcher in self._watchers:
            yield from watcher.conclude()

    def state(self) -> bytes:
        """All that the rules remember, as JSON."""
        return json.dumps(
            {
                watcher.name: {
                    "version": watcher.version,
                    "memories": {name: memory.dump() for name, memory in watcher.memories().items()},
                }
                for watcher in self._watchers
            }
        ).encode()

    def resume(self, state: bytes) -> list[str]:
        """Go on from what `state` gave; a rule that was not there, or in another version, starts anew.

        So does one of which not all can be read, as after a step back to an earlier release: the names of those.
        """
        try:
            content = _STATE.validate_json(state)
        except ValidationError:
            return self.rules
        return [watcher.name for watcher in self._watchers if not _has_resumed(watcher, content)]

    def _watching(self, event: type) -> list[AnyWatcher]:
        watching = self._by_event.get(event)
        if watching is None:
            watching = [watcher for watcher in self._watchers if issubclass(event, watcher.watches)]
            self._by_event[event] = watching
        return watching


def _has_resumed(watcher: AnyWatcher, state: dict[str, Any]) -> bool:
    """Whether it goes on with all that it remembered, or has nothing to go on with."""
    memories, kept = watcher.memories(), state.get(watcher.name)
    try:
        if kept is not None and kept["version"] == watcher.version:
            for name, memory in memories.items():
                memory.load(kept["memories"][name])
    except (ValueError, LookupError, TypeError):
        for memory in memories.values():
            memory.clear()
        return False
    return True


def _is_on(watcher: AnyWatcher) -> bool:
    rule = watcher.rule
    return bool(rule.enabled and (not rule.servers or watcher.scene.server in rule.servers))


def _watchers(settings: RuleSettings, scene: Scene) -> list[AnyWatcher]:
    return [
        BuildRateWatcher(settings.build_rate, scene),
        BannedClassWatcher(settings.banned_class, scene),
        AltitudeHighWatcher(settings.altitude_high, scene),
        AltitudeLowWatcher(settings.altitude_low, scene),
        AirborneWatcher(settings.airborne, scene),
        RelogWatcher(settings.relog, scene),
        TerritoryWatcher(settings.territory, scene),
        RaidWindowWatcher(settings.raid_window, scene),
        SpeedWatcher(settings.speed, scene),
        HeadShareWatcher(settings.head_share, scene),
        CombatLogWatcher(settings.combat_log, scene),
        GardenPlotWatcher(settings.garden_plot, scene),
        AltAccountWatcher(settings.alt_account, scene),
    ]
