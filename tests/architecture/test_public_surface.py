"""What a plugin author and an application may import, and what importing it costs."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tomllib
from types import ModuleType

import pytest
from support.source_code import ROOT, name_of

import groundfact
import groundfact.errors
import groundfact.model
import groundfact.protocols

HEAVY = {"alembic", "hubspot", "numpy", "pydantic", "requests", "simple_salesforce", "sqlalchemy", "sqlmodel"}
SDKS = {"hubspot", "simple_salesforce", "requests", "zeep"}


def loaded_by(statement: str) -> set[str]:
    """The top-level packages that a fresh process has loaded after a statement."""
    program = f"import sys\n{statement}\nprint(sorted({{name.partition('.')[0] for name in sys.modules}}))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(ran.stdout.splitlines()[-1].replace("'", '"')))


def _public(module: ModuleType) -> set[str]:
    """The names of a module that are its own: defined there, or gathered by a package from its parts."""
    package = hasattr(module, "__path__")
    found = set()
    for name, thing in vars(module).items():
        home = getattr(thing, "__module__", "")
        ours = home.startswith(f"{module.__name__}.") if package else home == module.__name__
        # Type variables belong to the annotations, not to anybody's imports.
        if ours and not name.startswith("_") and len(name) > 1:
            found.add(name)
    return found


@pytest.mark.parametrize("module", [groundfact.errors, groundfact.model, groundfact.protocols])
def test_all_is_sorted_and_complete(module: ModuleType) -> None:
    """`__all__` holds every public name of a module, in order, and nothing that is not there."""
    assert list(module.__all__) == sorted(module.__all__)
    assert {name for name in module.__all__ if not hasattr(module, name)} == set()
    assert _public(module) - set(module.__all__) == set()


def test_every_public_value_is_in_the_model() -> None:
    """What `groundfact.model` gathers from one of its parts, it gathers completely."""
    parts = ("claim", "freshness", "likeness", "mapped", "policy", "record", "secret", "stream", "target")
    told = {name for part in parts for name in importlib.import_module(f"groundfact.model.{part}").__all__}
    assert told == set(groundfact.model.__all__)


def test_the_front_page_holds_what_it_promises() -> None:
    """`groundfact.__all__` is sorted, and every name of it can be had."""
    assert list(groundfact.__all__) == sorted(groundfact.__all__)
    assert all(getattr(groundfact, name) is not None for name in groundfact.__all__)
    with pytest.raises(AttributeError, match="no attribute 'memory_of'"):
        _ = groundfact.memory_of


def test_the_version_is_that_of_the_wheel() -> None:
    """`groundfact.__version__` is what pyproject.toml says."""
    assert groundfact.__version__ == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_importing_groundfact_costs_nothing() -> None:
    """`import groundfact` loads no database, no pydantic, no SDK and no plugin."""
    loaded = loaded_by("import groundfact")
    assert loaded & (HEAVY | {"pluggy", "typer", "groundfact_connectors", "groundfact_plugins"}) == set()


def _entry_points() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return dict(project["entry-points"]["groundfact"])


@pytest.mark.parametrize("module", sorted(_entry_points().values()))
def test_an_installed_plugin_loads_no_sdk(module: str) -> None:
    """Finding and offering a connector imports no SDK: what is installed and not used costs nothing."""
    offer = "[getattr(m, n)() for n in ('register_connectors', 'register_renderers') if hasattr(m, n)]"
    assert loaded_by(f"import {module} as m; {offer}") & (SDKS | {"sqlmodel", "alembic", "numpy"}) == set()


def test_every_bundled_connector_is_an_entry_point() -> None:
    """The bundled connectors enter by the door of third parties, each of them."""
    homes = (ROOT / "connectors" / "groundfact_connectors").glob("*/__init__.py")
    wanted = {name_of(home.parent).removeprefix("connectors/").replace("/", ".") for home in homes}
    assert wanted <= set(_entry_points().values())
