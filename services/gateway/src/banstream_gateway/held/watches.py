"""The buckets that a gateway follows."""

from typing import NamedTuple

from banstream_edge.bucket_watch import BucketWatch


class Watches(NamedTuple):
    """Those without which it is not ready."""

    restrictions: BucketWatch
    credentials: BucketWatch
    admins: BucketWatch
    networks: BucketWatch
