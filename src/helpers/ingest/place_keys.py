"""Put a keyed hash in the place of a place: equal places are found, and which they are is not known without the key.

<<<<<<< HEAD
HMAC-SHA256 (RFC 2104) with the machine's key (`secret_key`), of which the first 80 bits are written in letters alone, so that no part
of it looks like a number of a person. With another key all places have other hashes.
=======
HMAC-SHA256 (RFC 2104), of which the first 80 bits are written in letters alone, so that no part of it looks like a number of a
person. The key is made once and stays on the machine, below `data/`, out of git: with another key all places have other hashes.
>>>>>>> s4-warning
"""

import pyarrow as pa

from helpers.settings import secret_key

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_LENGTH = 20  # letters, of four bits each


def hashed(key: bytes, places: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return the hashes of places, each place once; null stays null."""
<<<<<<< HEAD
    names = places.dictionary.to_pylist()
    known = [name for name in names if name is not None]
    found = dict(zip(known, secret_key.hashes(key, "place", known), strict=True))
    letters = [None if name is None else found[name][:_LENGTH].translate(_LETTERS) for name in names]
    return pa.DictionaryArray.from_arrays(places.indices, pa.array(letters, pa.string()))
=======
    key = _key()
    hashes = [None if place is None else _hash(key, place) for place in places.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(places.indices, pa.array(hashes, pa.string()))


def _hash(key: bytes, place: str) -> str:
    return hmac.digest(key, place.encode(), "sha256").hex()[:_LENGTH].translate(_LETTERS)


def _key() -> bytes:
    """Return the machine's key, which is made where there is none. Raises UserError where the file does not hold one."""
    file = paths.place_key()
    if not file.exists():
        _make()
    text = file.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(rf"[0-9a-f]{{{2 * _BYTES}}}", text):
        raise UserError(
            f"{yaml_models.display_path(file)}: is no key of {2 * _BYTES} hexadecimal digits: put the right one back, or "
            "take the file away, so that a new one is made, and ingest all years again."
        )
    return bytes.fromhex(text)


def _make() -> None:
    """Write a new key whole, readable by its owner only; one that another process has made meanwhile stays."""
    file = paths.place_key()
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as opened:
            opened.write(f"{secrets.token_hex(_BYTES)}\n")
        with contextlib.suppress(FileExistsError):
            os.link(scratch, file)
    finally:
        scratch.unlink(missing_ok=True)
>>>>>>> s4-warning
