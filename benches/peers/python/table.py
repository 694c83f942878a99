"""Medians and ratios from the results of all rounds, as a table. Ends with 1 if the programs do not agree."""

import json
import sys
from statistics import median

# So far may a peer's figure be from statelab's. A run of 100,000 requests is known to about a third of that.
TOLERANCE = {"mean_ms": 0.03, "p99_ms": 0.06}

rows = {}
with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        result = json.loads(line)
        # Two events a request: it comes, and its service ends.
        result["ns"] = result["cpu_s"] * 1e9 / 2 / result["requests"]
        rows.setdefault(result["name"], []).append(result)

ours = {field: median(run[field] for run in rows["statelab"]) for field in ("ns", "mean_ms", "p99_ms")}
print(f"{'':10} {'CPU ns/event':>13} {'to statelab':>12} {'mean ms':>9} {'p99 ms':>8}")
wrong = []
for name, runs in rows.items():
    ns, mean, p99 = (median(run[field] for run in runs) for field in ("ns", "mean_ms", "p99_ms"))
    print(f"{name:10} {ns:13.1f} {ns / ours['ns']:11.2f}× {mean:9.2f} {p99:8.1f}")
    for field, value in (("mean_ms", mean), ("p99_ms", p99)):
        if abs(value / ours[field] - 1) > TOLERANCE[field]:
            wrong.append(f"{name}: {field} {value:.2f}, statelab {ours[field]:.2f}")
print("\n".join(wrong) or "all agree on mean and p99")
sys.exit(1 if wrong else 0)
