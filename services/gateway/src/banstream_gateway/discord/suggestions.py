"""What Discord offers while somebody types. Pure."""

from banstream_contracts.policies import DETECTOR_REASONS, REWIND_REASONS
from banstream_gateway.discord.durations import PERMANENT
from banstream_gateway.discord.interactions import Interaction
from banstream_gateway.discord.texts import Texts

MOST_CHOICES = 25
CATEGORIES = tuple(sorted(REWIND_REASONS | DETECTOR_REASONS))
DURATIONS = ("1h", "1d", "3d", "7d", "30d", PERMANENT)


def suggestions(interaction: Interaction, texts: Texts) -> list[dict[str, str]]:
    """Choices for the option where the cursor is; anything else may be typed too."""
    focused = next((option for option in interaction.data.options if option.focused), None)
    if focused is None:
        return []
    typed = str(focused.value or "").strip().lower()
    match focused.name:
        case "category":
            found = [each for each in CATEGORIES if typed in each]
            return [{"name": each, "value": each} for each in found[:MOST_CHOICES]]
        case "duration":
            labels = {each: texts.say(each) if each == PERMANENT else each for each in DURATIONS}
            return [{"name": name, "value": each} for each, name in labels.items() if typed in name or typed in each]
        case _:
            return []
