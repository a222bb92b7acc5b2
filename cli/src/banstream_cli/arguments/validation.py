"""What a validation error says, in a few words."""


def first_message(error: ValueError) -> str:
    """The errors of pydantic are pages: the first message is what was wrong, and in pydantic's own words where."""
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    first = errors(include_url=False)[0]
    message = str(first["msg"]).removeprefix("Value error, ")
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {message}" if field and first["type"] != "value_error" else message
