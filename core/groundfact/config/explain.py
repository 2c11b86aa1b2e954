"""What pydantic found, as sentences with a file, a line and the nearest spelling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from groundfact.config.load import Document
from groundfact.config.problems import Problems
from groundfact.config.spelling import did_you_mean, nearest

__all__ = ["Path", "dotted", "validated"]

M = TypeVar("M", bound=BaseModel)
Path = Sequence[str | int]


def validated(
    model: type[M], data: Any, at: Path, document: Document, problems: Problems, also: Iterable[str] = ()
) -> M | None:
    """`data` as a `model`, or None with every mistake in it noted under the path `at`.

    `also` are keys that may stand beside those of the model, for the nearest spelling.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        _explain(error, model, at, document, problems, also)
        return None


def _explain(
    error: ValidationError,
    model: type[BaseModel],
    at: Path,
    document: Document,
    problems: Problems,
    also: Iterable[str],
) -> None:
    schema = model.model_json_schema()
    found: dict[tuple[str, str], list[str]] = {}
    for detail in error.errors(include_url=False):
        loc = [step for step in detail["loc"] if step != "[key]"]
        message = _message(detail, loc, schema, () if len(loc) > 1 else also)
        reached = document.reach([*at, *loc])
        missing = detail["type"] == "missing"
        shown = [*at, *loc][: reached if not missing else len(at) + len(loc) - 1]
        # Two branches of a union fail at one place: one mistake with two ways out.
        messages = found.setdefault((document.where([*at, *loc]), dotted(shown)), [])
        if message not in messages:
            messages.append(message)
    for (where, path), messages in found.items():
        problems.add(where, f"{path}: {'; or '.join(messages)}" if path else "; or ".join(messages))


def dotted(path: Path) -> str:
    """A path as people write it: `identity.account[0].type`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _message(detail: Any, loc: Path, schema: Mapping[str, Any], also: Iterable[str]) -> str:
    kind, given = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        known = [*_properties(schema, loc[:-1]), *also]
        return f"this key is not known{did_you_mean(str(loc[-1]), known)}"
    if kind == "missing":
        meaning = _properties(schema, loc[:-1]).get(str(loc[-1]), {}).get("description", "")
        return f"the key `{loc[-1]}` is missing{f' ({meaning})' if meaning else ''}"
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    if kind == "literal_error":
        near = nearest(given, _literals(detail)) if isinstance(given, str) else ""
        return f"should be {detail['ctx']['expected']}{f'; did you mean {near!r}?' if near else ''}"
    return _wrong_type(kind, given) or str(detail["msg"]).replace("Input should", "should")


def _wrong_type(kind: str, given: Any) -> str:
    if kind == "string_type" and isinstance(given, (int, float)):
        return "should be a text; put quotes around it"
    if kind == "list_type" and isinstance(given, str):
        return "should be a list; put [ ] around it"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return "should be a mapping (`key: value` lines)"
    if kind == "too_short" and not given:
        return "should not be empty"
    return ""


def _literals(detail: Any) -> list[str]:
    return [part.strip("' ") for part in detail["ctx"]["expected"].replace(" or ", ",").split(",")]


def _properties(schema: Mapping[str, Any], loc: Path) -> Mapping[str, Any]:
    """The keys that a JSON schema knows at a place, with their schemas; none where any key may stand."""
    here: Mapping[str, Any] = schema
    for step in loc:
        here = _resolved(schema, here)
        of_lists = here.get("items", {})
        here = of_lists if isinstance(step, int) else here.get("properties", {}).get(step) or _values(here)
    properties: Mapping[str, Any] = _resolved(schema, here).get("properties", {})
    return properties


def _values(here: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a mapping with free keys holds; pydantic writes a pattern for the keys as `patternProperties`."""
    rest = here.get("additionalProperties")
    found = next(iter(here.get("patternProperties", {}).values()), rest)
    return found if isinstance(found, Mapping) else {}


def _resolved(schema: Mapping[str, Any], here: Mapping[str, Any]) -> Mapping[str, Any]:
    for branch in here.get("anyOf", here.get("allOf", ())):
        if "$ref" in branch or "properties" in branch:
            here = branch
    if "$ref" in here:
        name = str(here["$ref"]).rpartition("/")[2]
        found: Mapping[str, Any] = schema["$defs"][name]
        return found
    return here
