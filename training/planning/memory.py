"""Memory of one process of data-parallel training, in bytes, part by part.

Weights, gradients and AdamW's two moments are fp32 (mixed precision keeps fp32 weights and makes
copies in bf16 or fp16 under autocast). Activations are what this project's own blocks keep for the
backward pass, counted tensor by tensor; tests hold the count equal to what autograd saves.
Korthikanti 2022 does the same for another block.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from training.planning.disentangled import disentangled_bytes
from training.planning.flops import num_distances, num_passes, num_terms
from training.planning.optimizer_state import state_bytes
from training.planning.params import count_parameters
from training.planning.trained import Trained, all_of, lora_sides
from training.specs.encoder_parts import Head
from training.specs.model import ModelSpec
from training.specs.model_choices import BlockOrder, FeedForward, Norm, Position
from training.specs.optimization import OptimizerKind, Recomputation

FP32_BYTES = 4
HALF_BYTES = 2
_ID_BYTES = 8

#: The loss holds logits of a piece of the tokens at a time (``training.objectives.cross_entropy``):
#: on a CPU what stays near the cache (2^19 to 2^23 were measured), on a GPU what keeps it busy.
PIECE_LOGITS = {"cpu": 2**21, "cuda": 2**26}
_MIN_PIECE_TOKENS = 64

#: In bf16 on a CPU attention over fewer tokens is computed in fp32, over more in tiles.
FEWEST_TILED_TOKENS = 96

#: A process that has made a step of nothing and loaded what its end needs, transformers included
#: (x86-64, torch 2.13, CPU build); ``calibrate`` measures it.
PROCESS_BYTES = 425_000_000
#: What numba and compiled kernels take on top, and what peft does, where a run uses them.
KERNEL_BYTES = 130_000_000
ADAPTER_BYTES = 15_000_000
#: Gaps of the heap as a share of the activations, by measurement: whole rows and packed documents,
#: 1 M to 13 M parameters, fp32 and bf16, gave 0.4 to 0.7; LoRA on whole rows 0.75.
_GAPS, _GAPS_OF_ADAPTERS, _GAPS_OF_DOCUMENTS = 0.5, 0.75, 2.0

#: Rule of thumb shown beside the exact count: bytes per parameter for weights, gradients and
#: optimizer, from 8 (bf16 weights and gradients, 8-bit moments) to 16 (Rajbhandari 2020, ZeRO).
RULE_OF_THUMB_BYTES = (8, 16)


@dataclass(frozen=True)
class MemoryPlan:
    """Bytes of the first process at its peak: a forward pass ends while a checkpoint is written.

    On a GPU those of the device: ``snapshot``, ``written`` and ``process`` are in the host's memory
    and 0 here. ``written`` are pages of the checkpoint's file, which is mapped while it is written:
    they count as resident, and the kernel takes them back when memory is short.
    """

    weights: int
    gradients: int
    optimizer: int
    lowered_weights: int
    reduction_buffer: int
    activations: int
    logits: int
    gaps: int = 0
    snapshot: int = 0
    written: int = 0
    process: int = 0

    @property
    def total(self) -> int:
        """All parts."""
        return sum(asdict(self).values())


@dataclass(frozen=True)
class Shape:
    """What one forward pass sees. ``has_mixing_matrix``: attention dropout on CPU writes it out.

    ``keeps_documents_apart``: the pieces that attend differ in length from row to row.
    """

    micro_batch_size: int
    sequence_length: int
    device: str = "cpu"
    is_half: bool = False
    num_processes: int = 1
    has_mixing_matrix: bool = False
    keeps_documents_apart: bool = False
    recomputation: Recomputation = Recomputation.NONE

    @property
    def is_tiled(self) -> bool:
        """Whether attention on CPU works in tiles of bf16 (``training.model.backends.tiles``)."""
        is_long = self.sequence_length >= FEWEST_TILED_TOKENS
        return self.is_half and self.device == "cpu" and is_long

    @property
    def num_tokens(self) -> int:
        """Tokens of one forward pass."""
        return self.micro_batch_size * self.sequence_length


def plan_memory(
    spec: ModelSpec,
    shape: Shape,
    *,
    process_bytes: int = PROCESS_BYTES,
    trained: Trained | None = None,
    optimizer_kind: str = OptimizerKind.ADAMW,
) -> MemoryPlan:
    """Memory per process for training ``spec``; ``trained`` says what of it learns."""
    spec = spec.resolve()
    trained = trained or all_of(spec)
    parameters = count_parameters(spec)
    # frozen factors of products in half precision are held in it (``training.tuning.lowering``)
    held = parameters.attention + parameters.feedforward + parameters.head
    held *= shape.is_half and trained.is_adapter and not trained.is_dora
    weights = FP32_BYTES * (parameters.total + trained.num_added - held) + HALF_BYTES * held
    learning = FP32_BYTES * trained.num_parameters
    multiplied = parameters.attention + parameters.feedforward + _multiplied_by_head(spec)
    multiplied += trained.num_added
    optimizer = state_bytes(spec, trained, optimizer_kind)
    saved = learning if trained.is_adapter else weights
    is_cpu = shape.device == "cpu"
    activations = shape.num_tokens * activation_bytes_per_token(spec, shape, trained)
    snapshot = saved + optimizer if is_cpu else 0
    return MemoryPlan(
        weights=weights,
        gradients=learning,
        optimizer=optimizer,
        lowered_weights=HALF_BYTES * (multiplied - held) if shape.is_half else 0,
        # gradients of all processes are summed in one flat copy
        reduction_buffer=learning if shape.num_processes > 1 else 0,
        activations=activations,
        logits=logit_bytes(spec, shape, is_head_trained=not trained.is_adapter),
        gaps=_gap_bytes(activations, snapshot, shape, trained),
        snapshot=snapshot,
        written=snapshot,
        process=process_bytes if is_cpu else 0,
    )


def activation_bytes_per_token(
    spec: ModelSpec, shape: Shape, trained: Trained | None = None
) -> int:
    """Kept between forward and backward pass by all blocks, the last norm and the embeddings.

    What the head keeps is counted with the logits. Blocks below all that learns keep nothing.
    """
    product = HALF_BYTES if shape.is_half else FP32_BYTES
    statistics = FP32_BYTES * (2 if spec.norm == Norm.LAYERNORM else 1)
    residual = FP32_BYTES * spec.width
    last = (residual + statistics) * spec.has_last_norm
    ids = _ID_BYTES
    of_token = FP32_BYTES * spec.token_width
    dropped = of_token if spec.embedding_drop else 0
    last += (of_token + statistics) * spec.has_embedding_norm
    last += product * spec.token_width * spec.has_embedding_projection
    block = _block_bytes(spec, shape, product, statistics)
    if trained is not None and trained.is_adapter:
        block -= _spared_bytes(spec, product, trained)
    layers = num_passes(spec) - (trained.layers_below if trained else 0)
    if shape.recomputation == Recomputation.NONE:
        return layers * block + last + ids + dropped + _bias_bytes(spec, shape)
    # The last block keeps all: it is read again first. So does the first with a learned bias.
    num_whole = max(1, spec.mask_decoder_steps) + (spec.position == Position.RELATIVE)
    num_again = max(0, layers - num_whole)
    again = residual
    if shape.recomputation == Recomputation.SELECTIVE:
        again += kept_bytes(spec, shape, product, trained)
    kept = num_again * again + (layers - num_again) * block
    return kept + last + ids + dropped + _bias_bytes(spec, shape)


def _bias_bytes(spec: ModelSpec, shape: Shape) -> int:
    """Per token: what positions add to the scores, one matrix for all rows and layers."""
    if spec.position == Position.DISENTANGLED:
        return _ID_BYTES * shape.sequence_length // shape.micro_batch_size
    if spec.position not in {Position.ALIBI, Position.RELATIVE}:
        return 0
    matrix = FP32_BYTES * spec.num_heads * shape.sequence_length**2
    return matrix // shape.num_tokens


def logit_bytes(spec: ModelSpec, shape: Shape, *, is_head_trained: bool = True) -> int:
    """Logits and probabilities of a piece (fp32, bf16 originals); gradients of both factors."""
    product = HALF_BYTES if shape.is_half else FP32_BYTES
    if spec.head == Head.DISCRIMINATOR:
        return shape.num_tokens * (product * 3 * spec.width + FP32_BYTES * (spec.width + 2))
    num_tokens = min(shape.num_tokens, piece_tokens(spec.vocab_size, shape.device))
    read = spec.head_input_width
    # logits, probabilities; with a soft cap the square of its slope
    fp32 = (3 if spec.logit_soft_cap else 2) * FP32_BYTES
    piece = num_tokens * spec.vocab_size * (fp32 + (HALF_BYTES if shape.is_half else 0))
    of_weight = spec.vocab_size * read * (FP32_BYTES + product) * is_head_trained
    of_hidden = shape.num_tokens * read * FP32_BYTES
    # what the transform reads, before and after its activation, and its norm's input
    transform = (product * (spec.width + 2 * read) + FP32_BYTES * (read + 2)) * shape.num_tokens
    return piece + of_weight + of_hidden + transform * (spec.head == Head.TRANSFORM)


def _multiplied_by_head(spec: ModelSpec) -> int:
    """Numbers of the matrices outside the blocks that are factors of products."""
    projection = spec.has_embedding_projection * spec.token_width * spec.width
    if spec.head == Head.DISCRIMINATOR:
        return projection + spec.width * (spec.width + 1)
    transform = spec.width * spec.token_width if spec.head == Head.TRANSFORM else 0
    return projection + transform + spec.vocab_size * spec.head_input_width


def piece_tokens(vocab_size: int, device: str) -> int:
    """How many tokens' logits the loss holds at a time."""
    return max(_MIN_PIECE_TOKENS, PIECE_LOGITS[device] // vocab_size)


def kv_cache_bytes(spec: ModelSpec, num_tokens: int, *, bytes_per_number: int = FP32_BYTES) -> int:
    """Cached keys and values of ``num_tokens`` tokens of generated text."""
    spec = spec.resolve()
    return 2 * spec.num_layers * spec.num_kv_heads * spec.head_width * num_tokens * bytes_per_number


def rule_of_thumb_bytes(spec: ModelSpec) -> tuple[int, int]:
    """Low and high end of the usual guess for weights, gradients and optimizer together."""
    total = count_parameters(spec).total
    low, high = RULE_OF_THUMB_BYTES
    return low * total, high * total


def _gap_bytes(activations: int, snapshot: int, shape: Shape, trained: Trained) -> int:
    """What the heap cannot use between the blocks that are kept, by measurement.

    glibc before 2.38 never gives a freed aligned block to a request of the same size, and LoRA
    makes two more temporary blocks for each one that is kept. The snapshot, which is taken between
    steps, finds its place in the gaps.
    """
    if shape.device != "cpu":
        return 0
    share = _GAPS_OF_ADAPTERS if trained.is_adapter else _GAPS
    if trained.is_adapter and shape.keeps_documents_apart:
        share = _GAPS_OF_DOCUMENTS
    return max(0, int(share * activations) - snapshot)


def _block_bytes(spec: ModelSpec, shape: Shape, product: int, statistics: int) -> int:
    """One block: norm inputs, two normed copies, q k v and the mixed heads, the inner layer."""
    inner = spec.num_heads * spec.head_width
    shared = spec.num_kv_heads * spec.head_width
    norms = _norm_bytes(spec, product, statistics)
    attention = product * (2 * inner + 2 * shared)
    if not shape.is_tiled:
        # torch's kernel keeps one number per query and head, and computes in fp32
        attention = FP32_BYTES * (2 * inner + 2 * shared + spec.num_heads)
        attention += HALF_BYTES * inner if shape.is_half else 0
    if spec.position == Position.RELATIVE:
        # a learned bias has a gradient, which only torch's written-out attention gives
        attention = FP32_BYTES * (3 * inner + spec.num_heads * shape.sequence_length)
    if shape.has_mixing_matrix:
        # keys and values expanded to all heads; weights, mask and masked weights
        matrix = 3 * spec.num_heads * shape.sequence_length
        attention = product * (4 * inner + matrix)
    if spec.position == Position.DISENTANGLED:
        attention = disentangled_bytes(
            spec, shape.num_tokens, shape.sequence_length, is_half=shape.is_half
        )
    masks = 2 * product * spec.width if spec.residual_drop else 0
    masks += product * spec.feedforward_width if spec.feedforward_dropout else 0
    kept = product * _inner_tensors(spec) * spec.feedforward_width
    return norms + attention + kept + masks


def kept_bytes(spec: ModelSpec, shape: Shape, product: int, trained: Trained | None = None) -> int:
    """What selective recomputation keeps of a block, besides its input: per token, in bytes.

    The results of linear layers, and of fused attention (``training.model.recompute``).
    """
    inner = spec.num_heads * spec.head_width
    shared = spec.num_kv_heads * spec.head_width
    num_into = 2 if spec.is_gated else 1
    kept = product * (inner + 2 * shared + spec.width + num_into * spec.feedforward_width)
    kept += product * spec.width * spec.rereads_last_product
    for target in trained.targets if trained is not None else ():
        kept += product * (trained.rank + lora_sides(spec, target)[1]) if trained else 0
    if spec.position == Position.DISENTANGLED:
        distances = num_distances(spec, shape.sequence_length)
        return kept + product * num_terms(spec) * distances * inner // shape.num_tokens
    if keeps_attention(spec, shape):
        mixed = product if shape.device != "cpu" else FP32_BYTES
        kept += mixed * inner + FP32_BYTES * spec.num_heads
    return kept


def keeps_attention(spec: ModelSpec, shape: Shape) -> bool:
    """Whether selective recomputation keeps what attention gave: a fused kernel's, not drawn."""
    written_out = {Position.RELATIVE, Position.DISENTANGLED}
    return spec.position not in written_out and not shape.is_tiled and not spec.attention_drop


def _norm_bytes(spec: ModelSpec, product: int, statistics: int) -> int:
    """What the norms of a block read, in fp32, and what branches read, in the products' type."""
    of_stream = 1 if spec.block_order == BlockOrder.PARALLEL else spec.norms_per_block
    read = 1 if spec.has_shared_norm else 2
    kept = FP32_BYTES * spec.width * of_stream + statistics * spec.norms_per_block
    if spec.has_qk_norm:
        heads = spec.num_heads + spec.num_kv_heads
        kept += FP32_BYTES * heads * (spec.head_width + 1)
    return kept + product * spec.width * read


def _inner_tensors(spec: ModelSpec) -> int:
    """Tensors of the inner width: around the activation, and of a gate; ReLU keeps one."""
    if spec.is_gated:
        return 4
    return 1 if spec.feedforward == FeedForward.RELU else 2


def _spared_bytes(spec: ModelSpec, product: int, trained: Trained) -> int:
    """What a block with frozen weights does not keep, less what LoRA keeps.

    The input of a projection is kept for the gradient of its weight, or of the A beside it; each
    A's output is kept for B.
    """
    attends = {"q_proj", "k_proj", "v_proj"} & set(trained.targets)
    feeds = {"gate_proj", "up_proj"} & set(trained.targets)
    spared = 0 if attends else spec.width
    spared += 0 if feeds else spec.width
    spared += 0 if "down_proj" in trained.targets else spec.feedforward_width
    return product * (spared - trained.rank * len(trained.targets))
