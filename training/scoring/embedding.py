"""A frozen encoder with one linear layer: hidden states averaged over the tokens of a text's start.

As FineWeb-Edu's classifier, the encoder is not trained; unlike it, the layer is fitted to its
optimum at once, since the encoder gives every text the same vector each time. The encoder is one of
our models, or a Hugging Face folder in safetensors, read without its code; a copy of it lies in the
artifact, so that scoring needs nothing else.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor

from training.corpus.classifiers.classifier import Classifier
from training.corpus.classifiers.fitting import Fitted, fit_best
from training.corpus.classifiers.linear import Dense, Float64
from training.corpus.stopping import check_stop
from training.errors import DataError
from training.folder.job import Job
from training.planning.machine import num_cores
from training.scoring.encoder_folder import copy_encoder, read_encoder
from training.scoring.rows import LabelledRows
from training.specs.fit_classifier import FitClassifierSpec

ENCODER_FOLDER = "encoder"
HEAD_FILE = "head.safetensors"
#: Tokens read at once where the spec leaves it open.
_BATCH_TOKENS = {"cpu": 1_024, "cuda": 16_384}
#: Texts that are cut into tokens at once.
PART_TEXTS = 256
_MOST_TEXT_PER_TOKEN = 32


@dataclass(frozen=True)
class Encoder:
    """A model in evaluation mode that gives hidden states, and its tokenizer."""

    model: Any
    tokenizer: Tokenizer
    max_tokens: int
    pad_id: int
    device: torch.device

    def embed(
        self, texts: Sequence[str], check: Callable[[], None], batch_tokens: int = 0
    ) -> npt.NDArray[np.float32]:
        """[texts, width] mean hidden states; texts of one length are read together.

        A text of no token gives zeros. ``check`` is called before each batch; ``texts`` should be
        some hundreds.
        """
        batch_tokens = batch_tokens or _BATCH_TOKENS[self.device.type]
        cut = [text[: self.max_tokens * _MOST_TEXT_PER_TOKEN] for text in texts]
        encoded = [one.ids for one in self.tokenizer.encode_batch(cut)]
        order = sorted(range(len(texts)), key=lambda place: -len(encoded[place]))
        result = np.zeros((len(texts), self.model.config.hidden_size), dtype=np.float32)
        for places in _batches(order, [len(ids) for ids in encoded], batch_tokens):
            check()
            result[places] = self._means([encoded[place] for place in places])
        return result

    @torch.inference_mode()
    def _means(self, ids: list[list[int]]) -> npt.NDArray[np.float32]:
        longest = max(map(len, ids))
        padded = torch.tensor([one + [self.pad_id] * (longest - len(one)) for one in ids])
        mask = torch.tensor([[1] * len(one) + [0] * (longest - len(one)) for one in ids])
        padded, mask = padded.to(self.device), mask.to(self.device)
        hidden = self._hidden(padded, mask).float()
        real = mask.unsqueeze(-1)
        means = (hidden * real).sum(dim=1) / real.sum(dim=1)
        return np.asarray(means.cpu().numpy(), dtype=np.float32)

    def _hidden(self, ids: Tensor, mask: Tensor) -> Tensor:
        found: Tensor = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        return found


def _batches(order: list[int], sizes: list[int], batch_tokens: int) -> list[list[int]]:
    """Places in order, as many as fit with padding; empty texts are left out."""
    batches: list[list[int]] = []
    for place in order:
        if sizes[place] == 0:
            continue
        widest = sizes[batches[-1][0]] if batches else 0
        if batches and widest * (len(batches[-1]) + 1) <= batch_tokens:
            batches[-1].append(place)
        else:
            batches.append([place])
    return batches


def open_encoder(folder: Path, max_tokens: int, device: str) -> Encoder:
    """The encoder in ``folder``; DataError when it cannot be loaded."""
    model, tokenizer, limit = read_encoder(folder)
    tokens = min(max_tokens, limit)
    tokenizer.no_padding()
    tokenizer.enable_truncation(tokens)
    place = torch.device(_device(device))
    pad = tokenizer.token_to_id("[PAD]")
    pad_id = model.config.pad_token_id if pad is None else pad
    return Encoder(model.to(place), tokenizer, tokens, pad_id or 0, place)


def fit_encoder(
    spec: FitClassifierSpec, rows: LabelledRows, folder: Path, job: Job
) -> tuple[Classifier, Fitted, Float64, dict[str, Any]]:
    """Embed all rows, fit the layer, write encoder and layer into ``folder``."""
    from training.scoring.fit import describe_classifier, loss_of

    torch.set_num_threads(spec.num_threads or num_cores())
    job.phase("copying the encoder")
    copy_encoder(spec, job, folder / ENCODER_FOLDER)
    encoder = open_encoder(folder / ENCODER_FOLDER, spec.embedding.max_tokens, spec.device)
    job.phase("embedding rows")
    vectors = _embed_rows(encoder, rows.texts, job)
    is_test = np.array(rows.is_test)
    learnt = vectors[~is_test]
    center, scale = learnt.mean(axis=0), np.maximum(learnt.std(axis=0), 1e-6)
    features = (vectors - center) / scale
    job.phase("fitting")
    targets = rows.targets
    inside = Dense(features[~is_test])
    fitted = fit_best(
        inside, lambda places: Dense(inside.rows[places]), targets[~is_test], loss_of(spec),
        lambda: check_stop(job),
    )  # fmt: skip
    weights = fitted.linear.weights / scale
    bias = fitted.linear.bias - float(center @ weights)
    save_file({"weights": weights.astype(np.float32)}, folder / HEAD_FILE)
    classifier = describe_classifier(spec, rows, bias, max_tokens=encoder.max_tokens)
    linear: Any = vectors[is_test] @ weights + bias
    predicted = classifier.finished(linear).astype(np.float64)
    return classifier, fitted, predicted, {"encoder_width": int(vectors.shape[1])}


def _embed_rows(encoder: Encoder, texts: list[str], job: Job) -> Float64:
    vectors = []
    for start in range(0, len(texts), PART_TEXTS):
        part = texts[start : start + PART_TEXTS]
        vectors.append(encoder.embed(part, lambda: check_stop(job)))
        job.progress(start + len(part), len(texts), "rows")
    return np.concatenate(vectors).astype(np.float64)


@dataclass(frozen=True)
class EncoderScorer:
    """An encoder with its linear layer."""

    classifier: Classifier
    encoder: Encoder
    weights: npt.NDArray[np.float32]
    batch_tokens: int

    def score(self, texts: Sequence[str], check: Callable[[], None]) -> npt.NDArray[np.float32]:
        """[texts] scores or probabilities."""
        vectors = self.encoder.embed(texts, check, self.batch_tokens)
        linear = vectors.astype(np.float64) @ self.weights + self.classifier.bias
        return self.classifier.finished(linear)


@functools.lru_cache(maxsize=1)
def encoder_scorer(folder: Path, device: str, batch_tokens: int, num_threads: int) -> EncoderScorer:
    """The scorer of a classifier of the kind encoder, loaded once in a process."""
    torch.set_num_threads(num_threads)
    classifier = Classifier.open(folder)
    try:
        weights = load_file(folder / HEAD_FILE)["weights"]
    except (OSError, KeyError, SafetensorError) as error:
        raise DataError(
            f"The layer of the classifier {folder.parent.name} cannot be read: {error}.",
            advice="Fit it again.",
        ) from error
    encoder = open_encoder(folder / ENCODER_FOLDER, classifier.max_tokens, device)
    return EncoderScorer(classifier, encoder, weights, batch_tokens)


def _device(wanted: str) -> str:
    if wanted == "cuda" and not torch.cuda.is_available():
        raise DataError("device: there is no GPU on this machine.", advice="Take cpu, or auto.")
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted
