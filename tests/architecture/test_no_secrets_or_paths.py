"""Nothing that is committed tells of the machines, services or tools it was made with."""

from __future__ import annotations

import re
import tomllib

import pytest
from support.source_code import ROOT, committed, name_of

_WORDS = {
    "package registry": ["py" + "pi.org", "python" + "hosted", "npm" + "js.", "proxy.go" + "lang", "extra-" + "index"],
    "machine path": ["/" + "root/", "/" + "work/", "/" + "home/", "/" + "Users/"],
    "AI assistant": ["clau" + "de", "anthro" + "pic", "chat" + "gpt", "co-author" + "ed-by", "github " + "copilot"],
    "lock that records registries": ["uv" + ".lock"],
}  # fmt: skip
"""Put together from pieces, so that this file does not find itself."""
_PLACES = {"/" + "home/", "/" + "Users/"}


def _pattern(words: list[str]) -> re.Pattern[str]:
    # A home is the start of a path, not a part of an address; and `/users/` is what many addresses hold.
    parts = [rf"(?<![\w.}}]){re.escape(word)}\w" if word in _PLACES else re.escape(word) for word in words]
    return re.compile("|".join(parts), 0 if words[0].startswith("/") else re.IGNORECASE)


@pytest.mark.parametrize("what", _WORDS)
def test_no_committed_file_names_it(what: str) -> None:
    """No file, and no file's name, holds a registry's host, a machine's path or an assistant's name."""
    pattern = _pattern(_WORDS[what])
    found = []
    for path in committed():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [
            f"{name_of(path)}:{number}" for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)
        ]
        found += [name_of(path)] if pattern.search(name_of(path)) else []
    assert found == []


def test_the_scan_can_fail() -> None:
    """Each pattern finds what it is there to find."""
    for what, words in _WORDS.items():
        assert all(_pattern(words).search(f"see '{word}x'") for word in words), what


def test_no_lock_that_records_addresses_is_there() -> None:
    """The only lock is requirements.lock."""
    assert {name_of(path) for path in committed() if path.suffix == ".lock"} == {"requirements.lock"}


def test_every_locked_requirement_has_hashes() -> None:
    """Each requirement of the lock is pinned and has sha256 hashes, and the lock holds no address at all."""
    text = (ROOT / "requirements.lock").read_text()
    entries = re.split(r"\n(?=\S)", text.replace("\\\n", " "))
    entries = [entry for entry in entries if not entry.lstrip().startswith("#")]
    assert len(entries) > 40
    assert [entry for entry in entries if not re.match(r"[\w.\-\[\]]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry)] == []
    assert re.findall(r"https?://\S+|^\s*--?(?!hash)\w\S*", text, re.MULTILINE) == []


def test_the_base_install_has_no_sdk() -> None:
    """Vendor SDKs are extras: the base install stays small."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    told = " ".join(project["dependencies"]).lower()
    assert [sdk for sdk in ("salesforce", "hubspot", "keyring", "numpy", "torch") if sdk in told] == []
