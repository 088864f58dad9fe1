"""The first words of the next call: out of one conversation, in the caller's language, safe on a loudspeaker."""

from astra_pipeline.conversations.opening.aloud import is_fit_for_bystanders
from astra_pipeline.conversations.opening.compose import careful, compose
from astra_pipeline.conversations.opening.gate import gated
from astra_pipeline.conversations.opening.tongue import Tongue, tongue_of, tongue_of_level

__all__ = ["Tongue", "careful", "compose", "gated", "is_fit_for_bystanders", "tongue_of", "tongue_of_level"]
