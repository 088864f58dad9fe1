"""Ids of requests are UUIDs of version 7, as RFC 9562 writes them."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.requests.ids import is_id, new_id, uuid7


def test_the_example_of_the_rfc() -> None:
    """RFC 9562, appendix A.6: 0x17F22E279B0 ms, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F."""
    drawn = 0xCC3 << 64 | 0x18C4DC0C0C07398F
    assert str(uuid7(0x17F22E279B0, drawn.to_bytes(10))) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.integers(0, (1 << 48) - 1), st.binary(min_size=10, max_size=10))
def test_every_id_says_its_version_its_variant_and_its_moment(at_ms: int, drawn: bytes) -> None:
    made = uuid7(at_ms, drawn)
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == at_ms


def test_ids_sort_by_time_and_are_told_from_other_texts() -> None:
    assert str(uuid7(1, b"\xff" * 10)) < str(uuid7(2, b"\0" * 10))
    assert is_id(new_id())
    assert new_id() != new_id()
    one = new_id()
    version = len("req_01234567-0123-")
    of_version_4 = f"{one[:version]}4{one[version + 1 :]}"
    for text in ("", "req_", "req_1", one.upper(), one + "\n", of_version_4, "$ne"):
        assert not is_id(text), text
