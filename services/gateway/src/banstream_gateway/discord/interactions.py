"""What Discord sends, as far as it is read here; what it says besides is ignored.

Facts: https://discord.com/developers/docs/interactions/receiving-and-responding
"""

from enum import IntEnum
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
    ValidationError,
)

from banstream_contracts.text import blank_control_characters
from banstream_gateway.problems import Malformed

Snowflake = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]
"""An id of Discord."""

_LONGEST_NAME = 128


class Kind(IntEnum):
    """What happened at Discord."""

    PING = 1
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4


class Callback(IntEnum):
    """How an interaction is answered."""

    PONG = 1
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    CHOICES = 8


EPHEMERAL = 64
"""The flag of a message that only who asked can see."""


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True)


class User(_Sent):
    """Of Discord."""

    id: Snowflake
    username: str | None = None
    global_name: str | None = None


class Member(_Sent):
    """A user in a guild."""

    user: User | None = None
    nick: str | None = None
    roles: tuple[Snowflake, ...] = ()


class Option(_Sent):
    """What was typed for one option. `focused`: where the cursor is, while suggestions are asked for."""

    name: str
    value: StrictStr | StrictBool | StrictInt | StrictFloat | None = None
    focused: bool = False


class Content(_Sent):
    """The command and its options, or the button that was pressed."""

    name: str = ""
    options: tuple[Option, ...] = ()
    custom_id: str = ""


class Interaction(_Sent):
    """Something that a user did. `token` is good for answers for 15 minutes; it is a secret."""

    id: Snowflake
    application_id: Snowflake
    type: int
    token: Annotated[str, StringConstraints(min_length=1, max_length=1024)] = Field(repr=False)
    data: Content = Content()
    member: Member | None = None
    user: User | None = None
    locale: str = ""

    @property
    def asker(self) -> User:
        """Who did it: a member of a guild, or a user in a direct message. Raises Malformed."""
        found = (self.member.user if self.member else None) or self.user
        if found is None:
            raise Malformed("The interaction names no user.")
        return found

    @property
    def roles(self) -> tuple[str, ...]:
        """The asker's, in the guild it was done in."""
        return self.member.roles if self.member else ()

    @property
    def name(self) -> str:
        """What the asker is called there, without what must not travel."""
        user = self.asker
        nick = self.member.nick if self.member else None
        for name in (nick, user.global_name, user.username):
            if shown := blank_control_characters(name or "").strip()[:_LONGEST_NAME]:
                return shown
        return user.id


def read(content: object) -> Interaction:
    """An interaction from its JSON. Raises Malformed."""
    try:
        return Interaction.model_validate(content)
    except ValidationError:
        raise Malformed("This is no interaction.") from None


def is_ping(content: object) -> bool:
    """Whether Discord only asks who is there."""
    return isinstance(content, dict) and content.get("type") == Kind.PING
