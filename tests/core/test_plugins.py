"""The façade over pluggy: what is found, what is refused and how, and that one plugin cannot hurt another."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from groundfact.component import Component, Options, component
from groundfact.errors import PluginError
from groundfact.hookspecs import hookimpl
from groundfact.plugins import COMPONENT_HOOKS, Plugins
from groundfact.vocabulary import default_vocabulary

BUNDLED = Plugins()
COMPONENTS = [(what, name) for what in COMPONENT_HOOKS for name in BUNDLED.offered(what)]


class NoOptions(Options):
    """None."""


def _rule(name: str) -> Component[Any, Any]:
    return component(name, "A rule of this test", NoOptions, lambda options: object(), example=f"type: {name}")


class Offers:
    """A plugin that offers one survivorship rule."""

    def __init__(self, name: str) -> None:
        self._name = name

    @hookimpl
    def register_survivorship_rules(self) -> Sequence[Component[Any, Any]]:
        """Offer it."""
        return [_rule(self._name)]


class Listens:
    """A plugin that notes what it is told, and may fail."""

    def __init__(self, fails: bool = False) -> None:
        self.told: list[tuple[str, str]] = []
        self._fails = fails

    @hookimpl
    def fact_changed(self, attribute: str, kind: str) -> None:
        """Take two of the five facts, in another order."""
        self.told.append((kind, attribute))
        if self._fails:
            raise RuntimeError("listener is broken")


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a distribution with one plugin: a module, and the metadata that names it."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def put(name: str, code: str, *, called: str = "", version: str = "2.5") -> None:
        module = f"{name}_of_this_test"
        (tmp_path / f"{module}.py").write_text(code)
        info = tmp_path / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[groundfact]\n{called or name} = {module}\n")

    yield put
    for name in set(sys.modules) - before:
        if name.endswith("_of_this_test"):
            del sys.modules[name]


EMPTY = "from groundfact import hookimpl\n"


def test_installed_plugins_are_found_by_their_entry_points(install: Install) -> None:
    """The bundled plugins and a stranger's are found the same way, each with the distribution it comes from."""
    install("stranger", EMPTY)
    found = dict(Plugins().names)
    assert found["stranger"] == "stranger 2.5"
    assert {"defaults", "files", "hubspot", "salesforce"} <= set(found)
    assert found["defaults"].startswith("groundfact ")


def test_a_blocked_plugin_is_not_even_imported(install: Install) -> None:
    """`block` keeps a plugin out by its name: its module is never run."""
    install("stranger", "raise SystemExit('imported')")
    plugins = Plugins(block=["stranger", "hubspot"])
    assert {"stranger", "hubspot"}.isdisjoint(dict(plugins.names))
    assert ("hubspot" in plugins.connectors, "files" in plugins.connectors) == (False, True)


def test_block_reaches_what_is_given_in_code() -> None:
    """A blocked name is blocked wherever it comes from."""
    assert "mine" not in Plugins(extra={"mine": Offers("mine_rule")}, block=["mine"]).survivorship_rules


def test_a_plugin_that_cannot_be_imported_names_itself_and_the_way_out(install: Install) -> None:
    """PluginError says which plugin, why, and how to go on without it."""
    install("stranger", "import module_that_nobody_has")
    with pytest.raises(
        PluginError, match=r"plugin stranger \(stranger_of_this_test\).*module_that_nobody_has"
    ) as found:
        Plugins()
    assert "plugins: {block: [stranger]}" in found.value.hint
    Plugins(block=["stranger"])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("@hookimpl\ndef regsiter_connectors():\n    return []", "regsiter_connectors"),
        ("@hookimpl\ndef sync_started(source, colour):\n    pass", "colour"),
    ],
)
def test_an_implementation_of_no_hook_is_refused(install: Install, code: str, said: str) -> None:
    """A misspelt hook or argument is an error that names it, not a plugin that is silently never called."""
    install("stranger", f"{EMPTY}{code}\n")
    with pytest.raises(PluginError, match=said):
        Plugins()


def test_two_components_of_one_name_are_refused() -> None:
    """The error names the component and both plugins, whichever was registered first."""
    plugins = Plugins(extra={"one": Offers("shared"), "two": Offers("shared")})
    with pytest.raises(PluginError, match="survivorship_rules 'shared'") as found:
        _ = plugins.survivorship_rules
    assert {"one", "two"} <= set(found.value.message.replace(":", " ").split())
    assert "block" in found.value.hint


