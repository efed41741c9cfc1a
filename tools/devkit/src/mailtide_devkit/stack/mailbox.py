"""The mailbox that a person gives to a stack: how long its simulator may take to load it."""

from pathlib import Path

from .service import READY_SECONDS

LOADED_BYTES = 100_000
"""Bytes per second, below which loading counts as failed. A slow machine loads five times as many of small mails."""


def loading_seconds(mailbox: Path | None) -> float:
    """Return the longest wait for a simulator that loads an mbox file or a Maildir, or None, at its start."""
    return READY_SECONDS + (_size(mailbox) / LOADED_BYTES if mailbox is not None else 0.0)


def _size(mailbox: Path) -> int:
    files = [mailbox] if mailbox.is_file() else [path for path in mailbox.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files)
