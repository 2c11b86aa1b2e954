"""Identity on real input: nine lists of Chicago organisations against the truth, where the folder is there."""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

from groundfact.memory import Memory

ROOT = Path(__file__).parent.parent
FOLDER = ROOT.parent / "shared" / "data" / "organisations"


class Scores(NamedTuple):
    """Precision, recall and F1 over pairs, and B-cubed; how many pairs were merged and how many of them falsely."""

    pairs: tuple[float, float, float]
    cubed: tuple[float, float, float]
    merged: int
    false: int


def identity_scores() -> None:
    """Print how well the records were linked: by shared keys alone, and with what looks alike."""
    if not FOLDER.is_dir():
        print("organisations: skipped, the data folder is not there")
        return
    with (FOLDER / "truth.csv").open() as file:
        truth = {(row["source"], row["id"]): row["entity"] for row in csv.DictReader(file)}
    yaml = (ROOT / "config" / "organisations.yaml").read_text()
    keys_only = _without_likeness(yaml)
    print(f"organisations, {len(truth)} rows")
    before, after = (_scored(text, truth) for text in (keys_only, yaml))
    print(f"  by shared keys alone: {told(before)}")
    print(f"  with similar names:   {told(after)}")
    added, wrong = after.merged - before.merged, after.false - before.false
    print(f"  similarity added {added} pairs, {wrong} of them false: {wrong / after.merged:.2%} of all merged pairs")


def _without_likeness(yaml: str) -> str:
    """The configuration with its keys alone."""
    parser, written = YAML(), io.StringIO()
    told = parser.load(yaml)
    kept = [matcher for matcher in told["identity"]["account"] if matcher["type"] != "similar"]
    assert len(kept) < len(told["identity"]["account"]), "config/organisations.yaml compares nothing"
    told["identity"]["account"] = kept
    parser.dump(told, written)
    return written.getvalue()


def _scored(yaml: str, truth: Mapping[tuple[str, str], str]) -> Scores:
    found = linked(yaml, {"folder": str(FOLDER)})
    assert found.keys() == truth.keys(), "a row vanished"
    return scores(found, truth)


def linked(yaml: str, variables: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """The entity of each source's records, after one sync with a configuration."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "groundfact.yaml"
        path.write_text(yaml)
        with Memory.open(path, variables=variables) as memory:
            memory.sync()
            return {(str(link["source"]), str(link["id"])): str(link["entity"]) for link in memory.list("links")}


def scores(found: Mapping[tuple[str, str], Hashable], truth: Mapping[tuple[str, str], Hashable]) -> Scores:
    """Compare what was linked with the truth."""
    both = Counter((found[key], truth[key]) for key in truth)
    ours, theirs = Counter(found[key] for key in truth), Counter(truth.values())
    hit, said, meant = (sum(n * (n - 1) // 2 for n in c.values()) for c in (both, ours, theirs))
    cells: dict[str, float] = defaultdict(float)
    for (a, b), n in both.items():
        cells["p"] += n * n / ours[a]
        cells["r"] += n * n / theirs[b]
    cubed = _f1(cells["p"] / len(truth), cells["r"] / len(truth))
    return Scores(_f1(hit / said, hit / meant), cubed, said, said - hit)


def told(found: Scores) -> str:
    """The scores in one line."""
    pairs, cubed = ("P {:.4f} R {:.4f} F1 {:.4f}".format(*three) for three in (found.pairs, found.cubed))
    return f"pairs {pairs}; B-cubed {cubed}; false {found.false} of {found.merged} ({found.false / found.merged:.2%})"


def _f1(precision: float, recall: float) -> tuple[float, float, float]:
    return precision, recall, 2 * precision * recall / (precision + recall)


if __name__ == "__main__":
    identity_scores()
