"""Maximal cliques against their definition, and against NetworkX."""

from itertools import combinations

import numpy as np
import pytest

from passplan.schedule.cliques import cliques_of_intervals, lifted, maximal_cliques


def random_graph(rng, size, density):
    """Edges from lower to higher numbers, as two arrays."""
    pairs = np.array(list(combinations(range(size), 2)), dtype=np.intp).reshape(-1, 2)
    kept = pairs[rng.random(len(pairs)) < density]
    return kept[:, 0], kept[:, 1]


def by_definition(size, first, second):
    """Sets of two or more nodes, all joined, to which none can be added."""
    near = {(one, other) for one, other in zip(first.tolist(), second.tolist(), strict=True)}
    joined = {
        frozenset(nodes)
        for count in range(2, size + 1)
        for nodes in combinations(range(size), count)
        if all(pair in near for pair in combinations(nodes, 2))
    }
    return {nodes for nodes in joined if not any(nodes < other for other in joined)}


def as_sets(cliques):
    """Cliques as sets, after a check that none is there twice."""
    found = [frozenset(clique.tolist()) for clique in cliques]
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize("seed", range(60))
def test_small_graphs_by_definition(seed):
    """Definition: every maximal set of joined nodes, once."""
    rng = np.random.default_rng(seed)
    size = int(rng.integers(1, 10))
    edges = random_graph(rng, size, rng.uniform(0.1, 1.0))
    assert as_sets(maximal_cliques(size, *edges)) == by_definition(size, *edges)


@pytest.mark.parametrize("seed", range(10))
def test_large_graphs_against_networkx(seed):
    """Another library: networkx.find_cliques."""
    networkx = pytest.importorskip("networkx")
    rng = np.random.default_rng(seed)
    first, second = random_graph(rng, 70, rng.uniform(0.02, 0.5))
    graph = networkx.Graph(list(zip(first.tolist(), second.tolist(), strict=True)))
    expected = {frozenset(clique) for clique in networkx.find_cliques(graph)}
    assert as_sets(maximal_cliques(70, first, second)) == expected


@pytest.mark.parametrize("seed", range(60))
def test_intervals_against_the_graph_of_their_overlaps(seed):
    """Two routes: the sweep, and branching on the graph of the pairs that overlap; with many equal times."""
    rng = np.random.default_rng(seed)
    starts = np.sort(rng.integers(0, 60, 40)).astype(float)
    ends = starts + rng.integers(1, 25, 40)
    pairs = [(i, j) for i, j in combinations(range(40), 2) if starts[j] < ends[i]]
    first, second = np.array(pairs).T
    assert as_sets(cliques_of_intervals(starts, ends)) == as_sets(maximal_cliques(40, first, second))


def test_intervals_that_only_touch_do_not_overlap():
    """Limit: an interval holds its start, not its end."""
    assert cliques_of_intervals(np.array([0.0, 10.0, 20.0]), np.array([10.0, 20.0, 30.0])) == []
    assert cliques_of_intervals(np.array([0.0]), np.array([10.0])) == []
    assert as_sets(cliques_of_intervals(np.array([0.0, 10.0]), np.array([10.001, 20.0]))) == {frozenset({0, 1})}


@pytest.mark.parametrize("seed", range(40))
def test_widened_cliques_hold_the_old_and_stay_cliques(seed):
    """Property: all members clash or share a contact, nothing can be added, every old clique is inside one."""
    rng = np.random.default_rng(seed)
    size = 24
    first, second = random_graph(rng, size, rng.uniform(0.05, 0.6))
    contacts = rng.integers(0, 9, size)
    cliques = maximal_cliques(size, first, second)
    alike = {(i, j) for i, j in combinations(range(size), 2) if contacts[i] == contacts[j]}
    near = alike | set(zip(first.tolist(), second.tolist(), strict=True))
    wide = as_sets(lifted(cliques, contacts, first, second))
    for clique in wide:
        assert all(pair in near for pair in combinations(sorted(clique), 2))
        for other in set(range(size)) - clique:
            assert not all((min(node, other), max(node, other)) in near for node in clique)
    assert all(any(old <= clique for clique in wide) for old in as_sets(cliques))


def test_many_alternatives_of_many_contacts_stay_few_cliques():
    """Property: 60 contacts that overlap with 13 windows each give no more rows than windows."""
    rng = np.random.default_rng(5)
    starts = np.sort(rng.uniform(0.0, 600.0, 780))
    ends = starts + rng.uniform(60.0, 300.0, 780)
    contacts = rng.integers(0, 60, 780)
    pairs = [(i, j) for i, j in combinations(range(780), 2) if starts[j] < ends[i]]
    first, second = np.array(pairs).T
    assert 0 < len(lifted(cliques_of_intervals(starts, ends), contacts, first, second)) <= 780
