"""A language model's server that runs on this machine: OpenAI's HTTP, honest or not, well or not."""

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import web

from sandbox.faults import Fault, Faults, endure, pause
from sandbox.openai_oddities import BODIES, MESSAGES, REFUSALS, STREAMED, Quirk, error
from sandbox.openai_translating import Translate, asked, translated
from sandbox.pulse import Pulse

Json = dict[str, Any]

API_KEY = "sk-sandbox-0123456789"
MODEL = "gpt-4o-mini"
NOT_FOUND = '{"sources": [], "answer": null, "escalate": "not_found"}'
DIMENSIONS = 256
HUGE = 100 * 1024 * 1024
SENTENCES = 2

ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
CHAT_FIELDS = """model messages temperature max_tokens max_completion_tokens stream stream_options n stop seed
top_p user tools tool_choice response_format presence_penalty frequency_penalty logprobs store metadata"""
KNOWN_FIELDS = frozenset(CHAT_FIELDS.split())


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came in; `name` is chat, models or embeddings."""

    name: str
    body: Json
    headers: dict[str, str]
    at: float


class _Refused(Exception):
    def __init__(
        self, status: int, message: str = "", code: str | None = None, param: str | None = None
    ) -> None:
        kind, usual, words = REFUSALS[status]
        self.status, self.body = status, error(message or words, kind, code or usual, param)


def material(body: Json) -> Json:
    """What the bot gave the model to answer from; empty for requests that are not the bot's."""
    for message in body["messages"]:
        try:
            given = json.loads(message["content"])
        except ValueError:
            continue
        if isinstance(given, dict) and "passages" in given:
            return given
    return {}


def in_form(text: str, body: Json) -> str:
    """A text as the answer that the bot asks for, resting on all that was given; as it is where nobody asked for a form."""
    given = material(body)
    if not given:
        return text
    ids = [one["id"] for one in [*given["passages"], *given["facts"]]]
    return json.dumps({"sources": ids, "answer": text, "escalate": None}, ensure_ascii=False)


def honest(body: Json) -> str:
    """The first sentences of the first passage, or that there is no answer in it."""
    passages = material(body).get("passages") or [{"id": "p1", "text": ""}]
    _, _, passage = passages[0]["text"].partition("\n")
    paragraph = passage.strip().partition("\n\n")[0]
    if not paragraph or paragraph.startswith(("|", "-", "1.", "•")):
        return NOT_FOUND
    sentences = re.split(r"(?<=[.!?])\s+(?=[^\W\d_a-zåäöæø])", re.sub(r"\*\*|`", "", paragraph))
    answer = {"sources": [passages[0]["id"]], "answer": " ".join(sentences[:SENTENCES]), "escalate": None}
    return json.dumps(answer, ensure_ascii=False)


