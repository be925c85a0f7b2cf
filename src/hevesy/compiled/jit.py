"""The one place for jit defaults."""

from collections.abc import Callable
from typing import Any

from hevesy.compiled.cache import cache_folder
from hevesy.errors import InputError

__all__ = ["kernel"]


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function on its first call, with the house's defaults.

    No lock on other threads (``nogil``), no reordering of arithmetic (no ``fastmath``), no hidden
    threads (no ``parallel``), division by zero gives infinity as in numpy, machine code kept in
    `cache_folder`. Signatures are lazy: a read-only array compiles a variant of its own. The
    Python reading is the result's ``py_func``.

    Parameters
    ----------
    function : callable
        Takes scalars and C-contiguous arrays; raises nothing. Its file's name must end in
        ``kernels.py``, for the cache's name is made of these files.

    Returns
    -------
    callable
        numba's dispatcher.

    Raises
    ------
    InputError
        The function stands in a file with another name.

    Examples
    --------
    >>> from hevesy.timeactivity import _kernels
    >>> _kernels.fit_batch.targetoptions["nogil"]
    True
    """
    import numba

    source = function.__code__.co_filename
    if not source.endswith("kernels.py"):
        raise InputError(
            "a kernel stands in a file that the cache's name does not cover",
            got=function.__module__,
            allowed="files whose name ends in kernels.py",
            remedy="move the kernel to such a file",
        )
    folder = cache_folder()
    options: dict[str, Any] = {
        "nogil": True,
        "fastmath": False,
        "parallel": False,
        "error_model": "numpy",
    }
    if folder is None:
        return numba.njit(**options)(function)
    # numba asks for its folder while it decorates; other libraries' kernels keep their own.
    config: Any = numba.config
    before = config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        return numba.njit(cache=True, **options)(function)
    finally:
        config.CACHE_DIR = before
