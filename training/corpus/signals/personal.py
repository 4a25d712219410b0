"""How much personal data a text holds, by kind; what each kind is stands in ``corpus.pii``."""

from __future__ import annotations

from training.corpus.signals.batch import Float64, Int64, TextBatch, share
from training.registry import PII_KINDS

_PER_WORDS = 1_000


def pii_count(batch: TextBatch) -> Int64:
    """Values of all kinds."""
    counts: Int64 = batch.pii_counts.sum(axis=1)
    return counts


def pii_per_1000_words(batch: TextBatch) -> Float64:
    """Values of all kinds per 1,000 words; 0 for a text without words."""
    return share(_PER_WORDS * pii_count(batch), batch.words.counts)


def email_count(batch: TextBatch) -> Int64:
    """E-mail addresses."""
    return _count(batch, "email")


def url_credentials_count(batch: TextBatch) -> Int64:
    """User names with passwords in URLs."""
    return _count(batch, "url_credentials")


def api_key_count(batch: TextBatch) -> Int64:
    """Keys of services."""
    return _count(batch, "api_key")


def iban_count(batch: TextBatch) -> Int64:
    """Account numbers."""
    return _count(batch, "iban")


def chinese_id_count(batch: TextBatch) -> Int64:
    """Chinese identity numbers."""
    return _count(batch, "chinese_id")


def card_count(batch: TextBatch) -> Int64:
    """Numbers of bank cards."""
    return _count(batch, "card")


def ssn_count(batch: TextBatch) -> Int64:
    """United States social security numbers."""
    return _count(batch, "ssn")


def ip_count(batch: TextBatch) -> Int64:
    """IP addresses that are routable everywhere."""
    return _count(batch, "ip")


def phone_count(batch: TextBatch) -> Int64:
    """Telephone numbers."""
    return _count(batch, "phone")


def _count(batch: TextBatch, kind: str) -> Int64:
    counts: Int64 = batch.pii_counts[:, [*PII_KINDS].index(kind)]
    return counts
