"""The tables of a study's database, room by room of the chain."""

from hevesy.store.tables.identity import Account, Device, DeviceCheck, DeviceFactor, Site, Study
from hevesy.store.tables.pharmacy import (
    Batch,
    BatchComponent,
    BatchElution,
    BatchStep,
    Elution,
    Generator,
    QualityTest,
    ReleaseDecision,
)
from hevesy.store.tables.supply import Dispatch, Receipt, Syringe, Vial, Withdrawal
from hevesy.store.tables.trail import Audit, Job, Signature
from hevesy.store.tables.trial import (
    Administration,
    Dose,
    ExcretaSample,
    Inclusion,
    Injection,
    Lesion,
    Patient,
    RegionVolume,
    Result,
    Scan,
)

__all__ = [
    "Account",
    "Administration",
    "Audit",
    "Batch",
    "BatchComponent",
    "BatchElution",
    "BatchStep",
    "Device",
    "DeviceCheck",
    "DeviceFactor",
    "Dispatch",
    "Dose",
    "Elution",
    "ExcretaSample",
    "Generator",
    "Inclusion",
    "Injection",
    "Job",
    "Lesion",
    "Patient",
    "QualityTest",
    "Receipt",
    "RegionVolume",
    "ReleaseDecision",
    "Result",
    "Scan",
    "Signature",
    "Site",
    "Study",
    "Syringe",
    "Vial",
    "Withdrawal",
]
