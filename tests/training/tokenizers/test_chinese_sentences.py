"""The sentences of the documentation need the tokens that it says."""

from __future__ import annotations

import pytest

from benchmarks.tokenizers import DOCS, SHARED, chinese_ratios


@pytest.mark.skipif(not SHARED.exists(), reason="shared data is not here")
def test_twelve_sentences_need_the_tokens_that_the_page_says():
    found = chinese_ratios()
    assert len(found) == 12
    llama, chinese = sum(row[1] for row in found), sum(row[2] for row in found)
    assert f"LLaMA needs {llama} tokens and the Chinese vocabulary {chinese}" in DOCS.read_text()
    assert 2.0 <= llama / chinese <= 3.7
    below = {name for name, one, two in found if not 2.0 <= one / two <= 3.7}
    assert below == {"Law", "Literature"}
