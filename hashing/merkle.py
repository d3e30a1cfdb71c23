"""Merkle trees, inclusion and consistency proofs as RFC 9162 section 2.1 defines them, over SHA-256.

Says nothing about what a leaf means: callers hash their own leaf data.
"""

import hashlib
from collections.abc import Iterable, Sequence

from hashing.errors import WrongProof

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""Root of a tree without leaves (2.1.1)."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf's data: SHA-256(00 data) (2.1.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(01 left right) (2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that grows leaf by leaf and remembers only the roots of its complete subtrees: O(log n) memory."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf_hash: bytes) -> None:
        """Append one leaf, given by its hash of 32 bytes."""
        node = leaf_hash
        complete = self.size
        while complete & 1:
            node = node_hash(self._peaks.pop(), node)
            complete >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = node_hash(peak, node)
        return node


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over all the given leaf hashes."""
    tree = Tree()
    for leaf in leaf_hashes:
        tree.add(leaf)
    return tree.root()


def _refuse_odd(what: str, proof: Sequence[bytes]) -> None:
    """Every node is 32 bytes; other lengths would let one concatenation stand for another."""
    if any(len(node) != len(EMPTY_ROOT) for node in proof):
        raise WrongProof(what, "a node is not 32 bytes long")


def _span(leaf_hashes: Sequence[bytes], start: int, end: int) -> bytes:
    """MTH(D[start:end]), without copying the leaves."""
    return root_of(leaf_hashes[index] for index in range(start, end))


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int, size: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree of the first `size` leaves, leaf to root (2.1.3.1)."""
    if not 0 <= index < size <= len(leaf_hashes):
        raise WrongProof("inclusion", f"no leaf {index} in a tree of {size} out of {len(leaf_hashes)}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_span(leaf_hashes, middle, end))
            end = middle
        else:
            path.append(_span(leaf_hashes, start, middle))
            start = middle
    return path[::-1]


def check_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise WrongProof unless `proof` shows that leaf `index` of `size` leads to `root` (2.1.3.2)."""
    if not 0 <= index < size:
        raise WrongProof("inclusion", f"no leaf {index} in a tree of {size}")
    _refuse_odd("inclusion", [leaf_hash, *proof])
    position, last, node = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise WrongProof("inclusion", "too long")
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise WrongProof("inclusion", "too short")
    if node != root:
        raise WrongProof("inclusion", "leads to another root")


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int, new_size: int) -> list[bytes]:
    """The nodes that show the first `old_size` leaves to be a prefix of the first `new_size` (2.1.4.1)."""
    if not 0 <= old_size <= new_size <= len(leaf_hashes) or old_size == 0 < new_size:
        raise WrongProof("consistency", f"no trees of {old_size} and {new_size} out of {len(leaf_hashes)}")
    if old_size == new_size:
        return []
    nodes: list[bytes] = []
    start, end, whole = 0, new_size, True
    while old_size != end:
        middle = start + _split(end - start)
        if old_size <= middle:
            nodes.append(_span(leaf_hashes, middle, end))
            end = middle
        else:
            nodes.append(_span(leaf_hashes, start, middle))
            start, whole = middle, False
    if not whole:
        nodes.append(_span(leaf_hashes, start, end))
    return nodes[::-1]


def check_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise WrongProof unless `proof` shows the old tree to be a prefix of the new one (2.1.4.2).

    An empty old tree is a prefix of everything, so no proof shows anything about it: only sizes 0 and 0 pass.
    """
    if not 0 <= old_size <= new_size or old_size == 0 < new_size:
        raise WrongProof("consistency", f"a tree of {old_size} cannot have grown into one of {new_size}")
    if old_size == new_size:
        if proof or old_root != new_root or (old_size == 0 and old_root != EMPTY_ROOT):
            raise WrongProof("consistency", "two trees of one size are the same tree or not, without a proof")
        return
    if not proof:
        raise WrongProof("consistency", "too short")
    _refuse_odd("consistency", [old_root, *proof])
    nodes = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            raise WrongProof("consistency", "too long")
        if position & 1 or position == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, node)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise WrongProof("consistency", "too short")
    if old != old_root or new != new_root:
        raise WrongProof("consistency", "leads to other roots")
