"""What can be wrong with a manifest, made one at a time in objects that are right, and what the check must say."""

from .mistake import Mistake
from .object_mistakes import OBJECT_MISTAKES
from .wiring_mistakes import WIRING_MISTAKES

__all__ = ["MISTAKES", "Mistake"]

MISTAKES = [*OBJECT_MISTAKES, *WIRING_MISTAKES]
