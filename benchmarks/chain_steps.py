"""Random steps of the chain, through the workflows that the commands call, beside the ledger."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

from tests.store import chain_protocol

from benchmarks.chain_ledger import (
    EARLY,
    LATE,
    START,
    Batch,
    Column,
    Ledger,
    Pool,
    at_time,
    to_start,
)
from hevesy.files.batch_record import parse_batch_file
from hevesy.pharmacy import InjectionPart, SyringeMeasurement
from hevesy.workflows.custody.dispensing import dispense, withdraw
from hevesy.workflows.custody.generators import elute, receive_generator
from hevesy.workflows.custody.injections import InjectionRequest, inject
from hevesy.workflows.custody.labelling import label_batch
from hevesy.workflows.custody.release import DECISIONS, add_test, decide, invalidate_test
from hevesy.workflows.custody.supply import VialReading, dispatch_vial, receive_vial

PASSPHRASE = "correct horse battery"
PEOPLE = chain_protocol.PEOPLE | {"mona": "monitor"}
RELATIVE = 0.03  # every reading's uncertainty, k = 1
RECORD = """
site = "Workshop"
{parts}
[[step]]
name = "reduction"
start = {begun}
end = {ended}
gas = "{gas}"
temperature_low_deg_c = 71.0
temperature_high_deg_c = 73.0
performed_by = "ada"
checked_by = "ben"
{vials}
"""
PART = """[[elution]]
name = "{name}"
volume = "{volume_ml!r} mL"
activity = "{bq!r} Bq"
measured = {at}
"""
VIAL = """[[vial]]
name = "{name}"
container = "10 mL vial"
volume = "{volume_ml!r} mL"
activity = "{bq!r} Bq"
uncertainty = "3 %"
measured = {at}
"""
Do = Callable[[], object]
Keep = Callable[[], None]


class Step:
    """A step: what is done, what the ledger then says, and whether the rules let it pass.

    `lawful` is None where it depends on a grace or a question that the model does not know.
    """

    def __init__(self, what: str, do: Do, keep: Keep, lawful: bool | None) -> None:
        self.what, self.do, self.keep, self.lawful = what, do, keep, lawful


class Steps:
    """Draws steps for one study."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.folder, self.random, self.now = folder, random, START
        self.ledger = Ledger()
        self.number = 0
        self.tests: dict[str, int] = {}  # how many results a batch had, whether they count or not

    def draw(self) -> Step:
        """Draw the next step, some minutes later, of those for which there is something."""
        self.now += timedelta(minutes=self.random.choice([0, 1, 3, 10, 25]))
        self.number += 1
        kinds = [
            self._generator, self._elute, self._elute, self._label, self._label, self._test,
            self._test, self._test, self._test, self._decide, self._decide, self._decide,
            self._invalidate, self._send, self._arrive, self._dispense, self._dispense,
            self._dispense, self._withdraw, self._inject, self._inject, *[self._forward] * 12,
        ]  # fmt: skip
        while True:
            step = self.random.choice(kinds)()
            if step is not None:
                return step

    def _some(self, names: dict[str, object] | dict[str, Pool] | dict[str, Batch]) -> str:
        return self.random.choice(sorted(names))

    def _user(self, usual: str) -> tuple[str, bool]:
        """Mostly who may; now and then a monitor, who may nothing."""
        user = "mona" if self.random.randrange(12) == 0 else usual
        return user, user != "mona"

    def _forward(self) -> Step | None:
        """The next step of a day on which all goes well: chance alone seldom gets to a patient."""
        batches = self.ledger.batches
        if not batches:
            return self._elute() if self.random.randrange(2) else self._label()
        newest = max(batches, key=lambda name: int(name[1:]))
        name = self.random.choice([newest, newest, newest, *sorted(batches)])
        batch = batches[name]
        missing = [test for test in EARLY if not batch.found(test)]
        if missing:
            return self._test(name, missing[0])
        if batch.state == "quarantine":
            return self._decide(name)
        waiting = sorted(set(self.ledger.syringes) - set(self.ledger.injected))
        if waiting and self.random.randrange(2):
            return self._inject(self.random.choice(waiting))
        return self._dispense(self.random.choice(batch.vials))

    def _generator(self) -> Step | None:
        ledger, name, now = self.ledger, f"G{self.number}", self.now
        if len(ledger.columns) > 1 or (ledger.columns and self.random.randrange(4)):
            return None
        parent_bq, daughter_bq = 37e9, self.random.choice([0.0, 30e9])
        user, may = self._user("ada")

        def do() -> object:
            return receive_generator(
                self.folder, name, user=user, site="Workshop", parent_bq=parent_bq,
                parent_relative_uncertainty=0.05, daughter_bq=daughter_bq, calibrated_at=now,
                lot="7",
            )  # fmt: skip

        def keep() -> None:
            ledger.columns[name] = Column(parent_bq, daughter_bq, now)

        return Step("generator", do, keep, may)

    def _elute(self) -> Step | None:
        ledger, name, now = self.ledger, f"E{self.number}", self.now
        if not ledger.columns:
            return None
        of = self._some(ledger.columns)  # type: ignore[arg-type]
        parent_bq, there_bq = ledger.columns[of].holds(now)
        share = self.random.choice([0.05, 0.6, 0.75, 0.85, 1.2])
        bq, user = share * there_bq, self._user("ada")

        def do() -> object:
            return elute(
                self.folder, name, generator=of, user=user[0], at=now, volume_ml=10.0,
                reading=VialReading(activity_bq=bq, relative_uncertainty=0.005, measured_at=now),
            )  # fmt: skip

        def keep() -> None:
            column = ledger.columns[of]
            column.parent_bq, column.daughter_bq = parent_bq, there_bq - bq
            column.at = column.eluted_at = now
            ledger.eluates[name] = Pool(10.0, to_start(bq, now), at=now)
            ledger.eluted += to_start(bq, now)

        again = ledger.columns[of].eluted_at == now
        return Step("elute", do, keep, user[1] and bq > 0 and 0.1 <= share <= 1 and not again)

    def _label(self) -> Step | None:
        ledger, name, now = self.ledger, f"B{self.number}", self.now
        if not ledger.eluates:
            return None
        names = sorted({self._some(ledger.eluates) for _ in range(2)})
        parts, used = [], 0.0
        lawful: bool | None = True
        for of in names:
            pool, part = ledger.eluates[of], self.random.choice([0.2, 0.5, 1.0, 1.3])
            taken = part * pool.bq_at_start
            parts.append((of, part * pool.volume_ml, taken))
            used += taken
            if part > 1:
                lawful = False
            if part == 1.0 or pool.volume_ml <= 0 or taken <= 0:
                lawful = None  # rounding decides whether that is all of it
        argon = self.random.randrange(4) == 0
        user = self._user("ada")
        held = [self.random.choice([0.2, 0.4]) * used for _ in range(self.random.choice([1, 2]))]
        vials = {f"V{self.number}-{n}": bq for n, bq in enumerate(held)}
        begun, ended = now - timedelta(minutes=30), now - timedelta(minutes=10)
        eluted = min(ledger.eluates[of].at for of in names)
        deviates = argon or ended - eluted > timedelta(hours=2)
        text = RECORD.format(
            parts="".join(
                PART.format(name=of, volume_ml=ml, bq=at_time(bq, now), at=now.isoformat())
                for of, ml, bq in parts
            ),
            vials="".join(
                VIAL.format(name=vial, volume_ml=5.0, bq=at_time(bq, now), at=now.isoformat())
                for vial, bq in vials.items()
            ),
            begun=begun.isoformat(), ended=ended.isoformat(), gas="argon" if argon else "CO",
        )  # fmt: skip

        def do() -> object:
            return label_batch(self.folder, name, parse_batch_file(text), user=user[0])

        def keep() -> None:
            for of, ml, bq in parts:
                ledger.eluates[of].volume_ml -= ml
                ledger.eluates[of].bq_at_start -= bq
            for vial, bq in vials.items():
                ledger.vials[vial] = Pool(5.0, bq, name)
            ledger.labelling += used - sum(held)
            ledger.batches[name] = Batch(
                ended, ended + timedelta(hours=8), deviates, {user[0], "ada"}, list(vials)
            )

        # a step before its elution is refused: such times are the workflow's own tests'
        return Step("label", do, keep, False if not user[1] or lawful is False else None)

    def _test(self, of: str = "", due: str = "") -> Step | None:
        ledger, now = self.ledger, self.now
        if not ledger.batches:
            return None
        name = of or self._some(ledger.batches)
        test = due or self.random.choice([*EARLY, LATE, LATE])
        passed = self.random.randrange(12 if due else 3) > 0
        user = self._user("cleo")
        number = {"pH": 6.0 if passed else 9.0, "radio-TLC": 85.0 if passed else 84.9}.get(test)
        words = None if number is not None else "no growth" if passed else "growth"
        batch = ledger.batches[name]
        made = f"{name}-Q{self._counted(name)}"

        def do() -> object:
            return add_test(
                self.folder, name, test, user=user[0], sampled_at=now, result_at=now,
                number=number, words=words,
            )  # fmt: skip

        def keep() -> None:
            batch.results.append((made, test, passed, user[0]))
            self.tests[name] = self._counted(name)

        return Step("test", do, keep, user[1])

    def _counted(self, name: str) -> int:
        return self.tests.get(name, 0) + 1

    def _invalidate(self) -> Step | None:
        ledger = self.ledger
        found = [(name, result) for name in sorted(ledger.batches)
                 for result in ledger.batches[name].results]  # fmt: skip
        if not found:
            return None
        name, result = self.random.choice(found)
        user = self.random.choice(["cleo", "dana", "mona"])

        def do() -> object:
            return invalidate_test(
                self.folder, result[0], user=user, passphrase=PASSPHRASE, reason="drift",
                expected_version=1,
            )  # fmt: skip

        def keep() -> None:
            batch = ledger.batches[name]
            batch.results.remove(result)
            batch.made_by.add(result[3])  # who tested stays who tested

        return Step("invalidate", do, keep, user == "dana")

    def _decide(self, of: str = "") -> Step | None:
        ledger, now = self.ledger, self.now
        if not ledger.batches:
            return None
        name = of or self._some(ledger.batches)
        word = "conditional" if of else self.random.choice(list(DECISIONS))
        user = self.random.choice(["dana"] * (8 if of else 2) + ["ada", "cleo", "mona"])
        reason = self.random.choice(["", "no harm", "no harm"])
        state, batch = DECISIONS[word].value, ledger.batches[name]

        def do() -> object:
            return decide(self.folder, name, word, user=user, passphrase=PASSPHRASE,
                          reason=reason, at=now)  # fmt: skip

        def keep() -> None:
            batch.state = state

        may = user != "mona" and batch.may_become(state, user, now, reason)
        return Step(f"decide {word}", do, keep, may)

    def _reading(self, bq: float) -> VialReading:
        return VialReading(activity_bq=bq, relative_uncertainty=RELATIVE, measured_at=self.now)

    def _send(self) -> Step | None:
        ledger, now = self.ledger, self.now
        if not ledger.vials:
            return None
        name = self._some(ledger.vials)
        pool, user = ledger.vials[name], self._user("yann")
        batch = ledger.batches[pool.batch]
        to = "Hospital" if pool.site == "Workshop" else "Workshop"
        bq = at_time(pool.bq_at_start, now)

        def do() -> object:
            return dispatch_vial(
                self.folder, name, user=user[0], to_site=to, at=now, reading=self._reading(bq),
                name=f"T{self.number}",
            )  # fmt: skip

        number = self.number

        def keep() -> None:
            pool.under_way, pool.site, batch.given_out = f"T{number}", to, True

        stays = batch.state in {"rejected", "recalled"} or batch.failed or pool.under_way
        late = now >= batch.expires_at
        lawful = None if bq <= 0 else True
        return Step("dispatch", do, keep, False if stays or late or not user[1] else lawful)

    def _arrive(self) -> Step | None:
        ledger, now = self.ledger, self.now
        sent = sorted(name for name, pool in ledger.vials.items() if pool.under_way)
        if not sent:
            return None
        pool, user = ledger.vials[self.random.choice(sent)], self._user("yann")
        bq, dispatch = at_time(pool.bq_at_start, now), pool.under_way

        def do() -> object:
            return receive_vial(
                self.folder, dispatch, user=user[0], at=now, reading=self._reading(bq)
            )

        def keep() -> None:
            pool.under_way = ""

        return Step("receive", do, keep, None if user[1] else False)

    def _taken(self, pool: Pool, small: bool = False) -> tuple[float, float, bool | None]:
        """Volume and activity of a draw, and whether the vial's books allow it."""
        volume_ml = self.random.choice([0.3, 1.0] if small else [0.3, 1.0, 2.0, 4.0])
        off = self.random.choice([0.8, 1.0] if small else [0.1, 0.8, 1.0, 1.0, 1.1])
        share = volume_ml / pool.volume_ml if pool.volume_ml > 0 else 2.0
        bq = off * share * pool.bq_at_start
        if pool.closed or volume_ml > pool.volume_ml * (1 + 1e-6) or off < 1 / 3:
            allowed: bool | None = False
            if pool.volume_ml <= 1e-6 or pool.bq_at_start <= 0:
                allowed = False if pool.closed or volume_ml > pool.volume_ml + 1e-6 else None
            return volume_ml, abs(bq), allowed
        clear = bq <= pool.bq_at_start and volume_ml < pool.volume_ml * (1 - 1e-6)
        return volume_ml, bq, True if clear else None

    def _dispense(self, of: str = "") -> Step | None:
        ledger, now, name = self.ledger, self.now, f"S{self.number}"
        if not ledger.vials:
            return None
        small, of = bool(of), of or self._some(ledger.vials)
        pool, user = ledger.vials[of], self._user("yann")
        batch = ledger.batches[pool.batch]
        volume_ml, bq, allowed = self._taken(pool, small)

        def do() -> object:
            return dispense(
                self.folder, name, vial=of, user=user[0], container="syringe", shield="W",
                volume_ml=volume_ml, reading=self._reading(at_time(bq, now)),
            )  # fmt: skip

        def keep() -> None:
            pool.volume_ml -= volume_ml
            pool.bq_at_start -= bq
            ledger.dispensed += bq
            ledger.syringes[name] = (pool.batch, bq, now)
            batch.given_out = True

        forbidden = not user[1] or not batch.usable(now) or bool(pool.under_way)
        return Step("dispense", do, keep, False if forbidden else allowed)

    def _withdraw(self) -> Step | None:
        ledger, now = self.ledger, self.now
        if not ledger.vials:
            return None
        of, user = self._some(ledger.vials), self._user("yann")
        pool = ledger.vials[of]
        purpose = self.random.choice(["sample", "sample", "waste", "residual"])
        volume_ml, bq, allowed = self._taken(pool)
        if purpose == "residual":
            volume_ml, bq = max(pool.volume_ml, 1e-3), abs(pool.bq_at_start)
            allowed = False if pool.closed else None

        def do() -> object:
            return withdraw(self.folder, of, user=user[0], purpose=purpose, volume_ml=volume_ml,
                            reading=self._reading(at_time(bq, now)))  # fmt: skip

        def keep() -> None:
            if purpose == "residual":  # what is left is measured, and stays left
                pool.closed = True
                return
            pool.volume_ml -= volume_ml
            pool.bq_at_start -= bq
            if purpose == "sample":
                ledger.samples += bq
            else:
                ledger.waste += bq

        return Step(f"withdraw {purpose}", do, keep, allowed if user[1] else False)

    def _inject(self, name: str = "") -> Step | None:
        ledger, now = self.ledger, self.now
        if not ledger.syringes:
            return None
        name = name or self._some(ledger.syringes)  # type: ignore[arg-type]
        of, full, _ = ledger.syringes[name]
        batch, user = ledger.batches[of], self._user("ines")
        left = self.random.choice([None, 0.1, 0.5, 1.1])
        begun, ended = now, now + timedelta(minutes=5)
        refluxes = self.random.choice([(0.0, 0.0), (0.0, 0.05)])
        residual = None if left is None else left * full
        patient = self.random.choice(["P1", "P1", "P1", "P2"])
        request = InjectionRequest(
            administration=f"A-{patient}", inclusion=f"{patient}-1", syringe=name,
            parts=tuple(
                InjectionPart(lesion=f"P1-{lesion}", share=share, needle_passes=1,
                              reflux_fraction=reflux)
                for lesion, share, reflux in zip("LM", (0.7, 0.3), refluxes, strict=True)
            ),
            before=SyringeMeasurement(activity_bq=at_time(full, now), measured_at=now),
            after=None if residual is None else SyringeMeasurement(
                activity_bq=at_time(residual, ended), measured_at=ended),
            started_at=begun, ended_at=ended, calibrator_uncertainty_fraction=RELATIVE,
        )  # fmt: skip
        self.now = ended

        def do() -> object:
            return inject(self.folder, request, user=user[0], confirmed=True)

        def keep() -> None:
            gone = full - (residual or 0.0)
            ledger.injected[name] = sum(
                gone * share * (1 - reflux)
                for share, reflux in zip((0.7, 0.3), refluxes, strict=True)
            )

        wrong = name in ledger.injected or patient == "P2" or left == 1.1 or not user[1]
        usable = batch.state in {"conditionally released", "released"} and not batch.failed
        out_of_rules = wrong or not usable or ended >= batch.expires_at
        return Step("inject", do, keep, not out_of_rules)
