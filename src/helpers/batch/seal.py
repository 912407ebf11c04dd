"""Sign executed notebooks with their cache key and SHA-256, so that a later edit is detected."""

import hashlib
import json
from pathlib import Path

_PLACEHOLDER = "0" * 64  # in place of the signature while it is computed


def unsigned(key: str) -> dict[str, str]:
    """Return the metadata that an executed notebook is written with before it is signed: its cache key and a placeholder."""
    return {"key": key, "seal": _PLACEHOLDER}


def sign(text: str) -> str:
    """Return a notebook's text with the placeholder replaced by the SHA-256 of the text."""
    head, _, tail = text.rpartition(_PLACEHOLDER)
    return head + _digest(text) + tail


def signed_key(file: Path) -> str | None:
    """Return the cache key of an executed notebook; None where the file is missing, unsigned, or edited since."""
    try:
        text = file.read_text(encoding="utf-8")
        signature = json.loads(text)["metadata"]["made"]
        key, seal = str(signature["key"]), str(signature["seal"])
    except (FileNotFoundError, ValueError, KeyError, TypeError, RecursionError):
        return None
    head, _, tail = text.rpartition(seal)
    return key if seal and seal == _digest(f"{head}{_PLACEHOLDER}{tail}") else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
