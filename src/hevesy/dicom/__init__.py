"""DICOM: the only room that imports pydicom and highdicom."""

__all__: list[str] = []
