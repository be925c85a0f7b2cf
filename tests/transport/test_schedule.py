"""Batches: every history is dealt out, a border's run is that run, thirty carry the result."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import InputError
from hevesy.transport import LEAST_BATCHES, batch_sizes, effective_batches, next_border
from hevesy.transport.schedule import LEAST_HISTORIES

COUNTS = st.integers(2 * LEAST_BATCHES, 2_000_000_000)


@given(COUNTS)
def test_every_history_is_in_a_batch(histories: int) -> None:
    sizes = batch_sizes(histories)
    assert sum(sizes) == histories
    assert min(sizes) >= 1
    assert len(sizes) >= LEAST_BATCHES


@given(COUNTS)
def test_thirty_batches_carry_the_result(histories: int) -> None:
    assert effective_batches(batch_sizes(histories)) >= 30


@given(COUNTS)
def test_a_run_that_stops_at_a_border_is_the_run_of_its_histories(histories: int) -> None:
    border = next_border(histories)
    assert histories <= border or histories < LEAST_HISTORIES
    assert border >= LEAST_HISTORIES
    assert next_border(border) == border
    longer = batch_sizes(4 * border)
    sizes = batch_sizes(border)
    assert longer[: len(sizes)] == sizes


@given(st.integers(1, 400))
def test_any_number_of_whole_batches_is_a_run(count: int) -> None:
    """What an interruption leaves: the first `count` batches."""
    longest = batch_sizes(500_000_000)
    kept = longest[: max(min(count, len(longest)), LEAST_BATCHES)]
    assert batch_sizes(sum(kept)) == kept


def test_too_few_histories_are_refused() -> None:
    with pytest.raises(InputError, match="too few histories"):
        batch_sizes(2 * LEAST_BATCHES - 1)
