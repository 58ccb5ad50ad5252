"""diffusers' prior as a graph that computes the caption's keys and values once for all steps."""

from typing import Any

import torch
from diffusers import PriorTransformer
from torch import Tensor, nn
from torch.nn import functional as F

from models.training.importing.networks import example_caption, normal, times
from models.training.onnx_export import Network

STEP_TOKENS = 3  # the timestep, the noised embedding and the query, last in the sequence: they change at every step
PAST, PRESENT = "past_key_values", "present_key_values"


class Prior(nn.Module):
    """x (n, D) whitened and noised, t (n), the caption and past_key_values (n, blocks, 2, p, width) -> x0 (n, D),
    present_key_values (n, blocks, 2, L + 1 - p, width).

    Attention is causal and the caption comes first: the keys and values of its L + 1 tokens are equal at every step.
    With p = 0 they are computed and returned. With p = L + 1 they are given, and the last three tokens are computed.
    """

    def __init__(self, prior: PriorTransformer):
        super().__init__()
        self.prior = prior

    def forward(
        self, x: Tensor, t: Tensor, text_embedding: Tensor, text_states: Tensor, text_mask: Tensor, past: Tensor
    ) -> tuple[Tensor, Tensor]:
        computed = past.shape[3]
        tokens = self.tokens(x, t, text_embedding, text_states)[:, computed:]
        mask = self.mask(text_mask)[:, None, computed:]
        present = []
        for each, key_values in zip(self.prior.transformer_blocks, past.unbind(1), strict=True):
            block: Any = each
            attention, normed = block.attn1, block.norm1(tokens)
            own = torch.stack([attention.to_k(normed), attention.to_v(normed)], dim=1)  # (n, 2, tokens, width)
            present.append(own[:, :, :-STEP_TOKENS])
            keys, values = torch.cat([key_values, own], dim=2).unbind(1)
            tokens = tokens + attend(attention, normed, keys, values, mask)
            tokens = tokens + block.ff(block.norm3(tokens))
        prediction = self.prior.proj_to_clip_embeddings(self.prior.norm_out(tokens)[:, -1])
        return prediction, torch.stack(present, dim=1)

    def tokens(self, x: Tensor, t: Tensor, text_embedding: Tensor, text_states: Tensor) -> Tensor:
        """(n, L + 4, width)"""
        prior: Any = self.prior
        if prior.embedding_proj_norm is not None:
            text_embedding = prior.embedding_proj_norm(text_embedding)
        each = [
            prior.embedding_proj(text_embedding),
            prior.time_embedding(prior.time_proj(t)),
            prior.proj_in(x),
            prior.prd_embedding[:, 0].expand(len(x), -1),
        ]
        caption = prior.encoder_hidden_states_proj(text_states)
        return torch.cat([caption, torch.stack(each, dim=1)], dim=1) + prior.positional_embedding

    def mask(self, text_mask: Tensor) -> Tensor:
        """(n, L + 4, L + 4), added to the logits of attention."""
        padding = F.pad((1 - text_mask) * -10000.0, (0, self.prior.additional_embeddings))
        return padding[:, None] + self.prior.causal_attention_mask


def attend(attention: Any, queries_of: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """queries_of (n, q, width), keys and values (n, k, width), mask (n, 1, q, k) -> (n, q, width)."""
    by_head = [
        each.unflatten(2, (attention.heads, -1)).transpose(1, 2) for each in (attention.to_q(queries_of), keys, values)
    ]
    attended = F.scaled_dot_product_attention(*by_head, attn_mask=mask)
    return attention.to_out[0](attended.transpose(1, 2).flatten(2))


def prior_network(prior: PriorTransformer, dimensions: int, length: int, width: int) -> Network:
    """length, width: of the text states."""
    inner = prior.proj_in.out_features
    past = normal(len(prior.transformer_blocks), 2, 2, inner)  # of two tokens: the exporter would fix the length 0
    given = {"x": normal(dimensions), "t": times(), **example_caption(dimensions, length, width), PAST: past}
    axes = {PAST: {3: "past"}, PRESENT: {3: "present"}}
    return Network("prior.onnx", Prior(prior), given, ["prediction", PRESENT], axes=axes)
