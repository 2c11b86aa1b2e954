"""The JSON schema that editors check and complete a YAML by, with every installed component's options."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from groundfact.component import AnyComponent
from groundfact.config.schema import RootConfig
from groundfact.plugins import Plugins

__all__ = ["editor_schema", "editor_schema_text"]

_ONE_OF_A_SORT = (
    ("matchers", "RootConfig", ("identity", "patternProperties", "*", "items")),
    ("survivorship_rules", "Attribute", ("survivorship", "items")),
    ("validators", "Attribute", ("validate", "items")),
    ("freshness_rules", "Attribute", ("freshness",)),
    ("policies", "RootConfig", ("policies", "items")),
    ("renderers", "ContextConfig", ("renderer",)),
)
"""Where a component of which sort may stand: the model and the way below its properties."""


def editor_schema(plugins: Plugins) -> dict[str, Any]:
    """The schema of the whole file; an option that no installed component has is marked by the editor."""
    schema = RootConfig.model_json_schema()
    defs: dict[str, Any] = schema["$defs"]
    models = {"RootConfig": schema, **defs}
    for sort, model, way in _ONE_OF_A_SORT:
        _replace(models[model]["properties"], way, {"$ref": f"#/$defs/{sort}"})
        defs[sort] = {"oneOf": [_names(plugins.offered(sort)), *_lifted(sort, plugins.offered(sort), defs)]}
    defs["SourceConfig"] = {"oneOf": _sources(plugins.connectors, defs)}
    defs["GroupConfig"] = {"anyOf": [defs["GroupConfig"]["properties"]["parts"], defs["GroupConfig"]]}
    # A file that extends another need not say anything twice.
    schema["anyOf"] = [{"required": schema.pop("required")}, {"required": ["extends"]}]
    defs.pop("ComponentRef", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_tidy(schema)}


def editor_schema_text(plugins: Plugins) -> str:
    """The schema as it is written to a file."""
    return json.dumps(editor_schema(plugins), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _replace(node: dict[str, Any], way: tuple[str, ...], by: Mapping[str, Any]) -> None:
    for step in way[:-1]:
        node = next(iter(node.values())) if step == "*" else node[step]
    kept = {key: node[way[-1]][key] for key in ("description", "default") if key in node[way[-1]]}
    node[way[-1]] = {**kept, **by}


def _names(offered: Mapping[str, AnyComponent]) -> dict[str, Any]:
    """The bare names, of the components that need no options."""
    bare = [
        name
        for name, component in offered.items()
        if not any(field.is_required() for field in component.options.model_fields.values())
    ]
    return {"enum": bare, "description": "Just the name, with every option at its default."}


def _lifted(sort: str, offered: Mapping[str, AnyComponent], defs: dict[str, Any]) -> list[dict[str, Any]]:
    """The options of every component, with `type`; the models they use move to the schema's own."""
    found = []
    for name, component in offered.items():
        prefix = f"{sort}.{name}"
        options = component.options.model_json_schema(ref_template=f"#/$defs/{prefix}.{{model}}")
        for model, definition in options.pop("$defs", {}).items():
            defs[f"{prefix}.{model}"] = definition
        options["properties"] = {"type": {"const": name}, **options.get("properties", {})}
        options["required"] = ["type", *options.get("required", [])]
        found.append({**options, "description": component.summary})
    return found


def _sources(connectors: Mapping[str, AnyComponent], defs: dict[str, Any]) -> list[dict[str, Any]]:
    common = defs["SourceConfig"]
    own = {key: value for key, value in common["properties"].items() if key != "type"}
    found = _lifted("connectors", connectors, defs)
    for connector in found:
        connector["properties"] = {**connector["properties"], **own}
        connector["required"] = [*connector["required"], "access"]
    changes = {"type": ["object", "null"], "properties": {"type": False, **own}}
    return [*found, {**changes, "description": "Changes to a source of a file that this one extends."}]


def _tidy(node: Any) -> Any:
    """Without the titles that pydantic makes of names, and closed where only patterns are allowed."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _tidy(value) for key, value in node.items() if key != "title" or not isinstance(value, str)}
    if "patternProperties" in found:
        found.setdefault("additionalProperties", False)
    return found
