"""Answers are kept while what they were made from does not change, and only so many."""

from __future__ import annotations

from ckanext.budget.core.versioned_cache import VersionedCache


def test_an_answer_is_made_once_per_version():
    cache: VersionedCache[str] = VersionedCache(2)
    made: list[str] = []

    def make(text: str) -> str:
        made.append(text)
        return text

    assert [cache.get("a", "1", lambda: make("first")) for _ in range(2)] == ["first"] * 2
    assert cache.get("a", "2", lambda: make("second")) == "second"
    assert made == ["first", "second"]


def test_a_full_cache_forgets_the_oldest_answer_only():
    cache: VersionedCache[int] = VersionedCache(2)
    for key in ("a", "b", "c"):
        cache.get(key, "1", lambda key=key: ord(key))
    made: list[str] = []
    for key in ("b", "c", "a"):
        cache.get(key, "1", lambda key=key: made.append(key) or 0)
    assert made == ["a"]


def test_answers_are_bounded_by_their_size_too():
    cache: VersionedCache[bytes] = VersionedCache(9, most=10, weigh=len)
    for key in ("a", "b", "c"):
        cache.get(key, "1", lambda: b"0000")
    made: list[str] = []

    def again(key: str) -> bytes:
        made.append(key)
        return b"0000"

    for key in ("b", "c"):
        cache.get(key, "1", lambda key=key: again(key))
    assert made == []
    assert len(cache.get("large", "1", lambda: b"0" * 11)) == 11
    cache.get("large", "1", lambda: again("large"))
    assert made == ["large"], "what is larger than all the room is not kept"
