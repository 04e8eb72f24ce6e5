"""The wire format of vLLM's OpenAI-compatible server: OpenAI's, with health, version, metrics and rerank.

Its headers go out as soon as a request is accepted, and `[DONE]` follows an error inside a stream too.
"""

import time
import uuid
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from orchqueue.kit.engine.ask import Ask, Workload
from orchqueue.kit.engine.exposition import Exposition
from orchqueue.kit.engine.facts import Facts, Progress
from orchqueue.kit.engine.formats.openai import OpenAi, OpenAiTalk
from orchqueue.kit.engine.reading import Fields, count
from orchqueue.kit.engine.text import prompt_tokens, token_id
from orchqueue.kit.engine.wire import (
    EXPOSITION,
    Answer,
    Data,
    End,
    Manners,
    RefusedError,
    Talk,
    json_answer,
    ranked,
)

_KINDS = {
    400: "BadRequestError",
    404: "NotFoundError",
    500: "InternalServerError",
    501: "NotImplementedError",
}
_BEGIN = 1  # the number of the begin-of-text token
_RERANK = frozenset({"/rerank", "/v1/rerank", "/v2/rerank"})


class VllmTalk(OpenAiTalk):
    """One answer to `POST /v1/completions`; chunks tell usage only where `continuous_usage_stats` asks."""

    def choice(self, text: str, end: End | None) -> Data:
        reason = end.word if end is not None and end.reason == "word" else None
        return {**super().choice(text, end), "stop_reason": reason}

    def chunk_usage(self) -> Data:
        asked = self.option("include_usage") and self.option("continuous_usage_stats")
        return {"usage": self.usage()} if asked else {}


class Vllm(OpenAi):
    """vLLM. `priority` is refused unless its scheduler runs with the priority policy."""

    version: ClassVar[str] = "0.11.0"
    manners: ClassVar[Manners] = Manners(
        headers=(("server", "uvicorn"),), early_headers=True, done=True, done_after_error=True
    )
    needs_model: ClassVar[bool] = False

    def workload(self, method: str, path: str) -> Workload | None:
        if method == "POST" and path in _RERANK:
            return "rerank"
        return super().workload(method, path)

    def page(self, method: str, path: str, body: bytes, facts: Facts) -> Answer:
        match method, path:
            case "GET", "/health" | "/ping":
                return Answer(200, None)
            case "GET", "/version":
                return json_answer({"version": facts.version})
            case "GET", "/metrics":
                return self.metrics(facts)
            case "GET", "/v1/models":
                return super().page(method, path, body, facts)
            case "POST", "/tokenize":
                return json_answer(self._tokenize(self.checked(body, facts), facts))
        raise self.refusal(404, "Not Found", "Not Found")

    def model(self, facts: Facts) -> Data:
        more = {"owned_by": "vllm", "root": facts.model, "parent": None, "max_model_len": facts.ctx}
        return super().model(facts) | more

    def metrics(self, facts: Facts) -> Answer:
        totals, out = facts.totals, Exposition("vllm:", {"engine": "0", "model_name": facts.model})
        out.gauge("num_requests_running", facts.running)
        out.gauge("num_requests_waiting", facts.waiting)
        out.gauge("kv_cache_usage_perc", facts.cached)
        out.counter("prompt_tokens_total", totals.prompt_tokens)
        out.counter("generation_tokens_total", totals.predicted_tokens)
        out.counter("request_success_total", totals.succeeded, finished_reason="stop")
        out.counter("request_success_total", totals.aborted, finished_reason="abort")
        out.histogram(
            "time_to_first_token_seconds",
            [each / 1000.0 for each in totals.waits_ms],
            (0.001, 0.01, 0.1, 1.0, 10.0),
        )
        out.histogram(
            "inter_token_latency_seconds", [each / 1000.0 for each in totals.gaps_ms], (0.001, 0.01, 0.1, 1.0)
        )
        return Answer(200, EXPOSITION, out.text())

    def read(self, workload: Workload, path: str, body: bytes, facts: Facts) -> Ask:
        if workload == "rerank":
            return self._rerank(self.checked(body, facts), path)
        return super().read(workload, path, body, facts)

    def talk(self, ask: Ask, facts: Facts, progress: Progress) -> Talk:
        return VllmTalk(ask, facts, progress)

    def rules(self, ask: Ask, facts: Facts) -> list[tuple[bool, str]]:
        few = ask.top_k is not None and ask.top_k < -1
        rare = ask.min_p is not None and not 0 <= ask.min_p <= 1
        refused = ask.priority != 0 and not facts.by_priority
        return [
            *super().rules(ask, facts),
            (few, f"top_k must be 0 (disable), or at least 1, got {ask.top_k}."),
            (rare, f"min_p must be in [0, 1], got {ask.min_p}."),
            (refused, f"Got priority {ask.priority} but Priority scheduling is not enabled."),
        ]

    def refusal(self, status: int, message: str, kind: str | None = None) -> RefusedError:
        kind = kind or _KINDS.get(status) or HTTPStatus(status).phrase
        return RefusedError(
            status, {"error": {"message": message, "type": kind, "param": None, "code": status}}
        )

    def busy(self, *, stream: bool) -> RefusedError:
        return self.refusal(503, "The server is overloaded. Please try again later.")

    def loading(self, method: str, path: str) -> RefusedError | None:
        return self.refusal(503, "The engine is not ready")

    def embeddings(self, ask: Ask, facts: Facts, vectors: Sequence[list[float]]) -> Any:
        answer = super().embeddings(ask, facts, vectors)
        usage = answer["usage"] | {"completion_tokens": 0, "prompt_tokens_details": None}
        return {"id": f"embd-{uuid.uuid4().hex}", "created": int(time.time())} | answer | {"usage": usage}

    def ranking(self, ask: Ask, facts: Facts, scores: Sequence[float]) -> Any:
        top_n = Fields(ask.body, self.wrong).integer("top_n") or None
        results = [
            {"index": n, "document": {"text": ask.inputs[n], "multi_modal": None}, "relevance_score": value}
            for n, value in ranked(scores, top_n)
        ]
        usage = {"prompt_tokens": ask.prompt_tokens, "total_tokens": ask.prompt_tokens}
        return {"id": f"rerank-{uuid.uuid4().hex}", "model": facts.model, "usage": usage, "results": results}

    def _rerank(self, data: Data, path: str) -> Ask:
        fields = Fields(data, self.wrong)
        query, documents = fields.text("query"), fields.texts("documents")
        if query is None or documents is None:
            raise self.refusal(400, "query and documents are required")
        fields.integer("top_n")
        tokens = sum(count(query, document) for document in documents)
        return Ask("rerank", path, prompt=query, inputs=documents, prompt_tokens=tokens, body=data)

    def _tokenize(self, data: Data, facts: Facts) -> Data:
        prompt = Fields(data, self.wrong).text("prompt")
        if prompt is None:
            raise self.wrong("prompt", "string", None)
        tokens = [_BEGIN, *(token_id(piece) for piece in prompt_tokens(prompt))]
        if data.get("add_special_tokens") is False:
            del tokens[0]
        return {"count": len(tokens), "max_model_len": facts.ctx, "tokens": tokens, "token_strs": None}
