"""One call to an OpenAI-compatible server, and every way in which it fails; importing openai costs most of a
second, so this module is imported late and in a thread."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.ai.breaker import Trouble
from bot.ai.failure import NoReply
from bot.ai.prompt import FORM
from bot.ai.purse import Usage
from bot.settings_ai import Link

CONNECT_SECONDS = 2.0
LARGEST_BODY = 1024 * 1024
MOST_TOKENS = 400
MOST_TOKENS_OF_A_THINKER = 4000
"""A model that thinks before it writes pays for its thoughts from the same purse."""
LONGEST_TEXT = 32_000
LETTERS_A_TOKEN = 3
"""For servers that do not say what a call took."""
MOST_TOKENS_REPORTED = 10_000_000

QUOTA_CODES = frozenset({"insufficient_quota", "billing_not_active", "billing_hard_limit_reached"})
"""Codes, never words: servers say "insufficient quota" of a mere rate limit, too."""

STATUSES: dict[int, tuple[str, Trouble]] = {
    401: ("does not know our key: check {key}", Trouble.LASTING),
    402: ("wants to be paid first: see the account's billing", Trouble.LASTING),
    403: ("does not let this key use the model: check the account's rights", Trouble.PASSING),
    404: ("does not know the model or the address: check model and base_url under [ai]", Trouble.PASSING),
    429: ("has had too many questions for now", Trouble.PASSING),
}
QUOTA = ("says that the account's quota is used up: see its billing", Trouble.LASTING)
UNFINISHED: dict[str, str] = {
    "length": "did not come to an end",
    "content_filter": "was stopped by the server's filter",
    "tool_calls": "wanted to use a tool that it does not have",
    "function_call": "wanted to use a tool that it does not have",
}
Message = dict[str, str]
Watch = Callable[[str], None]
"""Is given all that was written so far, each time that it grows."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class _Message(_Strict):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Strict):
    message: _Message
    finish_reason: str | None = None


class _Completion(_Strict):
    choices: list[_Choice]
    usage: Any = None


class _Piece(_Strict):
    delta: _Message = _Message()
    finish_reason: str | None = None


class _Chunk(_Strict):
    choices: list[_Piece] = []
    usage: Any = None


class _Oversized(Exception):
    """The body is larger than any answer can be, or packed so that we cannot know."""


