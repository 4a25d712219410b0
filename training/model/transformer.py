"""The stack of blocks without its head: tokens in, normalised hidden states out.

    tokens [B, T] -> embedding [B, T, E] -> [B, T, D] -> L blocks -> norm -> [B, T, D]

Where norms stand after each sum, the last norm is that of the last block.

Single-device; strategies for several devices wrap it from outside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from training.model.backends.base import Attend, DistanceBias, Situation
from training.model.backends.choice import AUTO, require
from training.model.backends.dense import attend_with_cache
from training.model.block import Block
from training.model.cache import Cache
from training.model.disentangled import Disentangled
from training.model.gradient import shrink_gradient
from training.model.masks import Documents, full_mask, mask_kind
from training.model.positions import Rotation
from training.model.precision import lowered
from training.model.recompute import recomputed
from training.registry import find
from training.specs.model import ModelSpec
from training.specs.model_choices import AttentionDirection
from training.specs.optimization import Recomputation


class Decoder(nn.Module):
    """Embedding, blocks and last norm of a resolved spec with a vocabulary."""

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__()
        self.spec = spec
        #: What of the blocks is computed again in the backward pass.
        self.recomputation = Recomputation.NONE
        #: What runs a block that learns, where blocks are compiled (``training.model.compiling``).
        self.compiled: Callable[..., Tensor] | None = None
        #: Name of the attention back end; "auto" chooses by device and mask.
        self.attention_backend = AUTO
        width = spec.token_width
        self.embed_tokens = nn.Embedding(spec.vocab_size, width)
        self.positions = find("positions", spec.position).load()(spec)
        self.layers = nn.ModuleList(Block(spec, layer) for layer in range(spec.num_layers))
        norm = find("norms", spec.norm).load()
        types = spec.num_token_types
        self.token_types = nn.Embedding(types, width) if types else None
        has_blanks = spec.has_blank_positions
        self.blank_positions = nn.Embedding(spec.context_length, width) if has_blanks else None
        self.embedding_norm = norm(spec, width) if spec.has_embedding_norm else None
        projection = spec.has_embedding_projection
        self.embedding_projection = (
            nn.Linear(width, spec.width, bias=spec.has_biases) if projection else None
        )
        has_decoder = bool(spec.mask_decoder_steps)
        length = spec.context_length
        self.mask_positions = nn.Embedding(length, spec.width) if has_decoder else None
        self.norm = norm(spec) if spec.has_last_norm else None

    def forward(
        self,
        input_ids: Tensor,
        documents: Documents | None = None,
        position_ids: Tensor | None = None,
        *,
        cache: Cache | None = None,
        is_real: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        blank_position_ids: Tensor | None = None,
    ) -> Tensor:
        """Hidden states [B, T, D] of token ids [B, T].

        ``blank_position_ids`` [B, T]: how far inside a blank, 0 outside (the default).
        ``token_type_ids`` [B, T] default to type 0, where there are types at all.
        ``position_ids`` [B, T] default to running from the cache's length. ``is_real`` (bool
        [B, S], false at padding) and ``cache`` are for generation and exclude ``documents``. Of
        prefix attention what comes first with an empty cache is the prefix; in ``documents`` their
        ``prefixes`` say, and whole rows have none.
        """
        self._check_direction(documents, cache)
        if documents is not None and (cache is not None or is_real is not None):
            raise ValueError("packed documents cannot be combined with a cache or a padding mask")
        num_past = cache.get_seq_length() if cache is not None else 0
        if position_ids is None:
            length = num_past + input_ids.shape[1]
            position_ids = torch.arange(num_past, length, device=input_ids.device)
        hidden = self._embed(input_ids, position_ids, token_type_ids, blank_position_ids)
        rotation = self.positions.rotation(position_ids)
        bias = self.positions.bias(num_past + input_ids.shape[1], hidden.device)
        is_prefix = cache is not None and not num_past and not self.spec.is_causal
        attend = self._attend(hidden, documents, num_past, is_real, bias, is_prefix)
        *blocks, last = self.layers
        # The first one to attend makes the masks that all share; of a learned bias they have a
        # gradient, whose graph must not be a part of what is made again.
        is_shared = bias is not None and bias.numbers.requires_grad
        for number, block in enumerate(blocks):
            run = self._through if number or not is_shared else self._once
            hidden = run(block, hidden, attend, rotation, cache)
        if self.mask_positions is None:
            hidden = self._once(last, hidden, attend, rotation, cache)
        else:
            # He 2021: the last block is asked with absolute positions, again and again.
            asking = hidden + self.mask_positions(position_ids)
            for _ in range(self.spec.mask_decoder_steps):
                asking = last(asking, attend, rotation, context=hidden)
            hidden = asking
        return hidden if self.norm is None else self.norm(hidden)

    def _through(
        self,
        block: nn.Module,
        hidden: Tensor,
        attend: Attend,
        rotation: Rotation | None,
        cache: Cache | None,
    ) -> Tensor:
        """One block; where it is recomputed, its dropout is drawn as it was the first time."""
        how = self.recomputation if self._learns() else Recomputation.NONE
        return recomputed(
            how,
            self._once,
            block,
            hidden,
            attend,
            rotation,
            cache,
            keeps_attention=not self.spec.attention_drop,
            needs_last=self.spec.rereads_last_product,
        )

    def _once(self, block: nn.Module, *arguments: object) -> Tensor:
        """One block, as it is or compiled, kept as autograd keeps it."""
        if self.compiled is not None and self._learns():
            return self.compiled(block, *arguments)
        hidden: Tensor = block(*arguments)
        return hidden

    def _learns(self) -> bool:
        return self.training and torch.is_grad_enabled()

    def _embed(
        self,
        input_ids: Tensor,
        position_ids: Tensor,
        token_type_ids: Tensor | None,
        blank_position_ids: Tensor | None,
    ) -> Tensor:
        hidden = self.embed_tokens(input_ids)
        if self.spec.embedding_gradient < 1 and self.training:
            hidden = shrink_gradient(hidden, self.spec.embedding_gradient)
        if self.token_types is not None:
            if token_type_ids is None:
                token_type_ids = input_ids.new_zeros(())
            hidden = hidden + self.token_types(token_type_ids)
        if self.blank_positions is not None:
            if blank_position_ids is None:
                blank_position_ids = input_ids.new_zeros(())
            hidden = hidden + self.blank_positions(blank_position_ids)
        added = self.positions.embedding(position_ids)
        if added is not None:
            hidden = hidden + added
        if self.embedding_norm is not None:
            hidden = self.embedding_norm(hidden)
        if self.spec.embedding_drop and self.training:
            hidden = dropout(hidden, self.spec.embedding_drop)
        if self.embedding_projection is not None:
            hidden = self.embedding_projection(lowered(hidden))
        return hidden

    def _check_direction(self, documents: Documents | None, cache: Cache | None) -> None:
        """ValueError where the batch asks for what this model's attention is not."""
        direction = self.spec.attention
        has_prefixes = documents is not None and documents.prefixes is not None
        if has_prefixes and direction != AttentionDirection.PREFIX:
            raise ValueError(f"documents with prefixes want prefix attention, not {direction}")
        if cache is not None and direction == AttentionDirection.BIDIRECTIONAL:
            raise ValueError(
                "a bidirectional model reads whole texts: every token changes those before it, so "
                "there is no cache, and it cannot write text token by token"
            )

    def situation(
        self,
        documents: Documents | None,
        device: str,
        dtype: torch.dtype,
        bias: DistanceBias | None,
    ) -> Situation:
        """What attention has to cope with in whole rows of hidden states of this type."""
        is_autocast = torch.is_autocast_enabled(device)
        return Situation(
            device=device,
            mask=mask_kind(documents, is_causal=self._looks_back()),
            needs_grad=torch.is_grad_enabled(),
            has_dropout=bool(self.spec.attention_drop) and self.training,
            dtype=torch.get_autocast_dtype(device) if is_autocast else dtype,
            head_width=self.spec.head_width,
            has_bias=bias is not None,
        )

    def _looks_back(self) -> bool:
        return self.spec.attention != AttentionDirection.BIDIRECTIONAL

    def _attend(
        self,
        hidden: Tensor,
        documents: Documents | None,
        num_past: int,
        is_real: Tensor | None,
        bias: DistanceBias | None,
        is_prefix: bool,
    ) -> Attend:
        num_tokens = hidden.shape[1]
        if isinstance(self.positions, Disentangled):
            may_attend = full_mask(documents, is_real)
            return self.positions.distances(num_tokens, may_attend)
        is_causal = self._looks_back() and not is_prefix
        if num_past or is_real is not None:
            num_keys = num_past + num_tokens
            return attend_with_cache(
                num_tokens, num_keys, is_real, hidden, bias, is_causal=is_causal
            )
        situation = self.situation(documents, hidden.device.type, hidden.dtype, bias)
        if is_prefix:
            situation = replace(situation, mask=mask_kind(documents, is_causal=is_causal))
        chosen = require(self.attention_backend, situation)
        return chosen.prepare(documents, bias, is_causal=is_causal)
