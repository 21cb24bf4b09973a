"""Is a message in a language that we do not speak? Told by its script, or by its small words; unsure is no."""

import re
from collections.abc import Sequence
from typing import Final

from bot.knowledge.words import COMMON, words

FEWEST = 2
"""So many small words of a language make it that one, if no language we speak has as many."""

_SCRIPTS: Final = {
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
}
"""One language stands for all that write so: a model answers in the customer's own."""

_SMALL_WORDS: Final = {
    "fi": """
        ja on ei se että en oli mutta niin kuin hän minä sinä te mitä mikä missä milloin miten miksi kuka onko voinko voiko
        saanko saako voitteko paljonko kauanko minun sinun teidän teillä minulla tilaus tilaukseni toimitus toimitusaika
        kiitos hei moi haluan tarvitsen kanssa tämä tuo olen olette kun jos vai myös vielä jo nyt kestää maksaa
    """,
    "de": """
        ich ist nicht und der die das ein eine einen wie was wann wo warum wer welche sie wir ihr mein meine meinen ihre
        haben hat kann können möchte bitte danke mit für von zu auf bei nach kein keine noch schon auch oder aber wenn
        lange kostet lieferung bestellung guten tag hallo gibt es mir mich sind wird wurde
    """,
    "fr": """
        je est pas et le la les un une des du que qui quoi comment quand où pourquoi combien vous nous mon ma mes votre vos
        avez avoir puis peux peut voudrais merci bonjour avec pour sur dans chez ne se ce cette commande livraison quel
        quelle êtes suis sont était il elle au aux
    """,
    "es": """
        yo es no y el los las un una que qué cómo cuándo dónde cuánto cuál quién por para con mi mis su sus tengo tiene
        puedo puede quiero gracias hola buenos días pedido entrega envío cuesta está están hay pero muy ya son del al lo
    """,
    "nl": """
        ik het een niet en van dat wat hoe wanneer waar waarom wie welke mijn jullie uw kan kunnen wil graag dank bedankt
        hallo met voor naar bij ook nog maar heb heeft hebben bestelling levering lang kost zijn wordt deze
    """,
    "pl": """
        nie to jest się w na i z do co jak kiedy gdzie dlaczego ile czy mogę można chcę proszę dziękuję dzień dobry mam mój
        moje moja zamówienie dostawa kosztuje dla przez są być ale już jeszcze który
    """,
    "it": """
        io è non e il lo la gli un una che cosa come quando dove perché quanto quale chi mio mia vostro posso può vorrei
        grazie ciao buongiorno con per di da su ordine consegna costa avete sono ho ha ma anche già
    """,
    "pt": """
        eu é não e os as um uma que como quando onde quanto qual quem meu minha posso pode quero obrigado obrigada olá bom
        dia com para por de do da no na pedido entrega custa está são tenho tem mas já também vocês
    """,
    "et": """
        ja on ei see et ma mina te mida kuidas millal kus miks kui palju minu teie kas saan saab tahan palun aitäh tere
        tellimus tarne maksab või ka veel
    """,
    "tr": """
        ben bir ve bu ne nasıl nerede neden kim benim sizin için ile mi mı mu var yok istiyorum lütfen teşekkürler merhaba
        sipariş teslimat kadar ama daha çok
    """,
}
_TONGUES: Final = {code: frozenset(text.split()) for code, text in _SMALL_WORDS.items()}


def foreign(text: str, spoken: Sequence[str]) -> str:
    """The code of a language that we do not speak and that the text is surely in; empty for none."""
    if script := _script(text, spoken):
        return script
    said = set(words(text))
    ours = max((len(said & COMMON.get(language, frozenset())) for language in spoken), default=0)
    votes = {code: len(said & small) for code, small in _TONGUES.items() if code not in spoken}
    code = max(votes, key=votes.__getitem__)
    return code if votes[code] >= max(FEWEST, ours + 1) else ""


def _script(text: str, spoken: Sequence[str]) -> str:
    letters = sum(map(str.isalpha, text))
    for code, script in _SCRIPTS.items():
        if code not in spoken and 2 * len(script.findall(text)) > letters > 0:
            return code
    return ""
