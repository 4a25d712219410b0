"""A plan as lines of text, for the terminal and the log."""

from __future__ import annotations

from dataclasses import asdict

from training.planning.plan import Plan
from training.units import format_bytes, format_count, format_operations, format_seconds

Lines = list[tuple[str, str]]


def as_table(plan: Plan) -> str:
    """Sections of aligned name and value."""
    sections = {
        "Parameters": _parameters(plan),
        "Work": _work(plan),
        "Memory per process": _memory(plan),
        "Disk": _disk(plan),
        "Time": _time(plan),
    }
    width = max(len(name) for lines in sections.values() for name, _ in lines)
    parts = []
    for title, lines in sections.items():
        parts.append(title)
        parts += [f"  {name:<{width}}  {value:>14}" for name, value in lines]
    return "\n".join([*parts, plan.scaling.sentence, ""])


def _parameters(plan: Plan) -> Lines:
    count = plan.parameters
    assumed = " (vocabulary assumed)" if plan.is_vocab_assumed else ""
    return [
        (f"token embedding{assumed}", format_count(count.token_embedding)),
        ("position embedding", format_count(count.position_embedding)),
        ("attention", format_count(count.attention)),
        ("feed-forward", format_count(count.feedforward)),
        ("norms", format_count(count.norms)),
        ("head (0: shared)", format_count(count.head)),
        ("total", format_count(count.total)),
    ]


def _work(plan: Plan) -> Lines:
    return [
        ("tokens per step", format_count(plan.tokens_per_step)),
        ("tokens in all", format_count(plan.num_tokens)),
        ("forward, per token", format_operations(plan.flops.forward)),
        ("training, per token", format_operations(plan.flops.training)),
        ("training, in all", format_operations(plan.training_flops)),
        ("by the rule 6 N D", format_operations(plan.six_nd_flops)),
    ]


def _memory(plan: Plan) -> Lines:
    memory = plan.memory
    low, high = plan.rule_of_thumb_bytes
    return [
        ("weights", format_bytes(memory.weights)),
        ("bf16 copies of weights", format_bytes(memory.lowered_weights)),
        ("gradients", format_bytes(memory.gradients)),
        ("optimizer", format_bytes(memory.optimizer)),
        ("sum over processes", format_bytes(memory.reduction_buffer)),
        ("activations", format_bytes(memory.activations)),
        ("logits", format_bytes(memory.logits)),
        ("gaps between blocks of other sizes", format_bytes(memory.gaps)),
        ("copy while a checkpoint is written", format_bytes(memory.snapshot)),
        ("pages of the file it goes into", format_bytes(memory.written)),
        ("the process itself", format_bytes(memory.process)),
        ("total", format_bytes(memory.total)),
        (
            "rule of thumb, without activations",
            f"{format_bytes(low)} - {format_bytes(high)}",
        ),
        ("cache of a full context, generating", format_bytes(plan.kv_cache_bytes)),
    ]


def _disk(plan: Plan) -> Lines:
    disk = plan.disk
    return [
        ("one checkpoint", format_bytes(disk.checkpoint)),
        ("checkpoints kept", f"{disk.num_kept}"),
        ("model", format_bytes(disk.model)),
        ("in the end", format_bytes(disk.total)),
        ("at most", format_bytes(disk.peak)),
    ]


def _time(plan: Plan) -> Lines:
    source = "measured" if plan.time.is_measured else "guessed, not measured"
    lines = [
        ("device and precision", f"{plan.num_processes} x {plan.device}, {plan.precision}"),
        ("threads of a process", str(plan.num_threads)),
        (f"speed ({source})", f"{format_operations(plan.time.flops_per_second)}/s"),
        ("per step", format_seconds(plan.time.seconds_per_step)),
        ("tokens per second", format_count(plan.time.tokens_per_second)),
        ("in all", format_seconds(plan.time.seconds)),
    ]
    if plan.time.parts:
        lines += [
            (f"  of a step: {name}", format_seconds(seconds))
            for name, seconds in asdict(plan.time.parts).items()
        ]
    return [*lines, ("cost", f"{plan.cost:,.2f}")] if plan.cost else lines
