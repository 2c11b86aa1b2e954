"""Settings put into a YAML text: what somebody wrote stays, and what comes out says what was meant."""

from __future__ import annotations

import pytest
from ruamel.yaml import YAML

from groundfact.config.suggested import Setting, difference, flow, snippet, with_settings

TEXT = """# top
workspace: x
sources:
  crm:
    type: files   # here
    files:
      a: {path: x}   # last

  # about marketing
  mark: {type: files}

attributes:
  account:
    tier: {label: Tier}
    name:
      survivorship:
      - first
      - second   # of two
      freshness: x
  contact:
principals: {}
"""
RULE = [{"type": "trust", "sources": {"crm": 1.5}}, "most_recent"]
PLACES = [
    (("sources", "crm", "mirror_of"), "mark", 1, 0),
    (("sources", "mark", "mirror_of"), "crm", 1, 1),
    (("attributes", "account", "tier", "survivorship"), RULE, 1, 1),
    (("attributes", "account", "name", "survivorship"), ["z"], 1, 3),
    (("attributes", "contact", "email", "mirrors"), {"crm": "mark"}, 2, 0),
    (("attributes", "deal", "amount", "survivorship"), ["longest"], 3, 0),
    (("principals", "me"), {"kind": "person"}, 1, 1),
    (("groups", "account", "size"), ["a", "b"], 3, 0),
    (("workspace",), "y", 1, 1),
]


def _read(text: str) -> object:
    return YAML(typ="safe", pure=True).load(text)


def _expected(*settings: Setting) -> object:
    data = _read(TEXT)
    for setting in settings:
        here = data
        for name in setting.path[:-1]:
            if here.get(name) is None:  # type: ignore[attr-defined]
                here[name] = {}  # type: ignore[index]
            here = here[name]  # type: ignore[index]
        here[setting.path[-1]] = setting.value  # type: ignore[index]
    return data


@pytest.mark.parametrize(("path", "value", "added", "removed"), PLACES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_setting_stands_where_it_belongs(
    path: tuple[str, ...], value: object, added: int, removed: int, end: str
) -> None:
    """The text then says exactly that, by as few lines as can be, with the line ends of the file."""
    text = TEXT.replace("\n", end)
    after = with_settings(text, [Setting(path, value)])
    assert _read(after) == _expected(Setting(path, value))
    assert after.count("\n") == after.count(end)
    lines = difference(text, after, "x.yaml").splitlines()[2:]
    assert sum(line.startswith("+") for line in lines) == added
    assert sum(line.startswith("-") for line in lines) == removed


@pytest.mark.parametrize("end", ["", "\n", "\n\n# the end"])
def test_several_settings_follow_each_other(end: str) -> None:
    """All of them together, whatever the file ends with; comments outside of what is replaced stay."""
    settings = [Setting(path, value) for path, value, _, _ in PLACES]
    after = with_settings(TEXT.rstrip("\n") + end, settings)
    assert _read(after) == _expected(*settings)
    for comment in ("# top", "# here", "# last", "# about marketing"):
        assert comment in after


def test_a_snippet_can_be_laid_over_a_file() -> None:
    """The lines of settings by themselves are YAML, each key once."""
    setting = Setting(("attributes", "account", "tier", "survivorship"), RULE)
    other = Setting(("attributes", "account", "name", "nulls"), "ignore")
    told = {"attributes": {"account": {"tier": {"survivorship": RULE}, "name": {"nulls": "ignore"}}}}
    assert _read(snippet([setting, other])) == told
    assert snippet([]) == ""


@pytest.mark.parametrize(
    "value", ["no", "on", "7d", "1e3", "a b", "x: y", "", None, True, 1.5, "#x", "2026-01-31", "é"]
)
def test_a_value_reads_as_it_was(value: object) -> None:
    """What YAML would take for something else is quoted."""
    assert _read(f"a: {flow(value)}\n") == {"a": value}
