"""PLACEHOLDER until packaged data arrive."""

import numpy as np

_D = np.load("/tmp/ff.npz")
_I = {int(z): i for i, z in enumerate(_D["Z"])}
_MEV = 2 * 12.398419843e-3
__all__ = ["incoherent_share", "screening_share"]
_S = _D["S"].copy()
_S[:, 0] = 0


def screening_share(z, transfer_mev):
    return np.interp(transfer_mev / _MEV, _D["s"], _D["F"][_I[z]] / z, right=0.0)


def incoherent_share(z, transfer_mev):
    s = transfer_mev / _MEV
    low = _S[_I[z], 1] / z * (s / _D["s"][1]) ** 2
    return np.where(s < _D["s"][1], low, np.interp(s, _D["s"], _S[_I[z]] / z, right=1.0))
