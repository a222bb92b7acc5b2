"""What a bucket says of itself: how far in the log it is, and where it will be whole."""

from banstream_contracts.streams import BUCKETS, FILLING_KEY, POSITION_KEY

_FOLLOWING_LOG = {bucket.name for bucket in BUCKETS if bucket.follows_log}


class Wholeness:
    """Whether a bucket holds all that its readers take it to hold.

    One that follows the log and has no position yet is not whole: nobody has filled it, which is not the same as that
    there is nothing to put into it.
    """

    def __init__(self, bucket: str) -> None:
        self._told: int | None = None if bucket in _FOLLOWING_LOG else 0
        self._whole_at = 0

    def hear(self, key: str, value: bytes | None) -> None:
        """Take an entry; None is a deletion. Raises ValueError."""
        if key == POSITION_KEY:
            self._told = int(value) if value else None
        elif key == FILLING_KEY:
            self._whole_at = int(value or b"0")

    @property
    def is_whole(self) -> bool:
        """Whether what is not in the bucket is nowhere."""
        return self._told is not None and self._told >= self._whole_at

    @property
    def filling(self) -> str | None:
        """How far the bucket is filled, where it says that it is not whole."""
        if self.is_whole or not self._whole_at:
            return None
        return f"being filled, at {self._told or 0} of {self._whole_at}"
