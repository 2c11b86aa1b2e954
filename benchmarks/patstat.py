"""Identity by name alone: applicants of patents as the offices write them, where the file is there."""

from __future__ import annotations

import csv
import gzip
import json
import tempfile
from pathlib import Path

from organisations import ROOT, linked, scores, told

FILE = ROOT.parent / "shared" / "data" / "benchmarks" / "companies_patstat.jsonl.gz"
YAML = """
workspace: applicants
variables: {path: applicants.csv}
identity:
  account:
    # The name is all there is, so nothing can agree beside it; one applicant has a hundred spellings.
    - {type: similar, agree: [], propose_at: 0.75, merge_at: 0.86, crowd: 300, largest: 5000, chain: 6}
principals:
  me: {kind: person, clearance: restricted}
context: {default_principal: me}
sources:
  patents:
    type: files
    access: [workspace]
    files:
      applicants: {path: "${path}", kind: account, id: id, attributes: {name: name}}
"""


def name_scores() -> None:
    """Print how well names alone were linked."""
    if not FILE.is_file():
        print("patstat: skipped, the data file is not there")
        return
    with gzip.open(FILE, "rt") as file:
        rows = [json.loads(line) for line in file]
    truth = {("patents", str(row["id"])): row["entity"] for row in rows}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "applicants.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "name"])
            writer.writerows((row["id"], row["name"]) for row in rows)
        found = linked(YAML, {"path": str(path)})
    assert found.keys() == truth.keys(), "a row vanished"
    print(f"companies_patstat, {len(rows)} rows, by name alone: {told(scores(found, truth))}")


if __name__ == "__main__":
    name_scores()
