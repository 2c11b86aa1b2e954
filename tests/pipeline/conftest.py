"""A laboratory for each test: real sync, real store, scripted sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.alike import SIMILAR, alike_config
from support.lab import PLUGINS, Lab, account, config_of

from groundfact.config.build import load_config
from groundfact.memory import Memory
from groundfact.store.engine import Store

Change = Callable[..., None]


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """A memory of three scripted sources, and their scripts."""
    made = Lab(tmp_path, blank_store, config_of(tmp_path))
    yield made
    made.close()


@pytest.fixture
def talk(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """Two accounts, and sources that have messages."""
    made = Lab(tmp_path, blank_store, config_of(tmp_path, options=", messages: true"))
    made.say("a", "accounts", account("1", 1, name="Acme", domain="acme.example"))
    made.say("a", "accounts", account("2", 1, name="Bolt", domain="bolt.example"))
    yield made
    made.close()


@pytest.fixture
def alike_labs(tmp_path: Path, blank_store: Path) -> Iterator[Callable[..., Lab]]:
    """Makes laboratories that compare: `similar` and `most` as `alike_config` takes them."""
    made: list[Lab] = []

    def make(similar: str = SIMILAR, **options: str) -> Lab:
        made.append(Lab(tmp_path, blank_store, alike_config(tmp_path, similar, **options), f"lab{len(made)}"))
        return made[-1]

    yield make
    for lab in made:
        lab.close()


@pytest.fixture
def change(lab: Lab, tmp_path: Path) -> Change:
    """Replace a piece of the YAML and open the same store again."""

    def edit(old: str, new: str) -> None:
        path = tmp_path / "lab.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        lab.memory.close()
        lab.memory = Memory(load_config(path, PLUGINS), PLUGINS, Store(lab.path), lab.world)

    return edit
