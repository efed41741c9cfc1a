"""Every invariant of docs/invariants.md is cited where the code keeps it, and by a test that proves it."""

from mailtide_devkit.generate.invariants import PAGE, TITLE, kept_by, proven_by, render


def test_every_invariant_is_kept_and_proven_and_every_citation_is_one() -> None:
    numbers = [int(number) for number in TITLE.findall(PAGE.read_text("utf-8"))]
    assert numbers
    assert len(set(numbers)) == len(numbers)
    assert sorted(kept_by()) == sorted(proven_by()) == sorted(numbers)


def test_the_page_names_what_cites_each_invariant() -> None:
    page = PAGE.read_text("utf-8")
    assert page == render(page), "run `make docs`"
