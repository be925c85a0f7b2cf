"""What compiled kernels share: jit defaults, where machine code is kept, batches on threads."""

from hevesy.compiled.batches import reduce_batches, run_batches, thread_count
from hevesy.compiled.cache import cache_folder, kernel_sources, source_hash
from hevesy.compiled.jit import kernel

__all__ = [
    "cache_folder",
    "kernel",
    "kernel_sources",
    "reduce_batches",
    "run_batches",
    "source_hash",
    "thread_count",
]
