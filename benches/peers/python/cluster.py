"""What the Python programs share: the workload of the Rust ones, and how they report.

Poisson arrivals, 2560/s, round robin to 8 instances, each a queue and 4 workers, exponential service with mean 10 ms.
"""

import json
import sys
import time

INSTANCES, WORKERS, SESSIONS = 8, 4, 10_000
PER_S, SERVICE_S = 2560.0, 0.010
REQUESTS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
SINCE = time.process_time()


def report(name, latencies_s):
    """Prints the result as a line of JSON."""
    cpu_s = time.process_time() - SINCE
    latencies = sorted(latencies_s)
    mean, p99 = sum(latencies) / len(latencies), latencies[int(len(latencies) * 0.99)]
    print(json.dumps({"name": name, "requests": len(latencies), "cpu_s": cpu_s,
                      "mean_ms": mean * 1e3, "p99_ms": p99 * 1e3}))