class _Capped(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = LARGEST_BODY
        async for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise _Oversized
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _cap(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise _Oversized
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Capped(response.stream)


class Line:
    """One server and one model of it."""

    def __init__(self, link: Link) -> None:
        provider = link.provider
        self._model, self._key = provider.model, provider.key or "its key"
        self._host = urlsplit(provider.base_url).hostname or "the server"
        self._options: dict[str, Any] = {
            "temperature": 0,
            "max_tokens": MOST_TOKENS,
            "response_format": FORM,
            "stream_options": {"include_usage": True},
        }
        seconds = provider.timeout_seconds
        timeout = httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        self._client = openai.AsyncOpenAI(
            base_url=provider.base_url,
            api_key=link.key.get_secret_value(),
            organization=link.organization or None,
            timeout=timeout,
            max_retries=0,
            default_headers={"Accept-Encoding": "identity"},
            http_client=openai.DefaultAsyncHttpxClient(
                timeout=timeout, follow_redirects=False, event_hooks={"response": [_cap]}
            ),
        )
        self._ask = self._client.chat.completions.with_raw_response.create  # loads the rest of the library
        self._ask_streamed = self._client.chat.completions.with_streaming_response.create

    async def close(self) -> None:
        await self._client.close()

    @property
    def most_tokens(self) -> int:
        """What one answer may take at most."""
        return int(self._options.get("max_completion_tokens") or MOST_TOKENS)

    async def ask(
        self, messages: Sequence[Message], watch: Watch | None = None, *, tokens: int = MOST_TOKENS
    ) -> tuple[str, Usage]:
        """The model's words, never empty, and what they took. One HTTP call. Raises NoReply."""
        try:
            if watch is not None:
                return await self._streamed(messages, watch)
            options = {name: value for name, value in self._options.items() if name != "stream_options"}
            if "max_tokens" in options:
                options["max_tokens"] = max(tokens, MOST_TOKENS)
            answered = await self._ask(model=self._model, messages=_typed(messages), **options)
            return self._read(answered.content, messages)
        except _Oversized:
            raise self._fails("sent more than an answer can be") from None
        except openai.APIStatusError as refused:
            raise self._refusal(refused) from None
        except openai.APITimeoutError:
            raise self._fails("did not answer in time") from None
        except (openai.APIConnectionError, httpx2.HTTPError):
            raise self._fails("cannot be reached") from None
        except (openai.OpenAIError, ValidationError, UnicodeDecodeError):
            raise self._fails("answered something that is no chat completion") from None

    async def look(self) -> str:
        """Whether the server knows us, without asking the model anything. Raises NoReply."""
        try:
            known = [model.id async for model in self._client.models.list()]
        except openai.APIStatusError as refused:
            raise self._refusal(refused) from None
        except (openai.OpenAIError, httpx2.HTTPError, ValidationError, _Oversized, ValueError):
            raise self._fails("cannot be reached, or lists no models") from None
        return "" if self._model in known else f"{self._host} does not list the model {self._model}"

    async def _streamed(self, messages: Sequence[Message], watch: Watch) -> tuple[str, Usage]:
        text, finished, usage = "", "", None
        asked = self._ask_streamed(model=self._model, messages=_typed(messages), stream=True, **self._options)
        async with asked as answer:
            async for line in answer.iter_lines():
                if not line.startswith("data:") or line == "data: [DONE]":
                    continue
                chunk = _Chunk.model_validate_json(line.removeprefix("data:").strip())
                usage = chunk.usage or usage
                for piece in chunk.choices[:1]:
                    if piece.delta.refusal:
                        raise NoReply("The model refused to answer.", Trouble.NONE)
                    text += piece.delta.content or ""
                    finished = piece.finish_reason or finished
                    if piece.delta.content:
                        watch(text)
                if len(text) > LONGEST_TEXT:
                    raise _Oversized
        if not finished:
            raise self._fails("broke off in the middle of its answer")
        return self._whole(text, finished), _usage(usage, messages, text)

    def _fails(self, how: str, trouble: Trouble = Trouble.PASSING, *, free: bool = False) -> NoReply:
        return NoReply(f"{self._host} {how}.", trouble, free=free)

    def _refusal(self, refused: openai.APIStatusError) -> NoReply:
        status, codes = refused.status_code, {refused.code, refused.type}
        if "content_filter" in codes:  # what the customer wrote: it must not silence the model for others
            return NoReply("The question was stopped by the server's filter.", Trouble.NONE, free=True)
        if status == 400 and self._learn(refused.param):
            words = f"{self._model} does not take {refused.param}: left out from now on."
            return NoReply(words, Trouble.NONE, again=True, free=True)
        how = "is in trouble" if status >= 500 else "did not take the question"
        how, trouble = QUOTA if codes & QUOTA_CODES else STATUSES.get(status, (how, Trouble.PASSING))
        return self._fails(f"{how.format(key=self._key)} ({status})", trouble, free=True)

    def _learn(self, param: str | None) -> bool:
        """Some models refuse what others need: they are asked without it."""
        name = (param or "").partition(".")[0]
        if name not in self._options or name == "max_completion_tokens":
            return False
        del self._options[name]
        if name == "max_tokens":
            self._options["max_completion_tokens"] = MOST_TOKENS_OF_A_THINKER
        return True

    def _read(self, body: bytes, messages: Sequence[Message]) -> tuple[str, Usage]:
        completion = _Completion.model_validate_json(body)
        if not completion.choices:
            raise self._fails("answered without an answer")
        choice = completion.choices[0]
        if choice.message.refusal:
            raise NoReply("The model refused to answer.", Trouble.NONE)
        text = self._whole(choice.message.content or "", choice.finish_reason or "")
        return text, _usage(completion.usage, messages, text)

    def _whole(self, text: str, finished: str) -> str:
        if finished in UNFINISHED:
            raise NoReply(f"The model's answer {UNFINISHED[finished]}.", Trouble.NONE)
        if not text.strip():
            raise self._fails("answered nothing")
        return text.strip()


def _typed(messages: Sequence[Message]) -> Any:
    """The library knows a type for each role."""
    return list(messages)


def _usage(told: Any, messages: Sequence[Message], text: str) -> Usage:
    """As the server says; where it says nothing that can be, by the length of the texts."""
    known = told if isinstance(told, dict) else {}
    asked = known.get("prompt_tokens"), known.get("completion_tokens")
    lengths = sum(len(message["content"]) for message in messages), len(text)
    counted = [
        count
        if isinstance(count, int) and 0 < count < MOST_TOKENS_REPORTED
        else length // LETTERS_A_TOKEN + 1
        for count, length in zip(asked, lengths, strict=True)
    ]
    return Usage(*counted)
