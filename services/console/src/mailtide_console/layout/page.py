"""An entry of the navigation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """An entry of the navigation.

    Attributes:
        title: the page's name in the navigation and the title bar.
        path: the page's address. Addresses below it belong to the page too, except below `/`.
        icon: the id of a symbol in `layout/static/icons.svg`.
    """

    title: str
    path: str
    icon: str

    def holds(self, path: str) -> bool:
        """Return whether an address belongs to this page."""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))
