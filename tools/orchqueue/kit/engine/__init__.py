"""Engines that the kit plays itself. Their wire format is real; what they do is the scenario's to say."""

from orchqueue.kit.engine.ask import Ask, Workload
from orchqueue.kit.engine.formats import FORMATS
from orchqueue.kit.engine.gate import Gate
from orchqueue.kit.engine.pooling import score, vector
from orchqueue.kit.engine.record import EngineRequest
from orchqueue.kit.engine.script import EngineScript, Special
from orchqueue.kit.engine.scripted import ScriptedEngine
from orchqueue.kit.engine.turnstile import Turnstile

__all__ = [
    "FORMATS",
    "Ask",
    "EngineRequest",
    "EngineScript",
    "Gate",
    "ScriptedEngine",
    "Special",
    "Turnstile",
    "Workload",
    "score",
    "vector",
]
