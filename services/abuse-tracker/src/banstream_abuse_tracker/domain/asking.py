"""What a policy asks for where a threshold is crossed. Pure."""

from typing import Literal

from banstream_contracts.abuse import Threshold
from banstream_contracts.infractions import Scope
from banstream_contracts.policies import Policy

Action = Literal["none", "kick", "ban", "review"]
Withheld = Literal["shadow", "protected"]


def asked(
    policy: Policy, threshold: Threshold, server_id: str | None, *, is_protected: bool, is_unsure: bool
) -> tuple[Action, Withheld | None]:
    """What a policy asks for where a threshold is crossed, and why it is not done, if so.

    A ban on the server of the incident is for people to decide where the incident names none: it would hold nowhere.
    """
    action: Action = "none"
    match threshold:
        case Threshold.BAN:
            holds = policy.ban_scope is not Scope.SERVER or server_id is not None
            action = "ban" if policy.auto_ban and not is_unsure and holds else "review"
        case Threshold.KICK if policy.auto_kick and not is_unsure:
            action = "kick"
        case _:
            pass
    if policy.shadow:
        return action, "shadow"
    return action, "protected" if is_protected and action in {"kick", "ban"} else None
