"""The cluster with SimPy: a process for each request, and a resource for each instance."""

import random

import simpy
from cluster import INSTANCES, PER_S, REQUESTS, SERVICE_S, SESSIONS, WORKERS, report

draw, touched, latencies = random.Random(7), [0] * SESSIONS, []


def request(env, instance):
    issued = env.now
    touched[draw.randrange(SESSIONS)] += 1
    with instance.request() as worker:
        yield worker
        yield env.timeout(draw.expovariate(1 / SERVICE_S))
    latencies.append(env.now - issued)


def bring(env, instances):
    for i in range(REQUESTS):
        yield env.timeout(draw.expovariate(PER_S))
        env.process(request(env, instances[i % INSTANCES]))


env = simpy.Environment()
env.process(bring(env, [simpy.Resource(env, WORKERS) for _ in range(INSTANCES)]))
env.run()
report("SimPy", latencies)
