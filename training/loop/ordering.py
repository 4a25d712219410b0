"""The stored order of a run and its course along it: made once, lengthened when a run goes back."""

from __future__ import annotations

from dataclasses import replace

from training.errors import SpecError
from training.folder.artifact import load_manifest
from training.folder.job import Job
from training.parallel.reduce import reduce_sums
from training.parallel.world import World
from training.planning.course import Course, course_of
from training.specs.train import TrainSpec
from training.tokens.enough import batch_problem
from training.tokens.mixture import row_weights
from training.tokens.order import (
    ORDER_INFO_FILE,
    RowIds,
    make_order,
    read_order,
    replace_order,
    write_order,
)
from training.tokens.rows import AnyRows


def stored_order(spec: TrainSpec, job: Job, world: World, rows: AnyRows) -> tuple[RowIds, Course]:
    """The run's order: read when it is stored, else made (rank 0 stores it).

    DataError when it is stored and of another token store; SpecError when it is to be made and a
    text has fewer rows than one batch. Of examples, which are often few, that is allowed.
    """
    folder, tokens = job.folder.root, load_manifest(rows.store.folder).id
    if (folder / ORDER_INFO_FILE).exists():
        order, info = read_order(folder)
        info.require_tokens(tokens, len(rows), rows.layout)
        return order, course_of(spec.batch_size, spec.batch_ramp, info.left_out)
    problem = batch_problem(spec.batch_size, len(rows), spec.num_processes)
    if problem is not None and not rows.store.info.has_loss_mask:
        raise SpecError([problem])
    if unknown := sorted(set(spec.source_weights) - set(rows.store.info.sources)):
        job.warn(f"source_weights: the tokens hold no source {', '.join(unknown[:5])}.")
    sources = {**rows.store.info.weights, **spec.source_weights}
    weights = row_weights(rows, sources)
    course = course_of(spec.batch_size, spec.batch_ramp)
    order = make_order(len(rows), course.places(spec.num_steps).stop, spec.seed, weights)
    if world.is_main:
        told = sources if weights is not None else {}
        write_order(
            folder,
            order,
            num_rows=len(rows),
            seed=spec.seed,
            tokens=tokens,
            weights=told,
            layout=rows.layout,
        )
    return order, course


def store_course(spec: TrainSpec, job: Job, world: World, rows: AnyRows, course: Course) -> None:
    """From now on the run follows ``course``, and so does whoever resumes it. Collective.

    The order becomes as long as the course needs; an order begins like every shorter one.
    """
    if world.is_main:
        _, info = read_order(job.folder.root)
        weights = row_weights(rows, info.weights) if info.weights else None
        order = make_order(len(rows), course.places(spec.num_steps).stop, spec.seed, weights)
        left_out = course.left_out_data()
        told = replace(info, num_needed_rows=len(order), left_out=left_out)
        replace_order(job.folder.root, order, told)
    # Nobody may read it before it is written.
    reduce_sums([0.0], world)
