"""Texts become words, stems and letter groups here, so that questions and passages are cut alike."""

import re
import unicodedata
from functools import cache, lru_cache

import Stemmer

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_PICTURE = re.compile(
    "[\U0001f32d-\U0001f43f\U0001f451-\U0001f463\U0001f4a1-\U0001f4ff\U0001f50b-\U0001f511"
    "\U0001f680-\U0001f6ff\U0001f950-\U0001f9af\U0001f9e0-\U0001f9ff]"
)
_FOLDED = str.maketrans({"å": "a", "ä": "a", "æ": "a", "ö": "o", "ø": "o", "ß": "ss", "'": "", "’": ""})

_STEMMERS = {
    "en": "english", "sv": "swedish", "nb": "norwegian", "nn": "norwegian", "no": "norwegian", "da": "danish",
    "de": "german", "fi": "finnish", "fr": "french", "es": "spanish", "it": "italian", "nl": "dutch",
}  # fmt: skip

_COMMON_TEXT = {
    "en": """
        a about after again all also am an and any anyone are as at be because been before but by can can't
        cannot could did didn't do does doesn't doing don't else for from get give got had has have having
        hello hey hi how i i'd i'll i'm i've if in into is isn't it it's its just kindly let like many me
        more most much my need no not of off on one only or other our out over please pls possible really
        she should so some someone something still such sure tell than thank thanks that that's the their
        them then there these they this those to too u under until up us very want was way we were what
        what's when where which while who whom why will with won't wonder wondering would yes yet you your
        yours hasn't haven't wasn't weren't wouldn't shouldn't couldn't aren't there's they're we're you're
        where's who's how's let's us now already here guys folks gonna wanna gotta ur stuff thing things
    """,
    "sv": """
        all alla allt andra att av bara behöver bli blir blivit bör de dem den denna det detta dig din dina
        ditt du då efter eller en er era ert ett fanns finns från få får för ganska ge gärna gå går gör göra
        ha hade hallå han har hej hejsan hon hur i icke igen in inom inte ja jag ju kan kanske kom kommer
        kunde lite länge man med mellan men mer mig min mina mitt mot mycket måste nej ni nog nu när någon
        något några och också om oss prata på redan sedan sen sig sin ska skall skulle snälla som säg så
        sådan tack till tjena under undrar upp ut utan vad var vara varför varit vem vet vi via vid vilja
        vilka vilken vilket vill ännu är över va mkt nåt nån nåra dom typ hit
    """,
    "nb": """
        alle alt an andre at av bare bli blir blitt bør da de deg dei dem den denne der dere deres dersom
        det dette din dine ditt du eg eller en enn er et etter finnes for fra få får ganske gi gjerne gjør
        gjøre gå går ha hadde hallo han har hei heisann her hun hva hvem hvilke hvilken hvilket hvis hvor
        hvordan hvorfor i igjen ikke inn ja jeg jo kan kanskje kom kommer kunne lenge litt lurer man med meg
        mellom men mer min mine mitt mot mye må nei noe noen nok nå når og også om opp oss på seg si sin
        skal skulle snakke som så sånn takk til trenger under ut uten var ved vel vet vi via vil ville vær
        være vært å kor kva ka ikkje korleis noko
    """,
}

COMMON = {language: frozenset(text.split()) for language, text in _COMMON_TEXT.items()}
"""Each language's small words: they say little about a topic, and much about the language."""

_COURTESY_TEXT = """
    hi hello hey thanks thank please pls plz hej hejsan hallå tjena tack snälla hei heisann hallo takk
"""

COURTESIES = frozenset(_COURTESY_TEXT.split())
"""Said in any message, about nothing."""

_PLAIN_COMMON = {code: frozenset(word.translate(_FOLDED) for word in words) for code, words in COMMON.items()}


def words(text: str) -> list[str]:
    """The words of a text in small letters, their accents kept."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _WORD.findall(plain.lower())


def pictured(text: str) -> list[str]:
    """What pictures of things in a text are called, in English: "🚲" is a bicycle. Faces and hands name nothing."""
    names = [unicodedata.name(sign, "") for sign in _PICTURE.findall(text)]
    return [word for name in names for word in name.lower().split() if word not in COMMON["en"]]


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """Without accents: "köp", "kop" and "kjøp" differ no more than they must."""
    plain = word.translate(_FOLDED)
    if plain.isascii():
        return plain
    return "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))


@lru_cache(maxsize=64)
def folded(text: str) -> tuple[str, ...]:
    """The words of a message without accents: several look at the same message one after another."""
    return tuple([fold(word) for word in words(text)])


@cache
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    name = _STEMMERS.get(language)
    return Stemmer.Stemmer(name, 0) if name else None


def stem(word: str, language: str) -> str:
    stemmer = _stemmer(language)
    return fold(stemmer.stemWord(word) if stemmer else word)


def is_common(word: str, language: str) -> bool:
    return fold(word) in _PLAIN_COMMON.get(language, ())


@lru_cache(maxsize=20_000)
def is_common_anywhere(word: str) -> bool:
    """In any language that is spoken here: questions mix them."""
    plain = fold(word)
    return any(plain in common for common in _PLAIN_COMMON.values())


def grams(word: str, shortest: int, longest: int) -> list[str]:
    """Letter groups of a word with its edges marked: "_so", "sof", …, "fa_"."""
    marked = f"_{word}_"
    return [
        marked[start : start + size]
        for size in range(shortest, min(longest, len(marked)) + 1)
        for start in range(len(marked) - size + 1)
    ]
