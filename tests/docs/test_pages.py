"""What the pages show is what happens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.docs.markdown import ROOT, anchors, blocks, links, name_of, pages
from tests.docs.running import Story, compare

from groundfact.cli.demo_world import config_text, staged
from groundfact.testing import FakeHubSpot, FakeSalesforce, FictionalWorld

PAGES = pages()
CONNECTORS = sorted((ROOT / "connectors").rglob("README.md"))
README = ROOT / "README.md"
ORGANISATIONS = ROOT.parent / "shared" / "data" / "organisations"
THIRD_PARTY = ROOT / "tests" / "thirdparty" / "acme_groundfact"
BILLING = """customer_no,company,website,phone,plan,renews_on,balance,exported_on
C-1,Halden Robotics,halden-robotics.example,+49 30 23125 10200,Gold,2027-01-29,8250,2026-09-17
"""
_OUTSIDE = ("GROUNDFACT_CONFIG", "GROUNDFACT_PRINCIPAL", "NO_COLOR", "FORCE_COLOR", "COLUMNS")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of a page, with nothing around it that could change what is printed."""
    monkeypatch.chdir(tmp_path)
    for name in _OUTSIDE:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture(scope="session")
def third_party(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example plugin, installed by pip."""
    target = tmp_path_factory.mktemp("site")
    how = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
    command = [sys.executable, "-m", "pip", "install", *how, "--target", str(target), str(THIRD_PARTY)]
    subprocess.run(command, check=True, timeout=60)
    return target


def _prepare(page: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page says it needs beside groundfact."""
    text = page.read_text("utf-8")
    if "<!-- needs: acme_groundfact -->" in text:
        site = str(request.getfixturevalue("third_party"))
        monkeypatch.syspath_prepend(site)
        monkeypatch.setenv("PYTHONPATH", site)
    if "<!-- needs: organisations -->" in text:
        if not ORGANISATIONS.is_dir():
            pytest.skip("the nine lists of organisations are not there")
        monkeypatch.setenv("LISTS", str(ORGANISATIONS))
        monkeypatch.setenv("CLONE", str(ROOT))


@pytest.mark.parametrize("page", [page for page in PAGES if page != README], ids=name_of)
def test_a_page_is_true(
    page: Path, folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command, configuration and program of a page does what the page says, in its order."""
    _prepare(page, request, monkeypatch)
    with closing(Story(folder)) as story:
        for block in blocks(page):
            story.play(block)


@pytest.fixture
def fiction(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The demo's configuration as groundfact.yaml, with its vendors running on a small world."""
    (folder / "demo.yaml").write_text(config_text(), "utf-8")
    (folder / "billing.csv").write_text(BILLING)
    world = FictionalWorld(seed=7, companies=6)
    with FakeSalesforce(world) as crm, FakeHubSpot(world) as marketing:
        monkeypatch.setenv("DEMO_CRM_TOKEN", crm.session_id)
        monkeypatch.setenv("DEMO_MARKETING_TOKEN", marketing.access_token)
        urls = f'{{crm_url: "{crm.url}", marketing_url: "{marketing.url}"}}'
        without = "sources: {support: null, chat: null, wiki: null}"
        yaml = f"extends: demo.yaml\nstore: {{path: readme.db}}\nvariables: {urls}\n{without}\n"
        (folder / "groundfact.yaml").write_text(yaml)
        yield


@pytest.mark.usefixtures("fiction")
def test_the_readme_is_true(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The README's configuration loads and its program runs against the fictional vendors."""
    story = Story(folder)
    for block in blocks(README):
        story.play(block)
    assert story.said.startswith("True [('crm', ")
    assert "# Halden Robotics GmbH" in story.said


def test_the_readmes_answer_is_a_real_one(tmp_path: Path) -> None:
    """The answer in the README is what the demo's memory gives; `…` stands for what is left out."""
    (excerpt,) = [block for block in blocks(README) if "excerpt" in block.marks]
    with staged(tmp_path) as stage:
        stage.memory.sync()
        compare(excerpt, 0, excerpt.text, stage.memory.context("Halden Robotics").text)


@pytest.mark.parametrize("page", CONNECTORS, ids=name_of)
def test_a_connectors_configuration_loads(page: Path, folder: Path) -> None:
    """The source that a connector's page shows loads as it stands there."""
    shown = [block for block in blocks(page) if block.text.startswith("sources:")]
    assert shown
    for block in shown:
        Story(folder).play(block)


@pytest.mark.parametrize("page", [*PAGES, *CONNECTORS], ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link within the repository names a file that is there, and a heading that it has."""
    broken = []
    for link in links(page):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_no_page_is_lost() -> None:
    """From the README every page of docs/ can be reached."""
    seen, todo = set[Path](), [README]
    while todo:
        page = todo.pop()
        if page not in seen and page.suffix == ".md" and page.is_file():
            seen.add(page)
            todo += [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link]
    assert [name_of(page) for page in PAGES if page not in seen and "docs" in page.parts] == []
