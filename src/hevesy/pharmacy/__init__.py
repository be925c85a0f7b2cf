"""From the generator to the syringe: pure rules and figures of the chain of custody."""

from hevesy.pharmacy.tlc_trace import TlcRegion, TlcTrace

__all__ = ["TlcRegion", "TlcTrace"]
