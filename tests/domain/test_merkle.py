"""The Merkle tree against the definition, a library of others, and proofs that must not pass."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from app.domain.merkle import EMPTY_ROOT, Frontier, Tree, extends, includes, node_hash

SIZES = [*range(18), 31, 32, 33, 100, 127, 128, 129]


def entries(size: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(size)]


def leaves_of(size: int) -> list[bytes]:
    return [hashlib.sha256(b"\x00" + entry).digest() for entry in entries(size)]


def root_by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(root_by_definition(leaves[:split]), root_by_definition(leaves[split:]))


def grown(leaves: list[bytes]) -> Frontier:
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier


@pytest.mark.parametrize("size", SIZES)
def test_all_ways_to_the_root_agree(size):
    leaves, library = leaves_of(size), InmemoryTree(algorithm="sha256")
    for entry in entries(size):
        library.append_entry(entry)
    expected = root_by_definition(leaves)
    assert Tree(leaves).root() == grown(leaves).root() == expected
    if size:
        assert library.get_root() == expected
    else:
        assert expected == EMPTY_ROOT


@pytest.mark.parametrize("size", SIZES)
def test_every_inclusion_proof_is_the_librarys_and_holds(size):
    leaves, library = leaves_of(size), InmemoryTree(algorithm="sha256")
    for entry in entries(size):
        library.append_entry(entry)
    tree = Tree(leaves)
    for index, leaf in enumerate(leaves):
        path = tree.inclusion(index)
        theirs = library.prove_inclusion(index + 1).serialize()["path"]
        assert path == [bytes.fromhex(step) for step in theirs[1:]]
        assert includes(tree.root(), size, leaf=leaf, index=index, path=path)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 13, 16, 33])
def test_every_consistency_proof_holds_and_only_for_its_own_trees(size):
    leaves = leaves_of(size)
    tree = Tree(leaves)
    for first in range(size + 1):
        old, path = Tree(leaves[:first]), tree.consistency(first)
        assert extends(old.root(), first, tree.root(), size, path=path)
        other = hashlib.sha256(b"another root").digest()
        assert not extends(other, first, tree.root(), size, path=path)
        if first:
            assert first == size or not extends(old.root(), first, other, size, path=path)
            assert not extends(old.root(), first, tree.root(), size, path=[*path, other])
            assert not path or not extends(old.root(), first, tree.root(), size, path=path[:-1])


def test_refuses_what_no_tree_has():
    tree = Tree(leaves_of(5))
    for index in (-1, 5):
        with pytest.raises(ValueError, match="no such leaf"):
            tree.inclusion(index)
        with pytest.raises(ValueError, match="never of that size"):
            tree.consistency(index if index < 0 else 6)
        assert not includes(tree.root(), 5, leaf=leaves_of(5)[0], index=index, path=[])
    with pytest.raises(ValueError, match="one hash for each bit"):
        Frontier(3, [EMPTY_ROOT])
    assert not extends(tree.root(), 6, tree.root(), 5, path=[])


@given(st.integers(1, 300), st.data())
@settings(max_examples=150, deadline=None)
def test_an_altered_inclusion_proof_never_passes(size, data):
    leaves = leaves_of(size)
    tree, index = Tree(leaves), data.draw(st.integers(0, size - 1))
    path, leaf = tree.inclusion(index), leaves[index]
    flipped = bytes([leaf[0] ^ 1]) + leaf[1:]
    altered = [(flipped, index, path), (leaf, index, [*path, flipped])]
    altered += [(leaf, other, path) for other in {index ^ 1, index + 1, index - 1}]
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        altered.append((leaf, index, path[:place] + path[place + 1 :]))
        altered.append((leaf, index, [*path[:place], flipped, *path[place + 1 :]]))
    assert includes(tree.root(), size, leaf=leaf, index=index, path=path)
    for other_leaf, other_index, other_path in altered:
        given_ = {"leaf": other_leaf, "index": other_index, "path": other_path}
        assert not includes(tree.root(), size, **given_), given_


@given(st.lists(st.integers(0, 40), max_size=8))
@settings(max_examples=100, deadline=None)
def test_growing_in_batches_by_the_frontier_gives_trees_that_extend_each_other(batches):
    leaves = leaves_of(sum(batches))
    frontier, roots = Frontier(), [(0, EMPTY_ROOT)]
    for batch in batches:
        frontier = Frontier.from_bytes(frontier.size, frontier.to_bytes())
        for leaf in leaves[frontier.size : frontier.size + batch]:
            frontier.append(leaf)
        roots.append((frontier.size, frontier.root()))
    for first, first_root in roots:
        for second, second_root in roots:
            if first <= second:
                path = Tree(leaves[:second]).consistency(first)
                assert extends(first_root, first, second_root, second, path=path)
