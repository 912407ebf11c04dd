"""Hash with a key that stays on the machine, so that what was hashed cannot be found by trying all telephone numbers."""

import hmac
import os
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path

from helpers.settings import files, paths, yaml_models
from helpers.settings.errors import UserError

_BYTES = 32


def read() -> bytes:
    """Return the machine's key (`paths.secret_key`); it is drawn at random where there is none.

    Raises UserError where its file holds too little.
    """
    file = paths.secret_key()
    if not file.exists():
        _draw(file)
    key = file.read_bytes()
    if len(key) < _BYTES:
        raise UserError(f"{yaml_models.display_path(file)}: holds no key: lay the machine's own there again, or take the file "
                        "away; rows without an id then get another one, so give all exports together with --replace.")
    return key


def hashes(key: bytes, purpose: str, texts: Iterable[str]) -> list[str]:
    """Return the HMAC-SHA-256 of each text in hexadecimal; hashes of different purposes cannot be compared."""
    own = hmac.digest(key, purpose.encode(), "sha256")
    return [hmac.digest(own, text.encode("utf-8", "surrogatepass"), "sha256").hex() for text in texts]


def _draw(file: Path) -> None:
    """Write a new key; of several processes the first wins."""
    files.make_private_folder(file.parent)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
    with os.fdopen(handle, "wb") as opened:
        opened.write(secrets.token_bytes(_BYTES))
    files.sync(Path(name))
    try:
        os.link(name, file)
    except FileExistsError:
        pass  # drawn by another process meanwhile, whose key is read
    finally:
        os.unlink(name)
