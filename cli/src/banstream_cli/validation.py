"""What a validation error says, in a few words."""


def first_message(error: ValueError) -> str:
    """The errors of pydantic are pages; the first message is what was wrong."""
    errors = getattr(error, "errors", None)
    message = str(errors(include_url=False)[0]["msg"]) if errors else str(error)
    return message.removeprefix("Value error, ")
