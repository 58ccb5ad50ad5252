"""ECLIPSE's prior: diffusers' PriorTransformer without a timestep. Maps noise and a caption to z_i in one pass."""

import json
from pathlib import Path

import diffusers
import torch
from diffusers.configuration_utils import register_to_config
from torch import Tensor
from torch.nn import functional as F

EXTRA_TOKENS = 3  # the caption's embedding, x, and the learned token that becomes z_i
MASKED = -10000.0


class PriorTransformer(diffusers.PriorTransformer):
    """Has the name and the settings that ECLIPSE's files give it."""

    @register_to_config
    def __init__(
        self,
        num_attention_heads: int = 32,
        attention_head_dim: int = 64,
        num_layers: int = 20,
        embedding_dim: int = 768,
        num_embeddings: int = 77,
        additional_embeddings: int = EXTRA_TOKENS,
        dropout: float = 0.0,
        norm_in_type: str | None = None,
        embedding_proj_norm_type: str | None = None,
        encoder_hid_proj_type: str | None = "linear",
        added_emb_type: str | None = "prd",
        embedding_proj_dim: int | None = None,
        clip_embed_dim: int | None = None,
    ):
        super().__init__(
            num_attention_heads=num_attention_heads,
            attention_head_dim=attention_head_dim,
            num_layers=num_layers,
            embedding_dim=embedding_dim,
            num_embeddings=num_embeddings,
            additional_embeddings=additional_embeddings,
            dropout=dropout,
            norm_in_type=norm_in_type,
            embedding_proj_norm_type=embedding_proj_norm_type,
            encoder_hid_proj_type=encoder_hid_proj_type,
            added_emb_type=added_emb_type,
            embedding_proj_dim=embedding_proj_dim,
            clip_embed_dim=clip_embed_dim,
        )
        del self.time_embedding, self.time_proj
        self.heads = num_attention_heads

    def save_config(self, save_directory, push_to_hub: bool = False, **options):
        """As ECLIPSE's own class, which has no settings for the timestep; diffusers' class adds them."""
        super().save_config(save_directory, push_to_hub, **options)
        file = Path(save_directory) / "config.json"
        settings = {key: value for key, value in json.loads(file.read_text()).items() if not key.startswith("time_")}
        file.write_text(json.dumps(settings))

    def forward(  # type: ignore[override]
        self, x: Tensor, text_embedding: Tensor, text_states: Tensor, text_mask: Tensor
    ) -> Tensor:
        """x (n, D) standard normal, the caption -> z_i (n, D)."""
        extra = [self.embedding_proj(text_embedding)[:, None], self.proj_in(x)[:, None]]
        learned, project = self.prd_embedding, self.encoder_hidden_states_proj
        assert learned is not None
        assert project is not None
        tokens = torch.cat([project(text_states), *extra, learned.expand(x.shape[0], -1, -1)], dim=1)
        tokens = tokens + self.positional_embedding
        padding = F.pad(MASKED * (1 - text_mask), (0, EXTRA_TOKENS))
        mask = (padding[:, None, :] + self.causal_attention_mask).repeat_interleave(self.heads, dim=0)
        for block in self.transformer_blocks:
            tokens = block(tokens, attention_mask=mask)
        return self.proj_to_clip_embeddings(self.norm_out(tokens)[:, -1])
