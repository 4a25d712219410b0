"""The network as transformers models of encoders: masked tokens, and tokens that were replaced.

Devlin 2019 (masked language modelling), Clark 2020 (replaced-token detection).
"""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from transformers import DynamicCache
from transformers.modeling_outputs import MaskedLMOutput, TokenClassifierOutput

from training.model.masks import Documents
from training.model.network import IGNORED
from training.model.pretrained import TrainyardPreTrained


class TrainyardForMaskedLM(TrainyardPreTrained):
    """Every position predicts its own token from all others of its document."""

    def forward(
        self,
        input_ids: Tensor,
        documents: Documents | None = None,
        position_ids: Tensor | None = None,
        labels: Tensor | None = None,
        *,
        returns_hidden: bool = False,
        token_type_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        use_cache: bool | None = None,
        return_dict: bool | None = None,
    ) -> MaskedLMOutput:
        """Logits [B, T, V]; ``labels`` [B, T] are the original ids, -100 where none is asked for.

        ``returns_hidden`` as in the causal class. ValueError for a cache, which cannot be.
        """
        hidden = self.hidden_states(
            input_ids,
            documents,
            position_ids,
            token_type_ids=token_type_ids,
            attention_mask=attention_mask,
            cache=DynamicCache(config=self.config) if use_cache else None,
        )
        if returns_hidden:
            return MaskedLMOutput(hidden_states=(hidden,))
        logits = self.logits(hidden)
        if labels is None:
            return MaskedLMOutput(logits=logits)
        flat = logits.float().transpose(1, 2)
        return MaskedLMOutput(loss=cross_entropy(flat, labels, ignore_index=IGNORED), logits=logits)

    def generate(self, *args: Any, **options: Any) -> Any:
        """ValueError, which says why."""
        raise ValueError(
            "This model's attention is bidirectional: it fills in blanks of a text that is "
            "there, and cannot write one. Use a causal or a prefix model."
        )


class TrainyardForPreTraining(TrainyardPreTrained):
    """Every position says whether its token was replaced: ELECTRA's discriminator."""

    def forward(
        self,
        input_ids: Tensor,
        documents: Documents | None = None,
        position_ids: Tensor | None = None,
        labels: Tensor | None = None,
        *,
        returns_hidden: bool = False,
        token_type_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        return_dict: bool | None = None,
    ) -> TokenClassifierOutput:
        """Scores [B, T]; ``labels`` [B, T] are 1 where the token was replaced, else 0.

        The loss is the mean over real tokens (``attention_mask`` 1, all when it is left out).
        """
        hidden = self.hidden_states(
            input_ids,
            documents,
            position_ids,
            token_type_ids=token_type_ids,
            attention_mask=attention_mask,
        )
        if returns_hidden:
            return TokenClassifierOutput(hidden_states=(hidden,))
        scores = self.discriminator(hidden)
        if labels is None:
            return TokenClassifierOutput(logits=scores)
        real = scores.new_ones(scores.shape) if attention_mask is None else attention_mask.float()
        losses = binary_cross_entropy_with_logits(
            scores.float(), labels.float(), weight=real, reduction="sum"
        )
        return TokenClassifierOutput(loss=losses / real.sum(), logits=scores)
