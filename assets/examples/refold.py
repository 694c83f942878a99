#!/usr/bin/env python3
"""Computes the figures of a run again, from its event log alone, and compares them with the report.

    statelab run cart --format json --out report.json --events log.jsonl
    python3 refold.py log.jsonl report.json

Needs nothing but Python 3. What the events mean stands in ../event-log.md; this file also reads there how an event
becomes a record, and so checks the hash. Ends with 1 if anything differs.
"""

import hashlib
import json
import re
import struct
import sys
from collections import Counter
from pathlib import Path

RUNS = ("up", "draining", "hung")
DUTIES = ("stores", "resends", "refreshes", "retries", "reconnects")


class Figures:
    """The fold: takes one event after another."""

    def __init__(self):
        self.count = Counter()
        self.bytes = Counter()
        self.messages = Counter()
        self.outcomes = Counter()
        self.logouts = Counter()
        self.replays = Counter()
        self.duties = Counter()
        self.bringing = set()
        self.unplugged = set()
        self.logged_out = set()
        self.after_logout = set()
        self.open = {}
        self.sessions = {}
        self.instances = {}
        self.latency_ns = 0
        self.sum_ns = 0
        self.integral_ns = 0
        self.since_ns = 0

    def take(self, e):
        kind, at = e["kind"], e["at_ns"]
        self.count["events"] += 1
        if kind in ("issued", "ended"):
            self.integral_ns += len(self.open) * (at - self.since_ns)
            self.since_ns = at
        getattr(self, kind, lambda e: None)(e)

    def issued(self, e):
        self.open[e["request"]] = e["at_ns"]
        self.count["relogins"] += e["purpose"] == "relogin"
        self.logouts["issued"] += e["purpose"] == "logout"
        self.replays["issued"] += e["purpose"] == "replay"
        if e["purpose"] == "replay" and e["session"] in self.logged_out:
            self.after_logout.add(e["request"])

    def ended(self, e):
        spent = e["at_ns"] - self.open.pop(e["request"])
        self.sum_ns += spent
        useful = e["outcome"] in ("ok", "stale")
        self.count["ended"] += 1
        if e["purpose"] == "replay":
            self.replays["accepted" if useful else "refused" if e["outcome"] == "lost" else "unanswered"] += 1
            self.replays["accepted_old"] += e["outcome"] == "stale"
            after = e["request"] in self.after_logout
            self.replays["accepted_after_logout"] += after and useful
            self.replays["refused_after_logout"] += after and e["outcome"] == "lost"
            return
        self.outcomes[e["outcome"]] += 1
        if e["purpose"] == "logout":
            self.logouts["ended"] += 1
            self.logouts["served"] += useful
        else:
            self.count["followups" if e["purpose"] == "followup" else "logins"] += 1
        if e["purpose"] == "followup" and not e["write"]:
            self.duties["refreshes"] += e["cause"] in self.bringing
        self.count["followups_lost"] += e["purpose"] == "followup" and e["outcome"] == "lost"
        if useful:
            self.count["useful"] += 1
            self.latency_ns += spent

    def session_started(self, e):
        self.sessions[e["session"]] = "active"

    def session_left(self, e):
        if e["how"] == "logged-out":
            self.logged_out.add(e["session"])
        if self.sessions[e["session"]] != "lost":
            self.sessions[e["session"]] = "abandoned" if e["how"] == "abandoned" else "completed"

    def lost(self, e):
        self.count["acked_writes_lost"] += e["writes"]
        if e["whole"]:
            self.sessions[e["session"]] = "lost"

    def sent(self, e):
        self.count["attempts"] += 1
        self.messages["client"] += 1
        self.bytes["up"] += e["up_bytes"]
        self.bytes["context"] += e["context_bytes"]
        self.bytes["redundant"] += e["redundant_bytes"]
        self.bytes["client_peak"] = max(self.bytes["client_peak"], e["context_bytes"])
        self.duties["resends"] += e["redundant_bytes"] > 0
        self.duties["retries"] += e["attempt"] > 1

    def routed(self, e):
        self.count["attempts"] += e["nth"] > 1
        self.messages["backend"] += 1

    def refused(self, e):
        self.messages["backend"] += 1

    def replied(self, e):
        self.messages["backend"] += 1
        self.instances[e["instance"]]["requests"] += 1

    def returned(self, e):
        self.messages["client"] += 1
        self.bytes["down"] += e["down_bytes"]
        self.bytes["context"] += e["context_bytes"]
        self.bytes["client_peak"] = max(self.bytes["client_peak"], e["context_bytes"])
        if e["context_bytes"]:
            self.bringing.add(e["seq"])

    def connected(self, e):
        self.duties["reconnects"] += e["session"] in self.unplugged
        self.unplugged.discard(e["session"])

    def disconnected(self, e):
        if e["instance"]:
            self.unplugged.add(e["session"])

    def asked(self, e):
        self.between(e, e["peer"])

    def answered(self, e):
        self.between(e, e["peer"])

    def copying(self, e):
        self.between(e, e["from"])

    def between(self, e, other):
        whose = "replication" if other else "store"
        self.messages[whose] += 1
        self.bytes[whose] += e["bytes"]

    def checked(self, e):
        self.messages["health"] += 2

    def instance(self, e):
        one = self.instances.setdefault(e["instance"], {"requests": 0, "copies": {}})
        one["state"] = e["health"]
        if e["health"] not in RUNS:
            one["copies"].clear()

    def stored(self, e):
        self.duties["stores"] += e["place"] == "client"
        if isinstance(e["place"], dict):
            self.instances[e["place"]["instance"]]["copies"][e["session"], e["login"]] = e["bytes"]

    def dropped(self, e):
        if isinstance(e["place"], dict):
            self.instances[e["place"]["instance"]]["copies"].pop((e["session"], e["login"]), None)

    def report(self, end_ns):
        """The figures, laid out as in the report."""
        self.integral_ns += len(self.open) * (end_ns - self.since_ns)
        self.sum_ns += sum(end_ns - at for at in self.open.values())
        ended, useful, seconds = self.count["ended"], self.count["useful"], end_ns / 1e9
        verdicts = Counter(self.sessions.values())
        up = self.bytes["up"]
        return {
            "requests": {
                "issued": ended + len(self.open), "ended": ended, "in_flight": len(self.open),
                **{name: self.count[name] for name in ("attempts", "logins", "followups", "followups_lost")},
                "outcomes": self.outcomes,
            },
            "sessions": {
                "created": len(self.sessions), **{v: verdicts[v] for v in ("completed", "lost", "abandoned", "active")},
                "relogins": self.count["relogins"], "acked_writes_lost": self.count["acked_writes_lost"],
            },
            "logouts": self.logouts,
            "replays": self.replays,
            "duties": {name: self.duties[name] for name in DUTIES},
            "latency_ms": {"mean": self.latency_ns / useful / 1e6 if useful else None},
            "throughput_per_s": useful / seconds,
            "bytes": {**self.bytes, "redundant_ratio": self.bytes["redundant"] / up if up else None},
            "messages": self.messages,
            "instances": [
                {"id": id, "state": one["state"], "requests": one["requests"], "sessions": len(one["copies"]),
                 "state_bytes": sum(one["copies"].values())}
                for id, one in sorted(self.instances.items())
            ],
            "little": {"integral_ns": self.integral_ns, "sum_ns": self.sum_ns, "ended_empty": not self.open},
            "events": {"count": self.count["events"]},
        }


