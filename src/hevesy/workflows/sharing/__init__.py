"""`hevesy trial share`: a de-identified copy of a study's rows and images."""
