"""Plays a recording once more: the same core, on what was observed, in the recording's own time."""

from bridge.replay.models import AnswerDiffers, ModelOutcome, ModelTalk
from bridge.replay.player import Difference, Outcome, replay

__all__ = ["AnswerDiffers", "Difference", "ModelOutcome", "ModelTalk", "Outcome", "replay"]
