"""The cluster with Ciw: a node for each instance. Every eighth arrival of a Poisson stream goes to the same node, so that
the time between two of a node's is the sum of eight exponential ones: an Erlang distribution, which Ciw draws at once."""

import ciw
from cluster import INSTANCES, PER_S, REQUESTS, SERVICE_S, WORKERS, report

ciw.seed(7)
network = ciw.create_network(
    arrival_distributions=[ciw.dists.Erlang(PER_S, INSTANCES) for _ in range(INSTANCES)],
    service_distributions=[ciw.dists.Exponential(1 / SERVICE_S) for _ in range(INSTANCES)],
    number_of_servers=[WORKERS] * INSTANCES,
    routing=[[0.0] * INSTANCES for _ in range(INSTANCES)],
)
simulation = ciw.Simulation(network)
simulation.simulate_until_max_customers(REQUESTS, method="Finish")
report("Ciw", [record.exit_date - record.arrival_date for record in simulation.get_all_records()])
