"""Results kept by what they depend on, so that nothing is done twice.

An entry is found under a key, the digest of all that its content rests on: ``key_of``. It is one
file: a line with the digest of the rest, a line of JSON, then the bytes of the files that belong
to it. It is written to a temporary name and renamed, and believed only when the digest matches;
what does not match is thrown away and counts as absent. Nothing in it is ever unpickled. The
store is a folder, or a place that fsspec knows, such as a bucket.
"""

from sizewise.store.entry import Entry
from sizewise.store.key import key_of
from sizewise.store.shelf import Item
from sizewise.store.store import (
    DEFAULT_LIMIT_BYTES,
    Store,
    default_location,
    limit_bytes,
    open_store,
)

__all__ = [
    "DEFAULT_LIMIT_BYTES",
    "Entry",
    "Item",
    "Store",
    "default_location",
    "key_of",
    "limit_bytes",
    "open_store",
]
