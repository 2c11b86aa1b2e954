"""Sixty files that nobody writes to configure anything."""

from __future__ import annotations

from collections.abc import Iterator

MILLION = 1_000_000


def _laughs() -> str:
    """450 bytes that stand for a thousand million values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    return "\n".join(lines)


def _deep_block(levels: int) -> str:
    return "".join(f"{' ' * level}a:\n" for level in range(levels))


HOSTILE: dict[str, str | bytes] = {
    # bigger inside than outside
    "billion laughs": _laughs(),
    "anchor": "a: &x 1\n",
    "alias": "a: *x\n",
    "alias to itself": "a: &x [*x]\n",
    "alias as a key": "*x : 1\n",
    "many anchors": "a: [" + ", ".join(f"&b{n} 1" for n in range(400)) + "]\n",
    "merge": "a: &x {b: 1}\nc:\n  <<: *x\n",
    "merge without an alias": "a:\n  <<: {b: 1}\n",
    "variables in variables": "variables: {a: x, b: '${a}${a}'}\nc: ${b}\n",
    "variables that grow": "variables: {a: " + "x" * 990 + "}\n" + f"b: {'${a}' * 800}\nc: {'${a}' * 800}\n",
    "a long variable": "variables: {a: " + "x" * 1001 + "}\n",
    # deep
    "flow lists": "a: " + "[" * MILLION,
    "flow lists in lines": "a:\n" + " [\n" * 300_000,
    "flow mappings": "{" * MILLION,
    "flow mappings with keys": "{a: " * 200_000,
    "block mappings": _deep_block(1_400),
    "65 levels": _deep_block(65) + " " * 65 + "a: 1\n",
    "65 flow levels": "a: " + "[" * 65 + "]" * 65 + "\n",
    "block lists": "- " * 400_000,
    "block lists in short": "a:\n" + "  " + "- " * 900 + "x\n",
    "complex keys": "? " * 400_000,
    "a list as a key": "? [a, b]\n: 1\n",
    "a mapping as a key": "{a: 1}: 2\n",
    # tags
    "a Python object": "a: !!python/object/apply:os.system ['true']\n",
    "a Python name": "a: !!python/name:os.system\n",
    "a private tag": "a: !env CRM\n",
    "a standard tag": "a: !!str 5\n",
    "a verbatim tag": "a: !<tag:yaml.org,2002:str> 5\n",
    "a set": "a: !!set {b, c}\n",
    "binary": "a: !!binary aGk=\n",
    "a tag on the whole": "!x\na: 1\n",
    "a non-specific tag": "a: ! 5\n",
    "bangs": "!" * MILLION,
    "bangs within the limits": "a: " + "!" * 4_000 + "\n",
    "a tag directive": "%TAG ! tag:evil.example,2026:\n---\na: 1\n",
    "YAML 1.1": "%YAML 1.1\n---\na: no\n",
    "directives": "%a\n" * 250_000,
    # twice
    "a key twice": "base_url: https://a.example\nbase_url: https://b.example\n",
    "a key twice, quoted": "a: 1\n'a': 2\n",
    "a key twice, in flow": "a: {b: 1, c: 2, b: 3}\n",
    "a number as a key twice": "a: {1: x, '1': y}\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "documents": "---\n" * 250_000,
    "an end and more": "a: 1\n...\nb: 2\n",
    "a document within": "a: |\n x\n---\nb: 1\n",
    # big
    "more than a megabyte": "#" * (MILLION + 1),
    "a megabyte of blanks": "\n" * MILLION,
    "a megabyte in a line": "a: " + "x" * 900_000,
    "a megabyte of escapes": 'a: "' + "\\n" * 400_000 + '"',
    "a megabyte of colons": ":" * MILLION,
    "a megabyte of words": "a: " + "x\n  " * 250_000,
    "a megabyte of comments": "#\n" * 500_000,
    "a number of 4000 digits": "a: " + "9" * 4_000 + "\n",
    "a hexadecimal of 4000 digits": "a: 0x" + "f" * 4_000 + "\n",
    # not text, not a mapping
    "UTF-16": "a: 1\n".encode("utf-16"),
    "Latin-1": "a: København\n".encode("latin-1"),
    "zip": b"PK\x03\x04" + bytes(range(256)) * 100,
    "NUL": b"a: 1\x00\n",
    "an escape": "a: \x1b[31m\n",
    "empty": "",
    "comments only": "# nothing\n\n",
    "null": "~\n",
    "a text": "workspace\n",
    "a list": "- workspace: acme\n",
    "an empty key": ": 1\n",
    "tabs": "a:\n\tb: 1\n",
    "half a text": 'a: "b\n',
    "half a list": "a: [1, 2\n",
    "CSV": "id,name\n1,Ann\n",
}


def files() -> Iterator[tuple[str, bytes]]:
    """Name and content of each."""
    for name, content in HOSTILE.items():
        yield name, content.encode() if isinstance(content, str) else content
