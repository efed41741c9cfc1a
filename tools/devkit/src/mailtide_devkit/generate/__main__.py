"""`make docs`: writes every file that comes from the code, and names those that changed. Tests hold them up to date."""

from pathlib import Path

from . import docs, invariants, strimzi

ROOT = invariants.ROOT


def files() -> dict[Path, str]:
    """The content of every file that comes from the code, by its path."""
    pages = {ROOT / "docs/generated" / name: page() for name, page in docs.PAGES.items()}
    manifests = {ROOT / strimzi.FOLDER / name: manifest() for name, manifest in strimzi.MANIFESTS.items()}
    return {
        **pages,
        **manifests,
        invariants.PAGE: invariants.render(invariants.PAGE.read_text("utf-8")),
    }


def main() -> None:
    """Write what is out of date."""
    for path, text in files().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
