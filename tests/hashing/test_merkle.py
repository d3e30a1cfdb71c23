"""Merkle trees and proofs: the published vectors, and every small tree against the recursive definition."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashing import merkle
from hashing.errors import WrongProof

VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "merkle"
needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason="the shared test data are not here")


def by_definition(leaves):
    """RFC 9162 section 2.1.1, word by word."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


def leaves_of(count):
    return [merkle.leaf_hash(str(number).encode()) for number in range(count)]


def vectors(kind):
    return [json.loads(path.read_text()) | {"from": str(path)} for path in sorted((VECTORS / kind).rglob("*.json"))]


def decoded(vector, *names):
    return [base64.b64decode(vector[name] or "") for name in names]


def proof_of(vector):
    return [base64.b64decode(node) for node in vector["proof"] or []]


@needs_vectors
def test_inclusion_vectors():
    tried = vectors("inclusion")
    assert len(tried) > 90
    for vector in tried:
        root, leaf = decoded(vector, "root", "leafHash")
        refused = False
        try:
            merkle.check_inclusion(leaf, vector["leafIdx"], vector["treeSize"], proof_of(vector), root)
        except WrongProof:
            refused = True
        assert refused == vector["wantErr"], vector["from"]


@needs_vectors
def test_consistency_vectors():
    tried = vectors("consistency")
    assert len(tried) > 90
    for vector in tried:
        old, new = decoded(vector, "root1", "root2")
        refused = False
        try:
            merkle.check_consistency(vector["size1"], vector["size2"], old, new, proof_of(vector))
        except WrongProof:
            refused = True
        assert refused == vector["wantErr"], vector["from"]


def test_roots_are_those_of_the_definition():
    tree = merkle.Tree()
    for size in range(70):
        assert tree.size == size
        assert tree.root() == by_definition(leaves_of(size)) == merkle.root_of(leaves_of(size))
        tree.add(leaves_of(size + 1)[size])


def test_every_inclusion_proof_of_small_trees_holds_and_only_there():
    leaves = leaves_of(20)
    for size in range(1, 21):
        root = merkle.root_of(leaves[:size])
        for index in range(size):
            proof = merkle.inclusion_proof(leaves, index, size)
            merkle.check_inclusion(leaves[index], index, size, proof, root)
            for other in range(size):
                if other != index:
                    with pytest.raises(WrongProof):
                        merkle.check_inclusion(leaves[index], other, size, proof, root)


def test_every_consistency_proof_of_small_trees_holds():
    leaves = leaves_of(20)
    for new in range(21):
        for old in range(min(1, new), new + 1):
            proof = merkle.consistency_proof(leaves, old, new)
            merkle.check_consistency(old, new, merkle.root_of(leaves[:old]), merkle.root_of(leaves[:new]), proof)


@given(st.integers(1, 200), st.data())
def test_a_changed_old_leaf_is_noticed(new, data):
    old = data.draw(st.integers(1, new))
    changed = data.draw(st.integers(0, old - 1))
    leaves = leaves_of(new)
    rewritten = [*leaves[:changed], merkle.leaf_hash(b"other"), *leaves[changed + 1 :]]
    proof = merkle.consistency_proof(rewritten, old, new)
    with pytest.raises(WrongProof):
        merkle.check_consistency(old, new, merkle.root_of(leaves[:old]), merkle.root_of(rewritten), proof)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (0, 4), (1, 1)])
def test_no_proof_for_what_is_not_there(index, size):
    with pytest.raises(WrongProof):
        merkle.inclusion_proof(leaves_of(3), index, size)


@pytest.mark.parametrize(("old", "new"), [(-1, 3), (2, 1), (1, 4), (0, 1), (-1, -1)])
def test_no_consistency_of_impossible_sizes(old, new):
    with pytest.raises(WrongProof):
        merkle.consistency_proof(leaves_of(3), old, new)
    with pytest.raises(WrongProof):
        merkle.check_consistency(old, new, merkle.EMPTY_ROOT, merkle.EMPTY_ROOT, [])


def test_nodes_of_another_length_are_refused():
    leaves = leaves_of(2)
    joined = leaves[0] + leaves[1]
    with pytest.raises(WrongProof):
        merkle.check_inclusion(joined[:31], 0, 2, [joined[31:]], merkle.root_of(leaves))


def test_memory_is_logarithmic():
    tree = merkle.Tree()
    for leaf in leaves_of(5000):
        tree.add(leaf)
    assert len(tree._peaks) <= 13
