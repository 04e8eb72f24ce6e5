"""Engines that the kit plays itself. Their wire format is real; what they do is the scenario's to say."""

from orchqueue.kit.engine.gate import Gate
from orchqueue.kit.engine.record import EngineRequest
from orchqueue.kit.engine.script import EngineScript
from orchqueue.kit.engine.scripted import ScriptedEngine

__all__ = ["EngineRequest", "EngineScript", "Gate", "ScriptedEngine"]
