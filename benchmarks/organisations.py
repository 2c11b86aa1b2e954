"""Identity on real input: nine lists of Chicago organisations against the truth, where the folder is there."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from pathlib import Path

from groundfact.memory import Memory

ROOT = Path(__file__).parent.parent
FOLDER = ROOT.parent / "shared" / "data" / "organisations"


def identity_scores() -> None:
    """Print pair precision, recall, F1 and B-cubed."""
    if not FOLDER.is_dir():
        print("organisations: skipped, the data folder is not there")
        return
    with (FOLDER / "truth.csv").open() as file:
        truth = {(row["source"], row["id"]): row["entity"] for row in csv.DictReader(file)}
    with tempfile.TemporaryDirectory() as folder:
        yaml = (ROOT / "config" / "organisations.yaml").read_text()
        (Path(folder) / "organisations.yaml").write_text(yaml)
        with Memory.open(Path(folder) / "organisations.yaml", variables={"folder": str(FOLDER)}) as memory:
            memory.sync()
            found = {(str(link["source"]), str(link["id"])): str(link["entity"]) for link in memory.list("links")}
    assert found.keys() == truth.keys(), "a row vanished"
    pairs, cubed = scores(found, truth)
    print(f"organisations, {len(truth)} rows: pairs P {pairs[0]:.4f} R {pairs[1]:.4f} F1 {pairs[2]:.4f};", end=" ")
    print(f"B-cubed P {cubed[0]:.4f} R {cubed[1]:.4f} F1 {cubed[2]:.4f}")


def scores(
    found: Mapping[Hashable, Hashable], truth: Mapping[Hashable, Hashable]
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Precision, recall and F1 over pairs, and B-cubed."""
    both = Counter((found[key], truth[key]) for key in truth)
    ours, theirs = Counter(found[key] for key in truth), Counter(truth.values())
    hit, said, meant = (sum(n * (n - 1) / 2 for n in c.values()) for c in (both, ours, theirs))
    cells: dict[str, float] = defaultdict(float)
    for (a, b), n in both.items():
        cells["p"] += n * n / ours[a]
        cells["r"] += n * n / theirs[b]
    return _f1(hit / said, hit / meant), _f1(cells["p"] / len(truth), cells["r"] / len(truth))


def _f1(precision: float, recall: float) -> tuple[float, float, float]:
    return precision, recall, 2 * precision * recall / (precision + recall)


if __name__ == "__main__":
    identity_scores()
