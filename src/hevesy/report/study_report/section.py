"""What each section of a study report gets, and what it gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hevesy.report.study_report.material import StudyMaterial
from hevesy.report.study_report.traced import TracedTable
from hevesy.report.trial_figures import StudyFigure
from hevesy.trial.tables import StudyAnalysis, StudyTable

__all__ = ["ReportGiven", "Section"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportGiven:
    """What a section is made from.

    Parameters
    ----------
    material : StudyMaterial
    analysis : StudyAnalysis or None
        None where nobody was treated.
    tables : mapping of str to StudyTable
        Those of `hevesy.trial.tables`, by name.
    figures : mapping of str to StudyFigure
        Those of `hevesy.report.trial_figures`, by name.
    drawn : bool
        Sections draw their figures.
    png : bool
        Also as PNG.

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> sample_given().drawn
    False
    """

    material: StudyMaterial
    analysis: StudyAnalysis | None = None
    tables: Mapping[str, StudyTable] = field(default_factory=dict)
    figures: Mapping[str, StudyFigure] = field(default_factory=dict)
    drawn: bool = True
    png: bool = False

    def __post_init__(self) -> None:
        for name in ("tables", "figures"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of the report.

    Parameters
    ----------
    name, title : str
    says : tuple of str
        Sentences before its tables.
    tables : tuple of StudyTable or TracedTable
    figures : tuple of StudyFigure
    missing : str
        Why there is nothing, or not all; empty where nothing lacks.

    Examples
    --------
    >>> Section(name="dose", title="Dose", missing="no dose result is filed").tables
    ()
    """

    name: str
    title: str
    says: tuple[str, ...] = ()
    tables: tuple[StudyTable | TracedTable, ...] = ()
    figures: tuple[StudyFigure, ...] = ()
    missing: str = ""
