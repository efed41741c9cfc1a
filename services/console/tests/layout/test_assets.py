"""What is vendored is what was published, and pages load nothing else."""

import re

import pytest

from mailtide_console.layout.assets import FOLDER, Assets, integrity, vendored
from mailtide_harness.console import Browser


def test_every_vendored_file_is_in_the_manifest_with_its_hash() -> None:
    found = {path.name for path in (FOLDER / "vendor").iterdir()} - {"manifest.json"}
    assert found == {each.file for each in vendored()}
    for each in vendored():
        assert integrity((FOLDER / "vendor" / each.file).read_bytes()) == each.integrity, each.file
        assert re.fullmatch(r"\d+\.\d+\.\d+", each.version)


@pytest.mark.real
async def test_a_page_loads_only_files_whose_hashes_it_names(browser: Browser) -> None:
    html = (await browser.get("/")).text
    loaded = re.findall(r'(?:script src|stylesheet" href)="([^"]+)" integrity="([^"]+)"', html)
    assert len(loaded) == html.count("<script") + html.count('rel="stylesheet"')
    assert len(loaded) > 4
    for url, named in loaded:
        answer = await browser.get(url)
        assert integrity(answer.content) == named, url
        assert "immutable" in answer.headers["cache-control"]
    assert " style=" not in html
    assert not re.search(r"<script>|<style|\son\w+=", html)


def test_an_address_changes_with_its_file() -> None:
    assets = Assets()
    assert assets.url("console.css").startswith("/static/console.css?v=")
    assert assets.url("console.css") != assets.url("console.js").replace(".js", ".css")
