"""The best response of a course, with and without confirmation."""

from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.errors import TrialError

__all__ = ["ResponseRules", "best_response", "is_confirmed"]

STABLE = ("SD", "non-CR/non-PD")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRules:
    """What a protocol says of the best response.

    Parameters
    ----------
    confirm_days : int
        Least time from a response to its confirmation.
    min_stable_days : int
        Least time from the baseline until which a disease must be stable to be called so.
    max_not_evaluable : int
        Visits that could not be evaluated, allowed between a response and its confirmation.

    Raises
    ------
    TrialError
        A negative number.

    Examples
    --------
    >>> print(ResponseRules(confirm_days=28).as_text())
    confirmed 28 d or more later with at most 1 visit NE between; SD from 42 d after the baseline
    """

    confirm_days: int = 28
    min_stable_days: int = 42
    max_not_evaluable: int = 1

    def __post_init__(self) -> None:
        for value in (self.confirm_days, self.min_stable_days, self.max_not_evaluable):
            if value < 0:
                raise TrialError(
                    "a rule of the best response can't be negative",
                    got=value,
                    allowed="0 or more",
                    remedy="give the protocol's number",
                )

    def as_text(self) -> str:
        """Say the rule as it is printed beside a result."""
        visits = "visit" if self.max_not_evaluable == 1 else "visits"
        return (
            f"confirmed {self.confirm_days} d or more later with at most {self.max_not_evaluable} "
            f"{visits} NE between; SD from {self.min_stable_days} d after the baseline"
        )


def best_response(
    visits: Sequence[tuple[int, str]], rules: ResponseRules, *, confirmed: bool
) -> str:
    """Return the best response from the baseline up to the first progression.

    Parameters
    ----------
    visits : sequence of (int, str)
        Days since the baseline and overall responses, in order, the baseline left out.
    rules : ResponseRules
    confirmed : bool
        CR and PR count only if a later visit, far enough, is as good (CR for CR; CR or PR for PR)
        and none between is worse; NE between is allowed as the rules say.

    Returns
    -------
    str
        CR, PR, SD, non-CR/non-PD, PD or NE.

    References
    ----------
    Eisenhauer et al., Eur J Cancer 2009;45:228, section 4.6 and table 3.

    Examples
    --------
    >>> course = [(42, "PR"), (56, "PR"), (84, "SD")]
    >>> [best_response(course, ResponseRules(), confirmed=c) for c in (False, True)]
    ['PR', 'SD']
    """
    until: list[tuple[int, str]] = []
    progressed = False
    for day, response in visits:
        if response == "PD":
            progressed = True
            break
        until.append((day, response))
    for wanted, as_good in (("CR", ("CR",)), ("PR", ("PR", "CR"))):
        if confirmed:
            found = is_confirmed(until, as_good, rules)
        else:
            found = any(response == wanted for _, response in until)
        if found:
            return wanted
    stable = [
        response
        for day, response in until
        if response not in {"NE"} and day >= rules.min_stable_days
    ]
    if stable:
        only_nontarget = all(response not in {"SD", "PR"} for _, response in until) and any(
            response == "non-CR/non-PD" for _, response in until
        )
        return "non-CR/non-PD" if only_nontarget else "SD"
    return "PD" if progressed else "NE"


def is_confirmed(
    visits: Sequence[tuple[int, str]], as_good: Sequence[str], rules: ResponseRules
) -> bool:
    """Whether two of these visits are as good, far enough apart, and nothing between is worse.

    Parameters
    ----------
    visits : sequence of (int, str)
        Days and overall responses, in order.
    as_good : sequence of str
        The responses that count.
    rules : ResponseRules

    Returns
    -------
    bool

    Examples
    --------
    >>> is_confirmed([(28, "PR"), (56, "NE"), (84, "PR")], ("PR", "CR"), ResponseRules())
    True
    """
    for i, (day, response) in enumerate(visits):
        if response not in as_good:
            continue
        not_evaluable = 0
        for later, again in visits[i + 1 :]:
            if again in as_good:
                if later - day >= rules.confirm_days:
                    return True
            elif again == "NE":
                not_evaluable += 1
                if not_evaluable > rules.max_not_evaluable:
                    break
            else:
                break
    return False
