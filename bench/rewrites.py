"""How often a flagged caption of a corpus has one rewrite, or two, that the guards let pass; and a few to read.

`python -m bench.rewrites corpus/train.jsonl [--show 20]`
"""

import argparse
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

from aboveboard.checking import circumstances, copy_of
from aboveboard.guarding import run_direct
from aboveboard.policy import Policy
from aboveboard.rewriting import Rewriting, rewritten
from aboveboard.rulebook import load_policy


def rewriting_of(row: dict[str, Any], policy: Policy) -> Rewriting | None:
    """Return the rewriting of one row of a corpus, or None where the guards let it pass."""
    known = {name: row[name] for name in ("at", "timezone", "channel", "facts", "sponsored") if name in row}
    copy = copy_of(row["text"], circumstances(known | {"lang": row["language"]}, row["id"]))
    inspection = run_direct(policy, copy)
    if not any(finding.severity.rank for finding in inspection.findings):
        return None
    return rewritten(copy, inspection, policy, lambda one: run_direct(policy, one))


def main() -> None:
    """Print the shares, what the rewrites did, and some of them in full."""
    asks = argparse.ArgumentParser(description=__doc__)
    asks.add_argument("corpus", type=Path)
    asks.add_argument("--show", type=int, default=0, metavar="N")
    told = asks.parse_args()
    policy = load_policy()
    rows = [json.loads(line) for line in told.corpus.read_text(encoding="utf-8").splitlines()]
    done = [(row, one) for row in rows if (one := rewriting_of(row, policy)) is not None]
    numbers = Counter(len(one.rewrites) for _, one in done)
    print(f"{len(done)} of {len(rows)} captions flagged")
    print(f"at least one rewrite passes: {1 - numbers[0] / len(done):.3f}, two: {numbers[2] / len(done):.3f}")
    print(Counter(" + ".join(rewrite.how) for _, one in done for rewrite in one.rewrites))
    for row, one in random.Random(7).sample(done, min(told.show, len(done))):
        print("\n-", " / ".join(row["text"].splitlines()))
        for rewrite in one.rewrites:
            print("  +", rewrite.how, rewrite.kept, " / ".join(rewrite.text.splitlines()))
        print("  ", one.otherwise)


if __name__ == "__main__":
    main()
