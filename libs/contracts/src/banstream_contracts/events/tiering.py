"""Events of tiering policies."""

from typing import Literal

from banstream_contracts.events.event import Event
from banstream_contracts.text import ShortId
from banstream_contracts.tiering import TieringTerms


class TieringEvent(Event):
    """An event of one tiering policy."""

    tiering_policy_id: ShortId
    server_id: ShortId

    @property
    def stream(self) -> str:
        """The log stream: `tiering:<id>`."""
        return f"tiering:{self.tiering_policy_id}"

    @property
    def token(self) -> str:
        """The last token of the subject."""
        return f"tiering={self.tiering_policy_id}"


class TieringPolicyRegistered(TieringEvent):
    """A server made a policy, or took it up again."""

    type: Literal["tiering.registered"] = "tiering.registered"
    terms: TieringTerms


class TieringPolicyUnlinked(TieringEvent):
    """Its server uses the policy no more."""

    type: Literal["tiering.unlinked"] = "tiering.unlinked"
