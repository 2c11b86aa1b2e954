"""Loading: what is refused, what words mean, overlays, variables, lines."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest
from tests.config.hostile import HOSTILE, files

from groundfact.config.load import Document, load_document
from groundfact.errors import ConfigError


def write(folder: Path, text: str, name: str = "groundfact.yaml") -> Path:
    """A YAML file."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def load(tmp: Path, text: str, **variables: str) -> Document:
    """Load a text as a file."""
    return load_document(write(tmp, text), variables=variables)


@pytest.mark.parametrize(("name", "content"), list(files()), ids=list(HOSTILE))
def test_a_hostile_file_is_refused_at_once_and_in_little_room(tmp_path: Path, name: str, content: bytes) -> None:
    """Refused with its line in under 100 ms of CPU and 50 MB, whatever it would have grown to."""
    path = tmp_path / "groundfact.yaml"
    path.write_bytes(content)
    started = time.process_time()
    with pytest.raises(ConfigError) as refused:
        load_document(path)
    took = time.process_time() - started
    assert refused.value.where.startswith("groundfact.yaml:"), str(refused.value)
    assert took < 0.1
    tracemalloc.start()
    with pytest.raises(ConfigError):
        load_document(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000


def test_there_are_60_hostile_files() -> None:
    """The list is as long as the threat's."""
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("%YAML 1.1\n---\na: no\n", "groundfact.yaml:1: YAML directives"),
        (("# " + "x" * 1000 + "\n") * 1001, "groundfact.yaml:1: the file is larger than 1 MB"),
        ("a: 1\nb: &x 1\n", "groundfact.yaml:2: anchors and aliases"),
        ("a: 1\nb: !!str 1\n", "groundfact.yaml:2: tags"),
        ("a: 1\n\n---\nb: 1\n", "groundfact.yaml:3: a second document"),
        ("a:\n\tb: 1\n", "indent with spaces"),
        ("a: 'x\n", "groundfact.yaml:2: this is not YAML: found unexpected end of stream"),
        ("# only this\n", "groundfact.yaml:1: the file is empty"),
    ],
)
def test_the_refusal_says_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    """The message names the thing and its line, not the parser's state."""
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, text)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("no", "no"), ("off", "off"), ("y", "y"), ("22:30", "22:30"), ("2026-01-02", "2026-01-02"),
        ("1_000", "1_000"), ("007", "007"), ("0123.5", "0123.5"), ("0o17", 15), ("0x1F", 31), ("0x", "0x"),
        ("12", 12), ("-3", -3), ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("1.", 1.0), ("true", True),
        ("False", False), ("null", None), ("~", None), ("", None), ("'12'", "12"), ('"true"', "true"),
        ("1.2.3.4", "1.2.3.4"), ("+49 30 1", "+49 30 1"), (".inf", ".inf"), ("=", "="), ("Yes", "Yes"),
        ("'!x'", "!x"), ("'&x'", "&x"), ("a#b", "a#b"),
    ],
)  # fmt: skip
def test_words_mean_what_they_look_like(tmp_path: Path, word: str, value: object) -> None:
    """YAML 1.2: Norway stays a country, half past ten a time, and a leading zero somebody's number."""
    found = load(tmp_path, f"a: {word}\n").data["a"]
    assert found == value
    assert type(found) is type(value)


def test_every_key_knows_its_line(tmp_path: Path) -> None:
    """`where` is the line of the key or list item, and of the nearest one above what is not there."""
    document = load(
        tmp_path,
        "# a comment\n\nsources:\n  crm:\n    type: x\n    access:\n    - a\n    - b\nlist: [1,\n  2]\n",
    )
    places = {
        ("sources",): 3, ("sources", "crm", "type"): 5, ("sources", "crm", "access", 1): 8, ("list", 1): 10,
        ("sources", "crm", "nothing", "there"): 4, (): 3,
    }  # fmt: skip
    assert {path: document.where(path) for path in places} == {
        path: f"groundfact.yaml:{line}" for path, line in places.items()
    }


def test_a_byte_order_mark_and_windows_lines_are_taken(tmp_path: Path) -> None:
    """What editors on Windows write is read, and the lines are right."""
    path = tmp_path / "groundfact.yaml"
    path.write_bytes(b"\xef\xbb\xbf---\r\na: 1\r\nb: \xc3\xb8\r\n")
    document = load_document(path)
    assert document.data == {"a": 1, "b": "ø"}
    assert document.where(("b",)) == "groundfact.yaml:3"


def test_a_missing_file_says_how_to_begin(tmp_path: Path) -> None:
    """No file, a folder, a device: refused with the command that writes a starter."""
    for path in (tmp_path / "none.yaml", tmp_path, Path("/dev/zero")):
        with pytest.raises(ConfigError, match="groundfact init"):
            load_document(path)


