"""Addresses that stand beside a player, where one that cannot be read is no reason to leave the player out. Pure."""

from banstream_cli.importing.values import address, shown, text


def address_beside(value: object, notes: list[str]) -> str | None:
    """The address in canonical form; what is none is told in `notes`."""
    if text(value) is None:
        return None
    try:
        return address(value)
    except ValueError:
        notes.append(f"Its address there cannot be banned: {shown(value)}")
        return None