class OpenAIEmulator:
    """`faults` scripts what goes wrong on the wire, by the names chat, models and embeddings. `quirks` holds the
    next odd answers, oldest first. `unsupported` are fields that the model refuses, as newer ones do. `pace` is how
    many seconds pass between two words of a streamed answer."""

    def __init__(self, *, api_key: str = API_KEY, model: str = MODEL) -> None:
        self.api_key, self.model = api_key, model
        self.faults, self.pulse = Faults(), Pulse()
        self.quirks: list[Quirk] = []
        self.unsupported: set[str] = set()
        self.asked: list[Asked] = []
        self.pace = 0.0
        self.answer: Callable[[Json], str] = honest
        self.translate: Translate = translated
        self.url = ""
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1; returns the base address, which is also `url` and ends with /v1."""
        self._closing.clear()
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._door("chat", self._chat))
        app.router.add_get("/v1/models", self._door("models", self._models))
        app.router.add_post("/v1/embeddings", self._door("embeddings", self._embeddings))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self.url

    async def stop(self) -> None:
        self._closing.set()
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> "OpenAIEmulator":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def say(self, text: str) -> None:
        """Be obedient: answer every question with `text`, true or not, in the form that was asked for."""
        self.answer = lambda body: in_form(text, body)

    def write(self, text: str) -> None:
        """Answer every question with exactly this."""
        self.answer = lambda _: text

    def be_honest(self) -> None:
        self.answer = honest

    # the doors

    def _door(
        self, name: str, work: Callable[[web.Request, Json], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def door(request: web.Request) -> web.StreamResponse:
            body = await _body(request)

            async def accept() -> web.Response:
                return cast("web.Response", await self._accept(request, body, work))

            self.asked.append(Asked(name, body, dict(request.headers), time.time()))
            self.pulse.beat()
            fault = self.faults.pick(name, body)
            return await (endure(fault, request, accept, _refuse, self._closing) if fault else accept())

        return door

    async def _accept(
        self,
        request: web.Request,
        body: Json,
        work: Callable[[web.Request, Json], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        try:
            if request.headers.get("Authorization") != f"Bearer {self.api_key}":
                raise _Refused(401)
            if request.method == "POST" and body.get("model") != self.model:
                raise _Refused(404)
            return await work(request, body)
        except _Refused as refused:
            return web.Response(status=refused.status, body=refused.body, content_type="application/json")

    async def _models(self, request: web.Request, body: Json) -> web.Response:
        known = {"id": self.model, "object": "model", "created": 1721172741, "owned_by": "sandbox"}
        return web.json_response({"object": "list", "data": [known]})

    async def _embeddings(self, request: web.Request, body: Json) -> web.Response:
        given = body.get("input")
        texts = [given] if isinstance(given, str) else given
        if not isinstance(texts, list) or not texts or not all(isinstance(t, str) and t for t in texts):
            raise _Refused(400, "'input' must be a string or a list of strings.", param="input")
        entries = [
            {"object": "embedding", "index": index, "embedding": vector(text)}
            for index, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return web.json_response({"object": "list", "model": self.model, "data": entries, "usage": usage})

    async def _chat(self, request: web.Request, body: Json) -> web.StreamResponse:
        self._check(body)
        if self.quirks and (self.quirks[0] not in STREAMED or body.get("stream")):
            quirk = self.quirks.pop(0)
            if quirk not in STREAMED:
                return await self._odd(request, quirk)
        else:
            quirk = None
        text = self.translate(body) if asked(body) else self.answer(body)
        usage = {"prompt_tokens": _tokens(*(one["content"] for one in body["messages"]))}
        usage |= {"completion_tokens": _tokens(text)}
        usage["total_tokens"] = sum(usage.values())
        if body.get("stream"):
            return await self._stream(request, text, usage if body.get("stream_options") else None, quirk)
        return web.json_response(self._completion({"content": text}, "stop") | {"usage": usage})

    def _check(self, body: Json) -> None:
        if strangers := sorted(body.keys() - KNOWN_FIELDS):
            raise _Refused(400, f"Unrecognized request argument supplied: {strangers[0]}")
        if refused := sorted(body.keys() & self.unsupported):
            raise _Refused(400, f"Unsupported parameter: {refused[0]}", "unsupported_parameter", refused[0])
        messages = body.get("messages")
        if not isinstance(messages, list) or not messages or not all(map(_is_message, messages)):
            raise _Refused(400, "Invalid value for 'messages'.", param="messages")
        if not 0 <= body.get("temperature", 1) <= 2:
            raise _Refused(400, "Invalid 'temperature'.", param="temperature")
        if body.get("max_tokens", 1) < 1:
            raise _Refused(400, "Invalid 'max_tokens'.", param="max_tokens")

    def _completion(self, message: Json, finish_reason: str) -> Json:
        choice = {"index": 0, "message": {"role": "assistant"} | message, "finish_reason": finish_reason}
        return {
            "id": "chatcmpl-sandbox",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": self.model,
            "choices": [choice | {"logprobs": None}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }

    async def _stream(
        self, request: web.Request, text: str, usage: Json | None, quirk: Quirk | None
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        pieces: list[Json] = [
            {"role": "assistant"},
            *({"content": p} for p in re.findall(r"\s*\S+", text)),
            {},
        ]
        with suppress(ConnectionError):  # the caller has had enough
            for number, delta in enumerate(pieces, 1):
                finish = "stop" if number == len(pieces) else None
                await _send(response, self._chunk([{"index": 0, "delta": delta, "finish_reason": finish}]))
                if quirk is not None and number == len(pieces) // 2:
                    await STREAMED[quirk](request, response, self._closing)
                    if quirk is not Quirk.STREAM_REPEATS:
                        return response
                if self.pace:
                    await pause(self.pace, self._closing)
            if usage:
                await _send(response, self._chunk([], usage))
            await _send(response, "[DONE]")
        return response

    def _chunk(self, choices: list[Json], usage: Json | None = None) -> str:
        chunk = {"id": "chatcmpl-sandbox", "object": "chat.completion.chunk", "created": int(time.time())}
        return json.dumps(chunk | {"model": self.model, "choices": choices, "usage": usage})

    async def _odd(self, request: web.Request, quirk: Quirk) -> web.StreamResponse:
        if quirk in MESSAGES:
            return web.json_response(self._completion(*MESSAGES[quirk]))
        if quirk in BODIES:
            body, kind = BODIES[quirk]
            return web.Response(body=body, content_type=kind)
        if quirk is Quirk.NO_CHOICES:
            return web.json_response(self._completion({}, "stop") | {"choices": []})
        return await self._endless(request, quirk)

    async def _endless(self, request: web.Request, quirk: Quirk) -> web.StreamResponse:
        """A body of spaces, which JSON allows: 100 MB at once, or one now and then until the caller leaves."""
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        if quirk is Quirk.PACKED:
            response.enable_compression(web.ContentCoding.gzip)
        await response.prepare(request)
        drip = quirk is Quirk.DRIP
        piece, left = (b" ", HUGE) if drip else (b" " * 65536, HUGE // 65536)
        with suppress(ConnectionError):  # the caller has had enough
            while left > 0 and not self._closing.is_set():
                await response.write(piece)
                left -= 1
                if drip:
                    await pause(0.02, self._closing)
        return response


async def _body(request: web.Request) -> Json:
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _refuse(fault: Fault) -> web.Response:
    kind, code, words = REFUSALS.get(fault.code, REFUSALS[500 if fault.code >= 500 else 400])
    headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    if 300 <= fault.code < 400:
        headers["Location"] = "/v1/models"
    body = fault.body if fault.body is not None else error(words, kind, code)
    return web.Response(status=fault.code, body=body, content_type="application/json", headers=headers)


def _is_message(message: object) -> bool:
    return (
        isinstance(message, dict) and message.get("role") in ROLES and isinstance(message.get("content"), str)
    )


async def _send(response: web.StreamResponse, line: str) -> None:
    await response.write(f"data: {line}\n\n".encode())


def _tokens(*texts: str) -> int:
    """About as many as there would be."""
    return sum(len(text) for text in texts) // 4 + 1


def vector(text: str) -> list[float]:
    """A vector of length 1 that is near another one when the texts share words; always the same."""
    counts = [0.0] * DIMENSIONS
    for word in re.findall(r"\w+", text.casefold()) or [text]:
        digest = hashlib.blake2b(word.encode(), digest_size=4).digest()
        counts[int.from_bytes(digest[:2], "big") % DIMENSIONS] += 1.0 if digest[2] & 1 else -1.0
    length = sum(count * count for count in counts) ** 0.5 or 1.0
    return [count / length for count in counts]
