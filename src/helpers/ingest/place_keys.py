"""Put a keyed hash in the place of a place: equal places are found, and which they are is not known without the key.

HMAC-SHA256 (RFC 2104) with the machine's key (`secret_key`), of which the first 80 bits are written in letters alone, so that no
part of it looks like a number of a person. With another key all places have other hashes.
"""

import pyarrow as pa

from helpers.settings import secret_key

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_LENGTH = 20  # letters, of four bits each


def hashed(key: bytes, places: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return the hashes of places, each place once; null stays null."""
    names = places.dictionary.to_pylist()
    known = [name for name in names if name is not None]
    found = dict(zip(known, secret_key.hashes(key, "place", known), strict=True))
    letters = [None if name is None else found[name][:_LENGTH].translate(_LETTERS) for name in names]
    return pa.DictionaryArray.from_arrays(places.indices, pa.array(letters, pa.string()))