def test_overlays_merge_and_the_last_one_wins(tmp_path: Path) -> None:
    """Mappings merge, lists are replaced, null takes away, and every key points to the file that set it."""
    write(tmp_path, "a: {x: 1, y: 2, z: 3}\nlist: [1, 2]\ngone: {deep: 1}\n", "base.yaml")
    write(tmp_path, "a:\n  y: 20\n  w: 4\nb: 1\n", "more/second.yaml")
    document = load(tmp_path, "extends: [base.yaml, more/second.yaml]\na:\n  z: 30\nlist: [3]\ngone: null\nnew: null\n")
    assert document.data == {
        "extends": ["base.yaml", "more/second.yaml"],
        "a": {"x": 1, "y": 20, "z": 30, "w": 4},
        "list": [3],
        "b": 1,
        "new": None,
    }
    assert document.where(("a", "x")) == "base.yaml:1"
    assert document.where(("a",)) == "groundfact.yaml:2"
    assert document.where(("a", "y")) == "more/second.yaml:2"
    assert document.where(("a", "z")) == "groundfact.yaml:3"
    assert [path.name for path in document.files] == ["base.yaml", "second.yaml", "groundfact.yaml"]


def test_an_overlay_of_an_overlay(tmp_path: Path) -> None:
    """`extends:` is relative to the file it stands in."""
    write(tmp_path, "a: 1\n", "shared/base.yaml")
    write(tmp_path, "extends: base.yaml\nb: 2\n", "shared/team.yaml")
    data = load(tmp_path, "extends: shared/team.yaml\nc: 3\n").data
    assert (data["a"], data["b"], data["c"]) == (1, 2, 3)


@pytest.mark.parametrize(
    ("extends", "says"),
    [
        ("groundfact.yaml", "extends itself"),
        ("circle.yaml", "extends itself"),
        ("none.yaml", "which is not there"),
        ("[5]", "takes a file name"),
        ("{a: b}", "takes a file name"),
        ("/dev/zero", "which is not there"),
        ("chain0.yaml", "too many files"),
        ("fan0.yaml", "too many files"),
    ],
)
def test_endless_extending_is_refused(tmp_path: Path, extends: str, says: str) -> None:
    """Circles, chains, fans and missing bases are refused with the line of `extends:`."""
    write(tmp_path, "extends: groundfact.yaml\n", "circle.yaml")
    for number in range(12):
        write(tmp_path, f"extends: chain{number + 1}.yaml\n", f"chain{number}.yaml")
    for number in range(7):
        write(tmp_path, f"extends: [{', '.join([f'fan{number + 1}.yaml'] * 5)}]\n", f"fan{number}.yaml")
    write(tmp_path, "a: 1\n", "chain12.yaml")
    write(tmp_path, "a: 1\n", "fan7.yaml")
    with pytest.raises(ConfigError, match=says) as refused:
        load(tmp_path, f"a: 1\nextends: {extends}\n")
    assert ".yaml:" in refused.value.where


def test_a_mistake_in_a_base_names_the_base(tmp_path: Path) -> None:
    """The line belongs to the file that is wrong."""
    write(tmp_path, "a: 1\na: 2\n", "base.yaml")
    with pytest.raises(ConfigError, match=r"^base\.yaml:2: the key 'a' is there twice \(first on line 1\)"):
        load(tmp_path, "extends: base.yaml\n")


def test_variables_are_filled_in_and_overridden(tmp_path: Path) -> None:
    """`${name}` in any value, also in lists; the argument overrides; `$${` stays; keys and `$name` do too."""
    text = "variables: {folder: ./data, n: 3, on: true}\na: ['${folder}/${n}.csv', {b: '${on}'}]\nc: $${folder} $x\n"
    assert load(tmp_path, text).data["a"] == ["./data/3.csv", {"b": "true"}]
    data = load(tmp_path, text, folder="/srv").data
    assert data["a"][0] == "/srv/3.csv"
    assert data["c"] == "${folder} $x"
    assert load(tmp_path, "variables: {a: x}\n${a}: 1\n").data["${a}"] == 1


def test_an_overlay_may_set_a_variable_of_its_base(tmp_path: Path) -> None:
    """Variables merge like everything else, and are filled in afterwards."""
    write(tmp_path, "variables: {folder: ./data}\npath: ${folder}/x\n", "base.yaml")
    assert load(tmp_path, "extends: base.yaml\nvariables: {folder: /srv}\n").data["path"] == "/srv/x"


def test_all_unknown_variables_are_told_with_the_nearest(tmp_path: Path) -> None:
    """Each with its line; `--set` of a variable that is not declared is a mistake, too."""
    text = "variables: {folder: ./data}\na: ${foldr}/x\nb: ${HOME}\n"
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, text, fodler="x")
    lines = str(refused.value).splitlines()
    assert lines == [
        "--set fodler: there is no variable 'fodler'; did you mean 'folder'?",
        "groundfact.yaml:2: there is no variable 'foldr'; did you mean 'folder'?",
        "groundfact.yaml:3: there is no variable 'HOME'; known: folder",
    ]
