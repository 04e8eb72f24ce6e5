"""The wire format of llama.cpp's `llama-server`, as its own builds answer.

The shapes of what is only looked at are in `llamacpp_pages`.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from orchqueue.kit.engine.ask import Ask, Workload
from orchqueue.kit.engine.facts import Facts, Progress
from orchqueue.kit.engine.formats import llamacpp_pages as pages
from orchqueue.kit.engine.reading import Fields, base64_vector, count, inputs_of, parse, prompt_of
from orchqueue.kit.engine.text import token_id
from orchqueue.kit.engine.wire import (
    Answer,
    Data,
    End,
    Event,
    Manners,
    RefusedError,
    Step,
    Talk,
    Wire,
    json_answer,
    ranked,
)

JSON: Final = "application/json; charset=utf-8"
_KINDS = {
    400: "invalid_request_error",
    404: "not_found_error",
    501: "not_supported_error",
    503: "unavailable_error",
}
_WORK: dict[str, Workload] = {
    "/completion": "completion",
    "/completions": "completion",
    "/embedding": "embedding",
    "/embeddings": "embedding",
    "/v1/embeddings": "embedding",
    "/rerank": "rerank",
    "/reranking": "rerank",
    "/v1/rerank": "rerank",
    "/v1/reranking": "rerank",
}
_PROMPT = (
    '"prompt" elements must be a string, a list of tokens, a JSON object containing a prompt string, '
    "or a list of mixed strings & tokens."
)


class LlamaCppTalk(Talk):
    """One answer to `POST /completion`."""

    def token(self, step: Step) -> list[Event]:
        data: Data = {
            "index": 0,
            "content": step.text,
            "tokens": [token_id(step.piece)],  # only the one that completed the text
            "stop": False,
            "id_slot": -1,
            "tokens_predicted": self.progress.decoded,
            "tokens_evaluated": self.ask.prompt_tokens,
        }
        if self.ask.body.get("timings_per_token") is True:
            data["timings"] = pages.timings(self.ask, self.progress)
        return [Event(data)]

    def end(self, end: End) -> list[Event]:
        return [Event(self._final(end, ""), last=True)]

    def whole(self, end: End) -> Data:
        return self._final(end, end.text)

    def _final(self, end: End, content: str) -> Data:
        used = self.ask.prompt_tokens + self.progress.decoded
        return {
            "index": 0,
            "content": content,
            "tokens": [],
            "id_slot": self.progress.slot,
            "stop": True,
            "model": self.facts.model,
            "tokens_predicted": self.progress.decoded,
            "tokens_evaluated": self.ask.prompt_tokens,
            "generation_settings": pages.settings(self.ask),
            "prompt": "<s> " + self.ask.prompt,
            "has_new_line": "\n" in content,
            "truncated": end.reason == "length" and used >= self.facts.ctx,
            "stop_type": {"stop": "eos", "length": "limit", "word": "word"}[end.reason],
            "stopping_word": end.word,
            "tokens_cached": used - 1,
            "timings": pages.timings(self.ask, self.progress),
        }


class LlamaCpp(Wire):
    """llama.cpp. Headers come with the first token; one that completes no character makes no event."""

    version: ClassVar[str] = "b5200-3f1c2d4e"
    manners: ClassVar[Manners] = Manners(
        headers=(("Server", "llama.cpp"),),
        kept=("Keep-Alive: timeout=5, max=100",),
        stream_headers=(("X-Accel-Buffering", "no"), ("Content-Type", "text/event-stream")),
        json_type=JSON,
        error_closes=True,
    )
    silent_tokens: ClassVar[bool] = True
    loses_withheld: ClassVar[bool] = True

    def workload(self, method: str, path: str) -> Workload | None:
        return _WORK.get(path) if method == "POST" else None

    def page(self, method: str, path: str, body: bytes, facts: Facts) -> Answer:
        match method, path:
            case "GET", "/health" | "/v1/health":
                return json_answer({"status": "ok"}, JSON)
            case "GET", "/props":
                return json_answer(pages.props(facts), JSON)
            case "GET", "/slots":
                return json_answer(pages.slots(facts), JSON)
            case "GET", "/metrics":
                return self.metrics(facts)
            case "POST", "/tokenize":
                return json_answer(pages.tokenize(_object(body)), JSON)
        raise self.refusal(404, "File Not Found")

    def metrics(self, facts: Facts) -> Answer:
        return Answer(200, "text/plain; version=0.0.4", pages.metrics(facts))

    def read(self, workload: Workload, path: str, body: bytes, facts: Facts) -> Ask:
        data = _object(body)
        if workload == "completion":
            return _completion(data, path, facts)
        return _embedding(data, path) if workload == "embedding" else _rerank(data, path)

    def check(self, ask: Ask, facts: Facts) -> RefusedError | None:
        fits = ask.workload != "completion" or ask.prompt_tokens < facts.ctx
        return None if fits else _too_long(ask.prompt_tokens, facts.ctx)

    def talk(self, ask: Ask, facts: Facts, progress: Progress) -> Talk:
        return LlamaCppTalk(ask, facts, progress)

    def refusal(self, status: int, message: str, kind: str | None = None) -> RefusedError:
        return _refused(status, message, kind)

    def busy(self, *, stream: bool) -> RefusedError:
        return _refused(503, "no slot available")

    def loading(self, method: str, path: str) -> RefusedError | None:
        return _refused(503, "Loading model")

    def failure(self, message: str, kind: str | None, *, stream: bool) -> RefusedError:
        return _refused(500, message, kind)

    def embeddings(self, ask: Ask, facts: Facts, vectors: Sequence[list[float]]) -> Any:
        if not ask.path.startswith("/v1/"):
            return [{"index": n, "embedding": [vector]} for n, vector in enumerate(vectors)]
        encoded = ask.body.get("encoding_format") == "base64"
        more = {"encoding_format": "base64"} if encoded else {}
        data = [
            {
                "embedding": base64_vector(vector) if encoded else vector,
                "index": n,
                "object": "embedding",
                **more,
            }
            for n, vector in enumerate(vectors)
        ]
        return {**self._head(ask, facts), "data": data}

    def ranking(self, ask: Ask, facts: Facts, scores: Sequence[float]) -> Any:
        top_n = Fields(ask.body, _wrong).integer("top_n")
        results = [{"index": n, "relevance_score": value} for n, value in ranked(scores, top_n)]
        return {**self._head(ask, facts), "results": results}

    @staticmethod
    def _head(ask: Ask, facts: Facts) -> Data:
        usage = {"prompt_tokens": ask.prompt_tokens, "total_tokens": ask.prompt_tokens}
        return {"model": ask.body.get("model", facts.model), "object": "list", "usage": usage}


def _completion(data: Data, path: str, facts: Facts) -> Ask:
    if "prompt" not in data:
        raise _refused(400, "[json.exception.out_of_range.403] key 'prompt' not found")
    prompt = prompt_of(data["prompt"])
    if prompt is None:
        raise _refused(400, _PROMPT)
    text, tokens = prompt
    fields = Fields(data, _wrong)
    asked, seed = fields.integer("n_predict"), fields.integer("seed")
    most = asked if asked is not None and asked >= 0 else None
    stop = data.get("stop")
    temperature = fields.number("temperature")
    return Ask(
        "completion",
        path,
        prompt=text,
        prompt_tokens=tokens,
        stream=bool(fields.boolean("stream")),
        max_tokens=most,
        limit=facts.ctx - tokens if most is None else min(facts.ctx - tokens, max(most, 1)),
        seed=None
        if seed is None or seed & pages.RANDOM_SEED == pages.RANDOM_SEED
        else seed & pages.RANDOM_SEED,
        temperature=temperature,
        top_k=fields.integer("top_k"),
        top_p=fields.number("top_p"),
        min_p=fields.number("min_p"),
        stop=tuple(word for word in stop if isinstance(word, str)) if isinstance(stop, list) else (),
        greedy=temperature is not None and temperature <= 0,
        cached=fields.boolean("cache_prompt") is not False,
        body=data | {"timings_per_token": bool(fields.boolean("timings_per_token"))},
    )


def _embedding(data: Data, path: str) -> Ask:
    value = data.get("input", data.get("content"))
    if value is None:
        raise _refused(400, '"input" or "content" must be provided')
    if value == []:
        raise _refused(400, '"input" must not be empty')
    inputs = inputs_of(value)
    if inputs is None:
        raise _refused(400, _PROMPT)
    return Ask("embedding", path, inputs=inputs[0], prompt_tokens=inputs[1], body=data)


def _rerank(data: Data, path: str) -> Ask:
    query, documents = data.get("query"), data.get("documents", data.get("texts"))
    if not isinstance(query, str):
        raise _refused(400, '"query" must be provided' if query is None else '"query" must be a string')
    if not isinstance(documents, list) or not documents:
        raise _refused(400, '"documents" must be a non-empty string array')
    if not all(isinstance(document, str) for document in documents):
        raise _refused(400, '"documents" must be a non-empty string array')
    Fields(data, _wrong).integer("top_n")
    tokens = sum(count(query, document) for document in documents)
    return Ask("rerank", path, prompt=query, inputs=tuple(documents), prompt_tokens=tokens, body=data)


def _object(body: bytes) -> Data:
    try:
        data = parse(body)
    except ValueError as error:
        raise _refused(400, f"[json.exception.parse_error.101] parse error: {error}") from error
    if not isinstance(data, dict):
        raise _refused(400, f"[json.exception.type_error.304] cannot use at() with {_json_type(data)}")
    return data


def _wrong(name: str, wanted: str, value: Any) -> RefusedError:
    detail = f"[json.exception.type_error.302] type must be {wanted}, but is {_json_type(value)}"
    return _refused(400, f"Field '{name}': {detail}")


def _too_long(tokens: int, ctx: int) -> RefusedError:
    message = (
        f"request ({tokens} tokens) exceeds the available context size ({ctx} tokens), try increasing it"
    )
    return _refused(400, message, "exceed_context_size_error", n_prompt_tokens=tokens, n_ctx=ctx)


def _refused(status: int, message: str, kind: str | None = None, **more: Any) -> RefusedError:
    kind = kind or _KINDS.get(status, "server_error")
    return RefusedError(status, {"error": {"code": status, "message": message, "type": kind, **more}})


def _json_type(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
