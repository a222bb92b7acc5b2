"""Keys of a service: in a variable, or in a file such as a mounted secret."""

from pathlib import Path

from pydantic import SecretStr

from banstream_privacy.key_ring import KEY_BYTES, read_keys


def key_from(variable: str, value: SecretStr | None, file: Path | None) -> bytes:
    """The key that a variable holds in hex, or the file that `<variable>_FILE` names; a KeyRing where it holds several.

    Raises ValueError that says which of them to set; never with what they hold.
    """
    if value is None and file is None:
        raise ValueError(f"set {variable} or {variable}_FILE")
    try:
        text = value.get_secret_value() if value is not None else Path(file or "").read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{variable}_FILE cannot be read: {type(error).__name__}") from None
    try:
        return read_keys(text)
    except ValueError:
        raise ValueError(
            f"{variable} is {KEY_BYTES * 2} hex digits, or several such keys with commas between them;"
            " `banstream keys new` makes one"
        ) from None