class Records:
    """Events as 64 bytes, laid out as the documentation says."""

    SPANS = {"year": 31_557_600e9, "month": 2_630_016e9, "day": 86_400e9, "h": 3600e9, "m": 60e9, "s": 1e9,
             "ms": 1e6, "us": 1e3, "ns": 1}

    def __init__(self, page):
        self.words, self.layout, self.verbs, kind = {}, {}, {}, None
        for line in page.splitlines():
            if m := re.match(r"### `(\w+)`", line):
                kind = m[1]
            elif m := re.match(r"Record: tag (\d+)(.*)\.$", line):
                self.layout[kind] = int(m[1]), re.findall(r"([xyzabcd]) = ([^;]+)", m[2])
            elif m := re.match(r"- `(\w+)`: ([a-z_-]+(?:, [a-z_-]+)+)$", line):
                self.words[m[1]] = m[2].split(", ")
            elif m := re.match(r"- `(\w+)`: x = (\d+)", line):
                self.verbs[m[1]] = int(m[2])

    def value(self, e, name):
        value = e[name]
        if isinstance(value, float):
            return bits(value)
        if name == "place":
            place = {"client": 1, "store": 2, "replica": 3, "disk": 4}
            return 0x10000 | value["instance"] if isinstance(value, dict) else place[value]
        return self.words[name].index(value) if isinstance(value, str) else int(value)

    def of(self, e):
        tag, places = self.layout[e["kind"]]
        at = dict.fromkeys("xyzabcd", 0)
        if "command" in e:
            at.update(self.command(e["command"].split()))
        for place, text in places:
            exponents = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
            for name, shift in re.findall(r"`(\w+)`(?:[^+×]*× 2([⁰-⁹¹²³]+))?", text):
                at[place] |= self.value(e, name) << int(shift.translate(exponents) or 0)
        return struct.pack("<QQQBBHIQQQQ", e["at_ns"], e["seq"], e["cause"], tag, *at.values())

    def command(self, words):
        verb, *rest = words
        at = {"x": self.verbs[verb]}
        if verb == "policy":
            at["a"] = self.words["policy"].index(rest[0])
        elif verb == "redispatch":
            at["a"] = int(rest[0] == "on")
        elif verb in ("logout", "replay"):
            named = rest[0] in self.words["name"]
            at["a"] = self.words["name"].index(rest[0]) + 1 if named else int(rest[0])
            at["b"] = int(named)
            at["y"] = int("old" in rest)
        elif rest and rest[0].isdigit():
            at["y"] = int(rest[0])
        if verb in ("slow", "burst"):
            at["a"] = bits(float(next(word for word in rest if word[0] == "x")[1:]))
        if verb == "burst":
            parts = re.findall(r"(\d+)(year|month|day|ms|us|ns|h|m|s)", rest[1])
            at["b"] = int(sum(int(n) * self.SPANS[unit] for n, unit in parts))
        return at


