"""The cluster with salabim: a component for each worker, which is passive while its instance's queue is empty. A component for
each request would be shorter to write, and some ten times as slow."""

import random
from collections import deque

import salabim
from cluster import INSTANCES, PER_S, REQUESTS, SERVICE_S, SESSIONS, WORKERS, report

draw, touched, latencies = random.Random(7), [0] * SESSIONS, []


class Worker(salabim.Component):
    def process(self, queue, idle):
        while True:
            while queue:
                issued = queue.popleft()
                yield self.hold(draw.expovariate(1 / SERVICE_S))
                latencies.append(env.now() - issued)
            idle.append(self)
            yield self.passivate()


class Source(salabim.Component):
    def process(self, instances):
        for i in range(REQUESTS):
            yield self.hold(draw.expovariate(PER_S))
            touched[draw.randrange(SESSIONS)] += 1
            queue, idle = instances[i % INSTANCES]
            queue.append(env.now())
            if idle:
                idle.pop().activate()


salabim.yieldless(False)
env = salabim.Environment(trace=False)
instances = [(deque(), []) for _ in range(INSTANCES)]
for queue, idle in instances * WORKERS:
    Worker(queue=queue, idle=idle)
Source(instances=instances)
env.run()
report("salabim", latencies)
