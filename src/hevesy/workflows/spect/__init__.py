"""`hevesy spect`: projections simulated, reconstructed and calibrated; what is asked for."""

__all__: list[str] = []
