#!/bin/sh
# Four shards, two at a time, by GNU parallel; then: statelab merge part-*.json --format text
# On several machines: add --sshlogin one,two --return part-{}.json, and have statelab on their PATH.
parallel --jobs 2 statelab compare cart --runs 100 --quiet --jobs 1 --shard {}/4 --out part-{}.json ::: 1 2 3 4
