"""An entry of the navigation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """An entry of the navigation.

    Attributes:
        title: its name in the navigation and the title bar.
        path: its address; addresses below it belong to it, other than below `/`.
        icon: the id of a symbol in `layout/static/icons.svg`.
    """

    title: str
    path: str
    icon: str

    def holds(self, path: str) -> bool:
        """Return whether an address belongs to this page."""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))
