"""The part of JSON Schema that the editor's schema uses; enough to see what an editor would mark."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float),
    "null": type(None),
}  # fmt: skip
_CHECKED = {
    "$ref", "$defs", "type", "enum", "const", "anyOf", "oneOf", "pattern", "required", "properties", "items",
    "patternProperties", "additionalProperties", "minimum", "maximum", "minItems", "minProperties",
}  # fmt: skip
_LEFT_OUT = {
    "$schema", "description", "default", "examples", "exclusiveMinimum", "exclusiveMaximum", "maxItems", "minLength",
    "maxLength",
}  # fmt: skip


def fits(schema: Any, value: Any, root: Mapping[str, Any]) -> bool:
    """Whether a value fits a schema."""
    if isinstance(schema, bool):
        return schema
    unknown = set(schema) - _CHECKED - _LEFT_OUT
    assert not unknown, f"the checker does not know {unknown}"
    if "$ref" in schema and not fits(root["$defs"][schema["$ref"].rpartition("/")[2]], value, root):
        return False
    if "anyOf" in schema and not any(fits(branch, value, root) for branch in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(fits(branch, value, root) for branch in schema["oneOf"]) != 1:
        return False
    return _scalar_fits(schema, value) and _parts_fit(schema, value, root)


def _scalar_fits(schema: Mapping[str, Any], value: Any) -> bool:
    names = schema.get("type", list(_TYPES))
    names = [names] if isinstance(names, str) else names
    if not any(isinstance(value, _TYPES[name]) for name in names):
        return False
    if ("integer" in names or "number" in names) and isinstance(value, bool) and "boolean" not in names:
        return False
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    low, high = schema.get("minimum"), schema.get("maximum")
    if isinstance(value, (int, float)) and ((low is not None and value < low) or (high is not None and value > high)):
        return False
    return "const" not in schema or value == schema["const"]


def _parts_fit(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any]) -> bool:
    if isinstance(value, list):
        return len(value) >= schema.get("minItems", 0) and all(
            fits(schema.get("items", True), item, root) for item in value
        )
    if not isinstance(value, dict):
        return True
    if len(value) < schema.get("minProperties", 0) or any(key not in value for key in schema.get("required", ())):
        return False
    return all(fits(_of(schema, key), item, root) for key, item in value.items())


def _of(schema: Mapping[str, Any], key: str) -> Any:
    if key in schema.get("properties", {}):
        return schema["properties"][key]
    for pattern, found in schema.get("patternProperties", {}).items():
        if re.search(pattern, key):
            return found
    return schema.get("additionalProperties", True)