def test_nobody_takes_the_name_of_a_bundled_component() -> None:
    """A third party cannot replace a bundled rule by offering one of the same name."""
    with pytest.raises(PluginError, match=r"'most_recent'.*defaults.*mine"):
        _ = Plugins(extra={"mine": Offers("most_recent")}).survivorship_rules


def test_two_plugins_of_one_name_are_refused(install: Install) -> None:
    """Neither a plugin given in code nor a second distribution hides an installed one of the same name."""
    with pytest.raises(PluginError, match=r"two plugins are called files: groundfact .* and given in code"):
        Plugins(extra={"files": Offers("mine")})
    install("stranger", EMPTY)
    install("other", EMPTY, called="stranger")
    with pytest.raises(PluginError, match=r"called stranger: (other|stranger) 2\.5 and (other|stranger) 2\.5"):
        Plugins()
    Plugins(block=["stranger"])


@pytest.mark.parametrize("body", ["import module_that_nobody_has", "return None", "return ['acme']", "return 7"])
def test_a_plugin_that_fails_to_offer_names_itself(install: Install, body: str) -> None:
    """A hook that raises, or hands over what is no component, is an error that names the plugin and the way out."""
    install("stranger", f"{EMPTY}@hookimpl\ndef register_connectors():\n    {body}\n")
    with pytest.raises(PluginError, match=r"plugin stranger \(stranger 2\.5\) failed in register_connectors") as found:
        _ = Plugins().connectors
    assert "plugins: {block: [stranger]}" in found.value.hint


def test_one_names_where_a_component_comes_from(install: Install) -> None:
    """`origin` is the plugin and its distribution, for bundled ones, strangers and those given in code."""
    install("stranger", EMPTY)
    plugins = Plugins(extra={"mine": Offers("mine_rule")})
    assert plugins.origin("survivorship_rules", "mine_rule") == "mine (given in code)"
    assert plugins.origin("connectors", "files").startswith("files (groundfact ")


def test_a_failing_listener_hides_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Every listener is told by itself, before and after one that raises; the failure is logged with its name."""
    ears = {"early": Listens(), "broken": Listens(fails=True), "late": Listens()}
    plugins = Plugins(extra=dict(ears))
    with caplog.at_level(logging.ERROR, "groundfact.plugins"):
        plugins.tell("fact_changed", kind="account", entity="e", attribute="tier", before=1, after=2)
    assert [ear.told for ear in ears.values()] == [[("account", "tier")]] * 3
    (record,) = [r for r in caplog.records if r.name == "groundfact.plugins"]
    assert "plugin broken failed on fact_changed" in record.getMessage()
    assert record.exc_info is not None


def test_an_implementation_may_take_fewer_arguments() -> None:
    """A listener that wants nothing but the tokens gets nothing but the tokens."""
    told: list[int] = []

    class Counts:
        @hookimpl
        def context_served(self, tokens: int) -> None:
            told.append(tokens)

    Plugins(extra={"counts": Counts()}).tell("context_served", principal="p", kind="k", entity="e", tokens=7)
    assert told == [7]


@pytest.mark.parametrize("name", ["Most Recent", "mostRecent", "9lives", "", "a-b", "a.b", "ä", "x\n"])
def test_a_component_name_can_be_typed(name: str) -> None:
    """A name is lower case with underscores; anything else is refused when the component is declared."""
    with pytest.raises(ValueError, match="must match"):
        _rule(name)


@pytest.mark.parametrize(("what", "name"), COMPONENTS)
def test_every_example_is_true(what: str, name: str, tmp_path: Path) -> None:
    """The example of every bundled component is YAML, names its component, validates and builds."""
    from ruamel.yaml import YAML

    found = BUNDLED.offered(what)[name]
    example = YAML(typ="safe", pure=True).load(found.example)
    assert example.pop("type") == name
    # What the YAML says beside a connector's own options belongs to every source.
    own = {key: value for key, value in example.items() if key in found.options.model_fields}
    assert set(example) - set(own) <= (
        {"access", "streams", "every", "behind_after"} if what == "connectors" else set()
    )
    options = found.options.model_validate(own)
    assert found.summary
    if what == "connectors":
        return  # built when they are read: with a runtime, an SDK and a secret
    extra = ("account", default_vocabulary()) if what == "mappings" else ()
    assert found.build(options, *extra) is not None


@pytest.mark.parametrize(("what", "name"), COMPONENTS)
def test_every_components_options_refuse_what_they_do_not_know(what: str, name: str) -> None:
    """An option that a component does not have is an error, never ignored."""
    from pydantic import ValidationError

    with pytest.raises(ValidationError, match="colour"):
        BUNDLED.offered(what)[name].options.model_validate({"colour": "blue"})
