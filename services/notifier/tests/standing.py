"""Messages that stand at Discord already, each of one ban, as the notifier has told them some time ago."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from banstream_event_log.postgres import connect
from banstream_notifier.ledger import Shown, keep_shown
from banstream_notifier.rendering import cards
from banstream_testing.discord import DiscordStandIn
from banstream_testing.fixtures import Database
from banstream_testing.notifier import issued

OLD, YOUNG = timedelta(hours=2), timedelta(minutes=2)


def message_of(number: int) -> str:
    return f"{1_100_000_000_000_000_000 + number}"


async def stand(
    database: Database, discord: DiscordStandIn, target_id: str, numbers: Iterable[int], age: timedelta = OLD
) -> None:
    """A message for each ban, so old."""
    sent_at = datetime.now(UTC) - age
    connection = await connect(database.notifier_url)
    for number in numbers:
        card = cards.fold(None, issued(number)).model_dump(mode="json", exclude_none=True)
        embed = {"title": "🔨 Player banned", "fields": [{"name": "📋 Reason", "value": f"reason {number}"}]}
        message_id, shown = message_of(number), Shown(0, f"{number:024x}", card, embed, (f"roblox:{number + 1}",))
        await keep_shown(connection, target_id, message_id, [shown], sent_at)
        discord.messages[message_id] = [embed]
        if age >= OLD:
            discord.old.add(message_id)
    await connection.close()
