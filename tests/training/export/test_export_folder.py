"""What is taken home: native where it can be, plain about it where not, and never code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from tokenizers import Tokenizer, models, pre_tokenizers
from tokenizers.decoders import ByteLevel
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from tests.training.model.shapes import ALONE, EVERY_SPEC, FURTHER, GPT2, LLAMA, MIXED
from training.errors import DataError
from training.export.folder import WEIGHTS, export_model
from training.export.load import load_exported
from training.export.native import match_native
from training.model.building import build_model
from training.registry import TEMPLATES
from training.specs.model import ModelSpec
from training.tasks.templates import Template

TOKENS = torch.arange(24).reshape(2, 12)


@pytest.fixture
def tokenizer_folder(tmp_path: Path) -> Path:
    """A byte tokenizer with one special token and no config, as a tokenizer job leaves it."""
    letters = {letter: index for index, letter in enumerate(pre_tokenizers.ByteLevel.alphabet())}
    tokenizer = Tokenizer(models.BPE(vocab={**letters, "ab": 256}, merges=[("a", "b")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>"])
    folder = tmp_path / "tokenizer"
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.mark.parametrize("spec", EVERY_SPEC.values(), ids=EVERY_SPEC)
def test_reloaded_model_gives_bit_equal_weights_and_near_equal_logits(
    spec: ModelSpec, tmp_path: Path
) -> None:
    model = build_model(spec.resolve(), seed=3).eval()
    info = export_model(model, None, tmp_path / "out")
    reloaded = load_exported(info.path)
    assert reloaded.training is False
    with torch.no_grad():
        torch.testing.assert_close(
            reloaded(TOKENS).logits, model(TOKENS).logits, atol=1e-5, rtol=1e-5
        )
    ours, theirs = model.state_dict(), reloaded.state_dict()
    # GLM turns neighbouring numbers of a head, so its queries and keys stand in another order.
    reordered = ("q_proj", "k_proj") if info.architecture == "GlmForCausalLM" else ()
    for name in set(ours) & set(theirs):
        if any(part in name for part in reordered):
            continue
        assert torch.equal(ours[name], theirs[name]), name
    assert info.num_parameters == sum(tensor.numel() for tensor in reloaded.parameters())


@pytest.mark.parametrize("spec", EVERY_SPEC.values(), ids=EVERY_SPEC)
def test_the_class_is_native_exactly_where_one_matches(spec: ModelSpec, tmp_path: Path) -> None:
    info = export_model(build_model(spec.resolve(), seed=3), None, tmp_path / "out")
    config = json.loads((info.path / "config.json").read_text())
    assert config["architectures"] == [info.architecture]
    readme = (info.path / "README.md").read_text()
    if spec in [*MIXED.values(), *ALONE.values()]:
        assert (info.is_native, config["model_type"]) == (False, "trainyard")
        assert info.reason in readme
        assert info.reason.startswith("Not a ")
    else:
        assert (info.is_native, info.reason) == (True, "")
        name = next((name for name, one in FURTHER.items() if one == spec), "")
        # "Falcon 7B" is a falcon
        expected = (name.split()[0].lower().replace("-", "_"),) if name else ("llama", "gpt2")
        assert config["model_type"] in expected


def test_reasons_name_the_options_that_differ() -> None:
    spec = GPT2.replace(is_tied=False, has_biases=False).resolve()
    reason = match_native(spec)
    assert "Not a GPT2LMHeadModel: there are no biases, the head is not tied." in reason
    assert "Not a BertForPreTraining: there is no sentence head." in reason
    assert match_native(LLAMA.resolve()) == "LlamaForCausalLM"


def test_folder_holds_only_json_text_and_safetensors(
    tokenizer_folder: Path, tmp_path: Path
) -> None:
    info = export_model(build_model(LLAMA.resolve(), seed=3), tokenizer_folder, tmp_path / "out")
    assert sorted(path.name for path in info.path.iterdir()) == [
        "README.md",
        "config.json",
        "generation_config.json",
        WEIGHTS,
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    with safe_open(info.path / WEIGHTS, "pt") as file:
        assert file.metadata() == {"format": "pt"}
        assert "lm_head.weight" not in file.keys()  # noqa: SIM118 - a file, not a dict


def test_other_readers_find_the_rope_base(tmp_path: Path) -> None:
    spec = LLAMA.replace(rope_theta=12345.0).resolve()
    info = export_model(build_model(spec, seed=3), None, tmp_path / "out")
    config = json.loads((info.path / "config.json").read_text())
    assert config["rope_theta"] == 12345.0
    assert load_exported(info.path).config.rope_parameters["rope_theta"] == 12345.0


def test_tokenizer_reloads_through_the_auto_class_and_cuts_the_same(
    tokenizer_folder: Path, tmp_path: Path
) -> None:
    spec = LLAMA.replace(vocab_size=258).resolve()
    info = export_model(build_model(spec, seed=3), tokenizer_folder, tmp_path / "out")
    reloaded = AutoTokenizer.from_pretrained(
        info.path, trust_remote_code=False, local_files_only=True
    )
    original = Tokenizer.from_file(str(tokenizer_folder / "tokenizer.json"))
    text = "An abacus,  a Käse\n\tand 漢字."
    assert reloaded(text)["input_ids"] == original.encode(text).ids
    assert reloaded.decode(reloaded(text)["input_ids"]) == text
    config = json.loads((info.path / "config.json").read_text())
    settings = json.loads((info.path / "generation_config.json").read_text())
    assert config["eos_token_id"] == settings["eos_token_id"] == reloaded.eos_token_id == 257
    assert config["bos_token_id"] is None


@pytest.mark.parametrize("name", [name for name in TEMPLATES if TEMPLATES[name].load().turn_end])
def test_plain_generate_stops_where_the_chat_template_ends_a_turn(
    name: str, tokenizer_folder: Path, tmp_path: Path
) -> None:
    """The likeliest next token is made to be the end of a turn, which must end it at once."""
    template: Template = TEMPLATES[name].load()
    tokenizer = Tokenizer.from_file(str(tokenizer_folder / "tokenizer.json"))
    tokenizer.add_special_tokens(list(template.special_tokens))
    tokenizer.save(str(tokenizer_folder / "tokenizer.json"))
    (tokenizer_folder / "chat_template.jinja").write_text(template.source)
    end, size = tokenizer.token_to_id(template.turn_end), tokenizer.get_vocab_size()
    model = build_model(LLAMA.replace(vocab_size=size, is_tied=False).resolve(), seed=3)
    info = export_model(model, tokenizer_folder, tmp_path / "out")
    assert GenerationConfig.from_pretrained(info.path).eos_token_id == [257, end]

    theirs = AutoModelForCausalLM.from_pretrained(info.path)
    with torch.no_grad():
        theirs.lm_head.weight.zero_()
        hidden = theirs.model(torch.tensor([[1, 2]])).last_hidden_state[0, -1]
        theirs.lm_head.weight[end] = hidden
    made = theirs.generate(torch.tensor([[1, 2]]), max_new_tokens=8, do_sample=False)
    assert made.tolist() == [[1, 2, end]]


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no readable tokenizer\.json"):
        export_model(build_model(LLAMA.resolve(), seed=3), tmp_path, tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("config.json", {"auto_map": {"AutoModelForCausalLM": "evil.Model"}}, "auto_map"),
        ("config.json", {"trust_remote_code": True}, "trust_remote_code"),
        ("config.json", {"_attn_implementation": "somebody/kernel"}, "somebody/kernel"),
        ("config.json", {"deep": [{"experts_implementation": "a/b"}]}, "experts_implementation"),
        (
            "config.json",
            {"model_type": "opt"},
            "accepted: llama, qwen2, qwen3, gpt2, gpt_neox",
        ),
        ("generation_config.json", {"custom_generate": "a/b"}, "custom_generate"),
        ("tokenizer_config.json", {"auto_map": {}}, "auto_map"),
    ],
)
def test_a_folder_that_asks_for_code_is_refused(
    name: str, change: dict[str, object], message: str, tmp_path: Path
) -> None:
    info = export_model(build_model(LLAMA.resolve(), seed=3), None, tmp_path / "out")
    path = info.path / name
    data = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps({**data, **change}))
    with pytest.raises(DataError, match=message):
        load_exported(info.path)


def test_pickled_weights_are_not_read(tmp_path: Path) -> None:
    info = export_model(build_model(LLAMA.resolve(), seed=3), None, tmp_path / "out")
    torch.save({}, info.path / "pytorch_model.bin")
    (info.path / WEIGHTS).unlink()
    with pytest.raises(DataError, match=r"no model\.safetensors"):
        load_exported(info.path)
