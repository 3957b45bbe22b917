"""What OneFormer adds to Mask2Former: its sentences, text mapper, contrastive loss and first queries."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from peers import perturb, relative

from segtutor.reference.decoders.task_queries import TaskQueries
from segtutor.reference.decoders.task_token import TASKS, TaskToken, task_text
from segtutor.reference.decoders.text_mapper import TextMapper
from segtutor.reference.losses.contrastive import ContrastiveLoss, contrastive_loss
from segtutor.reference.weights.build import fill
from segtutor.reference.weights.names.oneformer import text_mapper_rules

torch.set_num_threads(1)

# CLIP's vocabulary as far as the three sentences go: letters inside a word and at its end, and every merge that
# competes while they are put together, in CLIP's order.
LETTERS = {"a": 64, "c": 66, "e": 68, "h": 71, "i": 72, "k": 74, "m": 76, "n": 77, "o": 78, "p": 79, "s": 82, "t": 83}
MERGES = """
i n 512|t h 513|a n 514|th e</w> 518|s t 522|i s</w> 533|t i 555|s e 567|m a 577|n o 578|a s 587|c e</w> 629|t a 648
o p 676|m an 723|p a 765|h e</w> 797|an ce</w> 884|e m 908|i c</w> 1029|p an 1072|an t 1103|an c 1124|in st 1264
ti c</w> 1550|s k</w> 2058|t an 2123|st an 2203|as k</w> 2765|an ti 3120|st ance</w> 3542|n c 5021|an o 5617|t as 6538
op ti 6580|se m 8645|t ask</w> 10549|n t 10902|p t 11139|n s 12405|in s 12786|op tic</w> 24755|se man 29119|p ti 29375
inst ance</w> 34572
"""


def test_sentences_are_those_of_their_processor(tmp_path):
    from transformers import CLIPTokenizer, OneFormerProcessor

    merges = [merge.split() for merge in MERGES.strip().replace("\n", "|").split("|")]
    vocabulary = LETTERS | {letter + "</w>": number + 256 for letter, number in LETTERS.items()}
    vocabulary |= {first + second: int(number) for first, second, number in merges}
    vocabulary |= {"<|startoftext|>": 49406, "<|endoftext|>": 49407}
    (tmp_path / "vocab.json").write_text(json.dumps(vocabulary))
    (tmp_path / "merges.txt").write_text("\n".join(["#version: 0.2", *(f"{a} {b}" for a, b, _ in merges)]) + "\n")
    tokenizer = CLIPTokenizer(vocab=str(tmp_path / "vocab.json"), merges=str(tmp_path / "merges.txt"))
    processor = OneFormerProcessor.__new__(OneFormerProcessor)
    processor.tokenizer = tokenizer
    for length in (77, 9):
        theirs = processor._preprocess_text([f"the task is {task}" for task in TASKS], max_length=length)
        assert task_text(list(TASKS), length).tolist() == theirs.tolist()


def test_what_task_text_refuses():
    assert task_text([]).shape == (0, 77)
    assert TaskToken(8, 16)(task_text(["panoptic"], 8)).shape == (1, 16)
    with pytest.raises(ValueError, match="semantic, instance, panoptic.*'Panoptic'"):
        task_text(["Panoptic"])
    with pytest.raises(ValueError, match="length.* 7.* 6$"):
        task_text(["panoptic"], 6)


@settings(deadline=None, max_examples=15, derandomize=True)
@given(data=st.data())
def test_text_queries_are_theirs(data):
    from transformers import OneFormerConfig
    from transformers.models.oneformer.modeling_oneformer import OneFormerTextMapper

    contexts, width = data.draw(st.sampled_from([0, 3]), "contexts"), data.draw(st.sampled_from([64, 128]), "width")
    length, vocabulary = data.draw(st.integers(2, 12), "length"), data.draw(st.integers(3, 60), "vocabulary")
    config = OneFormerConfig(
        text_encoder_context_length=length,
        text_encoder_vocab_size=vocabulary,
        text_encoder_width=width,
        hidden_dim=width if contexts else data.draw(st.sampled_from([32, 64]), "out"),
        text_encoder_n_ctx=contexts,
        text_encoder_num_layers=data.draw(st.integers(1, 3), "layers"),
        text_encoder_proj_layers=data.draw(st.integers(1, 3), "projections"),
    )
    torch.manual_seed(data.draw(st.integers(0, 99), "seed"))
    theirs = OneFormerTextMapper(config)
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    ours = TextMapper(
        vocabulary,
        length=length,
        text_width=width,
        width=config.hidden_dim,
        num_layers=config.text_encoder_num_layers,
        num_projections=config.text_encoder_proj_layers,
        num_contexts=contexts,
    )
    fill(ours, perturb(theirs).state_dict(), text_mapper_rules())
    text = torch.randint(vocabulary, data.draw(st.tuples(st.integers(1, 2), st.integers(1, 4)), "B, N") + (length,))
    with torch.no_grad():
        assert relative(ours.eval()(text), theirs(text)) <= 1e-5


def test_what_the_text_mapper_refuses():
    mapper = TextMapper(20, length=5, text_width=64, width=64, num_layers=1, num_contexts=2)
    assert mapper(torch.randint(20, (2, 3, 5))).shape == (2, 5, 64)
    with pytest.raises(ValueError, match=r"\(B, N_text, 5\).*\(3, 5\)"):
        mapper(torch.randint(20, (3, 5)))
    with pytest.raises(ValueError, match="64.* 128"):
        TextMapper(20, length=5, text_width=128, width=64)
    with pytest.raises(ValueError, match="64.* 32"):
        TextMapper(20, length=5, text_width=32, width=32)


def unit(x):
    return torch.nn.functional.normalize(x.flatten(1), dim=-1)


def by_pairs(queries, texts, scale):
    """The two equations, pair by pair, in float64: exp(100) does not fit into 32 bits."""
    q, t = unit(queries).double(), unit(texts).double()
    pairs = range(len(q))
    to_text, to_queries = torch.zeros(()), torch.zeros(())
    for i in pairs:
        agreement = torch.exp(scale * (q[i] @ t[i]))
        to_text = to_text - torch.log(agreement / sum(torch.exp(scale * (q[i] @ t[j])) for j in pairs)) / len(q)
        to_queries = to_queries - torch.log(agreement / sum(torch.exp(scale * (t[i] @ q[j])) for j in pairs)) / len(q)
    return to_text + to_queries


@settings(deadline=None, max_examples=25, derandomize=True)
@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 8)),
    temperature=st.sampled_from([0.005, 0.07, 1.0]),
    seed=st.integers(0, 99),
)
def test_contrastive_loss_is_theirs(shape, temperature, seed):
    from transformers.models.oneformer.modeling_oneformer import OneFormerLoss

    theirs = OneFormerLoss(2, None, {}, 0.1, 1, 3.0, 0.75, contrastive_temperature=temperature)
    ours = ContrastiveLoss(temperature)
    generator = torch.Generator().manual_seed(seed)
    queries, texts = (torch.randn(shape, generator=generator) for _ in range(2))
    texts = texts + 0.5 * queries
    gradients, losses = [], []
    for run, scale in (
        (ours, ours.log_scale),
        (lambda q, t: theirs.loss_contrastive(q, t)["loss_contrastive"], theirs.logit_scale),
    ):
        q, t = queries.clone().requires_grad_(), texts.clone().requires_grad_()
        loss = run(q, t)
        loss.backward()
        losses.append(loss.detach().double())
        gradients.append((q.grad, t.grad, scale.grad.detach()))
    exact = by_pairs(queries, texts, min(1 / temperature, 100.0))
    assert abs(losses[0] - losses[1]) <= 1e-6 * losses[1]
    assert abs(losses[0] - exact) <= 1e-6 * exact + 1e-6 * ours.log_scale.exp().item()  # a cosine's rounding, scaled
    for mine, other in zip(*gradients, strict=True):
        assert float((mine - other).abs().max()) <= 1e-5 * float(other.abs().max())
    if shape[0] == 1:
        assert losses[0] == 0


def test_the_scale_stops_at_a_hundred():
    loss = ContrastiveLoss(temperature=1e-4)
    queries, texts = torch.randn(2, 3, 2, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(loss(queries, texts), contrastive_loss(queries, texts, 100.0))
    loss(queries, texts).backward()
    assert loss.log_scale.grad == 0
    with pytest.raises(ValueError, match="one shape"):
        loss(queries, texts[:, :1])


def test_queries_start_equal_and_leave_different():
    """Copies of one vector: only their learned positions and what they see can tell them apart."""
    torch.manual_seed(0)
    first = TaskQueries(8, width=16, num_heads=2, hidden=24).eval()
    features, token = torch.randn(2, 8, 6, 5), torch.randn(2, 16)
    with torch.no_grad():
        same = first(torch.zeros(4, 16), features, token)
        torch.testing.assert_close(same, same[:, :1].expand(-1, 4, -1))
        different = first(torch.randn(4, 16), features, token)
        assert float((different - different[:, :1]).abs().max()) > 0.01
        zeros = first(torch.zeros(4, 16), features, torch.zeros(2, 16))
        torch.testing.assert_close(first(torch.zeros(4, 16), features, None), zeros)
        assert not torch.allclose(zeros, same)
