"""What the pages take from the code and the demo: `scripts/docs` writes it, tests compare it."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from groundfact.cli.component_help import OptionHelp, options_of
from groundfact.cli.demo_world import staged
from groundfact.cli.reference import page as cli_page
from groundfact.component import AnyComponent
from groundfact.config import schema
from groundfact.model.durations import duration_text
from groundfact.model.reasons import REASONS
from groundfact.plugins import COMPONENT_HOOKS, Plugins
from groundfact.vocabulary import Attribute, Kind, default_vocabulary

__all__ = ["PARTS", "generated"]

README = Path(__file__).parents[1] / "README.md"
FOLDER = README.parent / "docs" / "reference"
PARTS: Mapping[str, type[BaseModel]] = {
    "The file": schema.RootConfig,
    "store": schema.Store,
    "sources.NAME": schema.SourceConfig,
    "sources.NAME.streams.NAME": schema.StreamConfig,
    "kinds.NAME": Kind,
    "attributes.KIND.NAME": Attribute,
    "groups.KIND.NAME": schema.GroupConfig,
    "principals.NAME": schema.PrincipalConfig,
    "context": schema.ContextConfig,
    "links": schema.Links,
    "schedule": schema.Schedule,
    "network": schema.Network,
    "server": schema.Server,
    "server.tokens": schema.TokenConfig,
    "plugins": schema.PluginsConfig,
}
"""Every mapping of the YAML with keys of its own, by where it stands."""

_TYPES = {
    "identity": "mapping of list of components",
    "policies": "list of components",
    "renderer": "component",
    "survivorship": "list of components",
    "validate": "list of components",
    "freshness": "component",
}
"""What stands for a component is `{type: NAME, …}` or a bare name, which its Python type does not tell."""
_NOTES: Mapping[type[BaseModel], str] = {
    schema.SourceConfig: "The options of the connector stand beside these: [connectors](components.md#connectors).\n"
    "Without `behind_after` a source is behind after three times `every`.",
    schema.Schedule: "Nothing is synced by itself yet: let cron or a timer call `groundfact sync`, about as often as\n"
    "`every` says. It sets when a source counts as behind.",
}
_SORTS = {
    "connectors": ("Connectors", "`sources: {x: {type: NAME, access: [workspace], …}}`"),
    "mappings": ("Mappings", "`streams: {x: {mapping: {type: NAME, …}}}` of a source; `fields` where no type is named"),
    "matchers": ("Matchers", "`identity: {KIND: [{type: NAME, …}]}`"),
    "survivorship_rules": ("Survivorship rules", "`attributes: {KIND: {NAME: {survivorship: [{type: NAME, …}]}}}`"),
    "validators": ("Validators", "`attributes: {KIND: {NAME: {validate: [{type: NAME, …}]}}}`"),
    "freshness_rules": ("Freshness rules", "`attributes: {KIND: {NAME: {freshness: {type: NAME, …}}}}`"),
    "policies": ("Policies", "`policies: [{type: NAME, …}]`"),
    "renderers": ("Renderers", "`context: {renderer: {type: NAME, …}}`"),
}
_COMPONENTS = """\
# Components

Generated from their declarations by `scripts/docs`; a test compares it. What is installed beside the bundled ones is
listed by `groundfact plugins`, and described by `groundfact plugins NAME`.

The YAML picks a component by its name: `{type: NAME, option: …}`, or just `NAME` where no option is needed.
"""
_REASONS = """\
# Why a claim lost

Generated from `groundfact.model.reasons` by `scripts/docs`; a test compares it. `groundfact why` gives every loser
exactly one of these codes as `reason`, beside the `rule` that said so. The list is closed: a rule of a plugin that
has a word of its own gives `outranked`, and its word stands in `detail`.
"""
_CONFIG = """\
# The YAML, key by key

Generated from the models that validate it by `scripts/docs`; a test compares it. Examples with comments:
[config/quickstart.yaml](../../config/quickstart.yaml), which `groundfact init` writes, and
[config/full.yaml](../../config/full.yaml), which has every key. `config/schema.json` makes editors complete and check.

- **Mistakes.** A key that does not exist is refused with file, line and the nearest spelling; all mistakes are told at
  once. A key that stands twice, an anchor or alias, a file over 1 MB or with over 64 levels, and anything that looks
  like a secret in plain text are refused as well.
- **Secrets** are references: `env:NAME`, `file:PATH` (relative to the YAML, readable for you alone) or
  `keyring:SERVICE/NAME`.
- **Durations** are a number and a unit: `30s`, `15m`, `6h`, `30d`, `2w`, `18mo`, `2y`.
- **Words** mean what they look like (YAML 1.2): `no` is a text, `true` and `false` are the only truth values.
- **Components** are `{type: NAME, option: …}` or just `NAME`: [every component](components.md).
- **Overlays.** With `extends:` mappings are merged, lists and values replaced; `null` takes a key away.
- **Variables.** `${name}` in any value is replaced by the text under `variables:`, which `--set name=…` overrides.
  `$${` is a plain `${`.