def bits(number):
    return struct.unpack("<Q", struct.pack("<d", number))[0]


def differences(ours, theirs, path=""):
    """Every place where what we computed is not what is reported."""
    if isinstance(ours, dict):
        for name, value in ours.items():
            yield from differences(value, theirs.get(name), f"{path}.{name}" if path else name)
    elif isinstance(ours, list):
        if len(ours) != len(theirs):
            yield f"{path}: {len(ours)} here, {len(theirs)} in the report"
        for i, (a, b) in enumerate(zip(ours, theirs)):
            yield from differences(a, b, f"{path}[{i}]")
    elif isinstance(ours, float) and isinstance(theirs, float):
        if abs(ours - theirs) > 1e-9 * abs(ours):
            yield f"{path}: {ours} here, {theirs} in the report"
    elif ours != theirs:
        yield f"{path}: {ours} here, {theirs} in the report"


def main(log, report):
    theirs = json.loads(Path(report).read_text(encoding="utf-8"))
    page = Path(__file__).resolve().parent.parent / "event-log.md"
    records, figures, digest = Records(page.read_text(encoding="utf-8")), Figures(), hashlib.sha256()
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            figures.take(event)
            digest.update(records.of(event))
    ours = figures.report(round(theirs["duration_s"] * 1e9))
    ours["events"]["sha256"] = digest.hexdigest()
    wrong = list(differences(ours, theirs))
    print("\n".join(wrong) or f"{figures.count['events']} events give the figures of the report, and its hash")
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
