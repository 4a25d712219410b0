"""What the verb ``evaluate`` is asked: which model is measured by which benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.planning.machine import num_cores
from training.specs.base import Part, Spec, option
from training.specs.optimization import Precision
from training.specs.passkey import PasskeyPart
from training.specs.prompting import PromptPart
from training.specs.score import ScoreDevice, resolved_device


class Contaminated(StrEnum):
    """What becomes of items that stand in the texts that the model was trained on."""

    REFUSE = "refuse"
    DROP = "drop"
    MARK = "mark"


class ContaminationPart(Part):
    """Items are looked for in what the model was trained on, before anything is scored."""

    items: Contaminated = option(
        Contaminated.REFUSE,
        title="Items in the training texts",
        help="refuse: nothing is scored, and the share is told; drop: they are left out of every "
        "figure; mark: they are scored, and every figure says that it is contaminated.",
    )
    ngram_words: int = option(
        13, title="Words of a run", ge=5, le=50, unit="words", group="advanced",
        help="A question is found by any run of so many words that a training text shares with "
        "it; a shorter one as a whole.",
    )  # fmt: skip
    least_words: int = option(
        8, title="Least words", ge=3, le=50, unit="words", group="advanced",
        help="A shorter question is looked for together with its answer; when that is too short "
        "too, nobody can tell, and its number is told.",
    )  # fmt: skip

    def problems(self) -> Iterator[Problem]:
        """Short items are shorter than a run."""
        if self.least_words > self.ngram_words:
            yield Problem(
                "least_words",
                "is more than a run has words",
                got=str(self.least_words),
                expected=f"at most {self.ngram_words}",
                fix=(("least_words", self.ngram_words),),
            )


class EvaluateSpec(Spec):
    """Measure a model or a checkpoint by a benchmark, by passkeys, or by both."""

    verb = "evaluate"

    model: str = option(
        title="Model",
        help="Output folder of a train, import or export job, or a checkpoint of a run.",
        artifact="model",
        min_length=1,
    )
    benchmark: str = option(
        "", title="Benchmark", help="Output folder of a benchmark job.", artifact="benchmark"
    )
    prompt: PromptPart = option(
        factory=PromptPart,
        title="Prompt",
        help="How items are put to the model.",
        shown_if=("benchmark",),
    )
    contamination: ContaminationPart = option(
        factory=ContaminationPart,
        title="Contamination",
        help="What becomes of items that the model has read.",
        shown_if=("benchmark",),
    )
    passkey: PasskeyPart = option(
        factory=PasskeyPart, title="Passkey recall", help="A number to be found in a long text."
    )
    device: ScoreDevice = option(
        ScoreDevice.AUTO, title="Device", help="auto takes the GPU where there is one."
    )
    precision: Precision = option(
        Precision.FP32,
        title="Precision",
        help="fp32 is exact; bf16 is quicker where the machine has it, and moves figures in the "
        "third digit.",
        group="advanced",
    )
    batch_tokens: int = option(
        0, title="Batch", ge=0, le=10_000_000, unit="tokens", group="advanced",
        help="Read at once, padding counted; 0 takes 4,096 on a processor, 32,768 on a GPU.",
    )  # fmt: skip
    num_threads: int = option(
        0, title="Threads", help="0 takes the cores.", ge=0, le=1024, group="advanced"
    )

    def problems(self) -> Iterator[Problem]:
        """Something to measure by."""
        if not self.benchmark and not self.passkey.is_on:
            yield Problem(
                "benchmark",
                "there is nothing to measure by",
                got="no benchmark, and no passkeys",
                expected="a benchmark, or passkey.is_on",
                hint="Make a benchmark of a file of questions first.",
            )

    def resolve(self) -> EvaluateSpec:
        """Choose device, precision, batch and threads."""
        device = resolved_device(self.device)
        precision = self.precision
        if precision == Precision.AUTO:
            precision = Precision.BF16 if device == ScoreDevice.CUDA else Precision.FP32
        batch = self.batch_tokens or (32_768 if device == ScoreDevice.CUDA else 4_096)
        return self.replace(
            device=device,
            precision=precision,
            batch_tokens=batch,
            num_threads=self.num_threads or num_cores(),
        )
