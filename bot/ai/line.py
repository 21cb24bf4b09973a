"""One call to an OpenAI-compatible server, and every way in which it fails; importing openai costs most of a
second, so this module is imported late and in a thread."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.ai.breaker import Trouble
from bot.ai.failure import NoReply
from bot.ai.prompt import Prompt

CONNECT_SECONDS = 2.0
LARGEST_BODY = 1024 * 1024
MOST_TOKENS = 400
MOST_TOKENS_OF_A_THINKER = 4000
"""A model that thinks before it writes pays for its thoughts from the same purse."""

QUOTA_CODES = frozenset({"insufficient_quota", "billing_not_active", "billing_hard_limit_reached"})
"""Codes, never words: servers say "insufficient quota" of a mere rate limit, too."""

STATUSES: dict[int, tuple[str, Trouble]] = {
    401: ("does not know our key: check OPENAI_API_KEY", Trouble.LASTING),
    402: ("wants to be paid first: see the account's billing", Trouble.LASTING),
    403: ("does not let this key use the model: check the account's rights", Trouble.PASSING),
    404: ("does not know the model or the address: check ai.model and ai.base_url", Trouble.PASSING),
    429: ("has had too many questions for now", Trouble.PASSING),
}
QUOTA = ("says that the account's quota is used up: see its billing", Trouble.LASTING)
UNFINISHED: dict[str, str] = {
    "length": "did not come to an end",
    "content_filter": "was stopped by the server's filter",
    "tool_calls": "wanted to use a tool that it does not have",
    "function_call": "wanted to use a tool that it does not have",
}


class _Message(BaseModel):
    model_config = ConfigDict(strict=True)
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    model_config = ConfigDict(strict=True)
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    model_config = ConfigDict(strict=True)
    choices: list[_Choice]


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

    def __init__(
        self, *, base_url: str, model: str, api_key: str, organization: str, timeout_seconds: float
    ) -> None:
        self._model = model
        self._host = urlsplit(base_url).hostname or "the server"
        self._options: dict[str, Any] = {"temperature": 0, "max_tokens": MOST_TOKENS}
        timeout = httpx2.Timeout(timeout_seconds, connect=min(CONNECT_SECONDS, timeout_seconds))
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key,
            organization=organization or None,
            timeout=timeout,
            max_retries=0,
            default_headers={"Accept-Encoding": "identity"},
            http_client=openai.DefaultAsyncHttpxClient(
                timeout=timeout, follow_redirects=False, event_hooks={"response": [_cap]}
            ),
        )
        self._ask = self._client.chat.completions.with_raw_response.create  # loads the rest of the library

    async def close(self) -> None:
        await self._client.close()

    async def ask(self, asked: Prompt) -> str:
        """The model's words, never empty. One HTTP call. Raises NoReply."""
        try:
            answered = await self._ask(
                model=self._model,
                messages=[
                    {"role": "system", "content": asked.rules},
                    {"role": "user", "content": asked.material},
                ],
                **self._options,
            )
            return self._read(answered.content)
        except _Oversized:
            raise self._fails("sent more than an answer can be") from None
        except openai.APIStatusError as refused:
            raise self._refusal(refused) from None
        except openai.APITimeoutError:
            raise self._fails("did not answer in time") from None
        except (openai.APIConnectionError, httpx2.HTTPError):
            raise self._fails("cannot be reached") from None
        except (openai.OpenAIError, ValidationError):
            raise self._fails("answered something that is no chat completion") from None

    def _fails(self, how: str, trouble: Trouble = Trouble.PASSING) -> NoReply:
        return NoReply(f"{self._host} {how}.", trouble)

    def _refusal(self, refused: openai.APIStatusError) -> NoReply:
        status, codes = refused.status_code, {refused.code, refused.type}
        if "content_filter" in codes:  # what the customer wrote: it must not silence the model for others
            return NoReply("The question was stopped by the server's filter.", Trouble.NONE)
        if status == 400 and self._learn(refused.param):
            return NoReply(
                f"{self._model} does not take {refused.param}: left out from now on.", Trouble.NONE
            )
        how = "is in trouble" if status >= 500 else "did not take the question"
        how, trouble = QUOTA if codes & QUOTA_CODES else STATUSES.get(status, (how, Trouble.PASSING))
        return self._fails(f"{how} ({status})", trouble)

    def _learn(self, param: str | None) -> bool:
        """Newer models refuse what older servers need: the next question goes without it."""
        if param not in self._options or param == "max_completion_tokens":
            return False
        del self._options[param]
        if param == "max_tokens":
            self._options["max_completion_tokens"] = MOST_TOKENS_OF_A_THINKER
        return True

    def _read(self, body: bytes) -> str:
        completion = _Completion.model_validate_json(body)
        if not completion.choices:
            raise self._fails("answered without an answer")
        choice = completion.choices[0]
        if choice.message.refusal:
            raise NoReply("The model refused to answer.", Trouble.NONE)
        if choice.finish_reason in UNFINISHED:
            raise NoReply(f"The model's answer {UNFINISHED[choice.finish_reason]}.", Trouble.NONE)
        text = (choice.message.content or "").strip()
        if not text:
            raise self._fails("answered nothing")
        return text
