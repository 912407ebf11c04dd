"""Sign executed notebooks: a notebook holds the key it was made under and its own SHA-256, so that a later change shows."""

import hashlib
import json
from pathlib import Path

_OPEN = "0" * 64  # stands for a seal until there is one


def unsigned(key: str) -> dict[str, str]:
    """Return what an executed notebook is to say of itself: the `key` it was made under, and a seal that is still open."""
    return {"key": key, "seal": _OPEN}


def sign(text: str) -> str:
    """Close the seal of a notebook's text: its own SHA-256, by which it shows when somebody has changed it since."""
    head, _, tail = text.rpartition(_OPEN)
    return head + _digest(text) + tail


def signed_key(file: Path) -> str | None:
    """Return the key under which an executed notebook was made; None where there is none, or it is not as it was written."""
    try:
        text = file.read_text(encoding="utf-8")
        said = json.loads(text)["metadata"]["made"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    head, _, tail = text.rpartition(said["seal"])
    return said["key"] if said["seal"] == _digest(f"{head}{_OPEN}{tail}") else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
