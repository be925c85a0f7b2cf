"""Transport of electrons and photons through voxels."""