Nothing is needed but `workspace`. Every principal holds the label `workspace`, so everybody sees what carries it.
"""


def generated() -> dict[Path, str]:
    """Every generated page and what it should say."""
    plugins = Plugins()
    return {
        FOLDER / "components.md": _components_page(plugins),
        FOLDER / "config.md": _config_page(),
        FOLDER / "cli.md": cli_page(),
        FOLDER / "reasons.md": _reasons_page(),
    }


def _reasons_page() -> str:
    rows = "".join(f"| `{code}` | {_cell(meaning[0].upper() + meaning[1:])} |\n" for code, meaning in REASONS.items())
    return f"{_REASONS}\n| code | the claim lost because |\n|---|---|\n{rows}"


def _components_page(plugins: Plugins) -> str:
    parts = [_COMPONENTS]
    for sort in COMPONENT_HOOKS:
        title, place = _SORTS[sort]
        parts.append(f"\n## {title}\n\nStand in {place}.\n")
        for name, component in plugins.offered(sort).items():
            if plugins.origin(sort, name).partition("(")[2].startswith("groundfact "):
                parts.append(_component(name, component))
    return "".join(parts)


def _component(name: str, component: AnyComponent) -> str:
    options = list(options_of(component.options))
    table = _table("option", options) if options else "It has no options.\n"
    return f"\n### {name}\n\n{component.summary.rstrip('.')}.\n\n{table}\n```text\n{component.example}```\n"


def _config_page() -> str:
    parts = [_CONFIG]
    for place, model in PARTS.items():
        title = place if place == "The file" else f"`{place}`"
        own = [option for option in options_of(model) if "." not in option.name]
        parts.append(f"\n## {title}\n\n{inspect.cleandoc(model.__doc__ or '')}\n\n{_table('key', own, model)}")
        if model in _NOTES:
            parts.append(f"\n{_NOTES[model]}\n")
    return "".join([*parts, "\n", *_vocabulary()])


def _vocabulary() -> Iterator[str]:
    yield "## Kinds and attributes that are there without being told\n\n"
    yield "`attributes:` changes them and adds others; `kinds:` adds kinds. **Bold**: decided across sources.\n\n"
    yield "| kind | attributes |\n|---|---|\n"
    for name, kind in default_vocabulary().items():
        shown = f"**{name}**" if kind.resolved else name
        yield f"| {shown} | {', '.join(f'`{attribute}` {_traits(a)}' for attribute, a in kind.attributes.items())} |\n"


def _traits(attribute: Attribute) -> str:
    traits = [attribute.type]
    traits += ["found by"] if attribute.lookup else []
    traits += ["hidden"] if attribute.hidden else []
    traits += [attribute.sensitivity] if attribute.sensitivity != "internal" else []
    return f"({', '.join(traits)})"


def _table(head: str, options: list[OptionHelp], model: type[BaseModel] | None = None) -> str:
    rows = [f"| {head} | type | default | |\n|---|---|---|---|\n"]
    for option in options:
        text = option.description
        if not text and model is not None:
            text = f"[below](#{option.name})"
        kind = _TYPES.get(option.name, option.type) if model is not None else option.type
        cells = (f"`{option.name}`", kind, _default(option, model), text)
        rows.append("| " + " | ".join(_cell(cell) for cell in cells) + " |\n")
    return "".join(rows)


def _default(option: OptionHelp, model: type[BaseModel] | None) -> str:
    if option.required:
        return "**required**"
    default: Any = option.default
    if default is None or default is PydanticUndefined or default == "":
        return ""
    if isinstance(default, BaseModel):
        return f"`{default.model_dump()['type']}`" if "type" in type(default).model_fields else ""
    if hasattr(default, "total_seconds"):
        return f"`{duration_text(default)}`"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, (list, tuple, dict)):
        return f"`{', '.join(map(str, default))}`" if default else ""
    return f"`{default}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _readme() -> None:
    """Put the demo's present answer into the README: each line of the excerpt is renewed by how it begins."""
    with tempfile.TemporaryDirectory() as folder, staged(Path(folder)) as stage:
        stage.memory.sync()
        told = {line.partition(":")[0]: line for line in stage.memory.context("Halden Robotics").text.splitlines()}
    before, mark, rest = README.read_text("utf-8").partition("<!-- excerpt: context -->\n```text\n")
    excerpt, end, after = rest.partition("\n```\n")
    renewed = [told.get(line.partition(":")[0], line) for line in excerpt.splitlines()]
    README.write_text(before + mark + "\n".join(renewed) + end + after, "utf-8")


if __name__ == "__main__":
    _readme()
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
