"""Messages that ask nothing of the knowledge base: greetings, thanks, the wish for a person."""

import re
from functools import cache
from itertools import groupby
from typing import Literal

from bot.knowledge.words import fold, folded, words

SmallTalk = Literal["greeting", "thanks", "person", "identity"]

_MOST_WORDS = 16

_FILLERS = """
    ok okay okey oki okej ja nej nei no yes yeah jo japp jepp yep nope well so very much all everyone
    again now nu na please pls plz snalla vanligst vennligst var sa snill there du dere ni der dar folks
    guys team support maja da mvh then just bara bare really immediately direkt med en gang og och and but
    men sir madam igen igjen tusen sorry forlat unnskyld beklager ursakta excuse me oh ah haha kjempe
    right helt
"""
_COURTESIES = """
    for your help | for the help | for helping | for everything | för hjälpen | för din hjälp
    | för all hjälp | för svaret | för allt | for hjelpen | for din hjelp | for all hjelp | for svaret
    | for alt
"""
_GREETINGS = """
    hi | hii | hiya | hello | helo | hey | heya | yo | howdy | hi there | hello there | good morning
    | good afternoon | good evening | good day | greetings | start | hej | hejsan | hej hej | hejhej
    | hallå | halla | tjena | tja | tjo | tjenare | god dag | goddag | god morgon | godmorgon | god morron
    | god kväll | god eftermiddag | hei | heisann | heia | hallo | halloen | heihei | morn | god morgen
    | godmorgen | god kveld | god ettermiddag | how are you | how are you doing | how are you today
    | whats up | sup | anyone here | is anyone here | is anyone there | anybody there | är det någon där
    | är någon där | någon där | hur mår du | hur är läget | läget | er det noen der | er noen der
    | noen der | noen her | er det noen her | hvordan går det | hvordan har du det
"""
_THANKS = """
    thanks | thank you | thank you so much | thx | thnx | ty | tyvm | cheers | thanks a lot | many thanks
    | thanks for your help | thank you for your help | thanks for the help | thanks for helping | great
    | perfect | awesome | nice | good | super | wonderful | excellent | got it | i see | that helped
    | that helps | it worked | that works | thats all | that is all | that was all | no thats all
    | nothing else | bye | bye bye | goodbye | good bye | see you | see you later | cya | have a nice day
    | have a good day | good night | take care | tack | tackar | tack tack | tack så mycket
    | tack så hemskt mycket | tusen tack | stort tack | tack för hjälpen | tack för hjälp | tack för svar
    | tack för svaret | tack för informationen | toppen | perfekt | bra | jättebra | utmärkt | kanon | fint
    | schysst | då vet jag | det var allt | det var bra så | nej tack | hej då | hejdå | ha det
    | ha det bra | ha en bra dag | ha en fin dag | vi hörs | adjö | god natt | takk | takker | takk takk
    | tusen takk | mange takk | takk skal du ha | takk for hjelpen | takk for hjelp | takk for svar
    | takk for svaret | takk for informasjonen | flott | kjempebra | kjempefint | supert | topp
    | den er god | skjønner | da vet jeg | det var alt | nei takk | hadet | ha en god dag | vi snakkes
    | snakkes | farvel | adjø
"""
_IDENTITIES = """
    are you a bot | are you a robot | are you bot | are you an ai | are you ai | are you human
    | are you a human | are you a person | are you a real person | are you real | is this a bot
    | is this a robot | is this an ai | is this a real person | is this a human | am i talking to a bot
    | am i talking to a robot | am i talking to a human | am i talking to a person
    | am i talking to a real person | am i chatting with a bot | am i chatting with a human
    | am i speaking to a bot | am i speaking to a human | am i speaking with a bot | who are you
    | what are you | whats your name | what is your name | are you chatgpt | is there a human there
    | do i talk to a bot | är du en bot | är du en robot | är du robot | är du bot | är du en ai | är du ai
    | är du en människa | är du människa | är du en person | är du en riktig människa
    | är du en riktig person | är det här en bot | är detta en bot | är det en bot | är det en robot
    | är det en människa | pratar jag med en bot | pratar jag med en robot | pratar jag med en människa
    | chattar jag med en bot | chattar jag med en människa | skriver jag med en bot
    | skriver jag med en robot | skriver jag med en människa | vem är du | vad är du | vad heter du
    | er du en bot | er du en robot | er du robot | er du bot | er du en ai | er du ai | er du et menneske
    | er du menneske | er du en person | er du en ekte person | er du et ekte menneske | er dette en bot
    | er det en bot | er det en robot | er dette en robot | er det et menneske | er dette et menneske
    | snakker jeg med en bot | snakker jeg med en robot | snakker jeg med et menneske
    | chatter jeg med en bot | chatter jeg med en robot | chatter jeg med et menneske | hvem er du
    | hva er du | hva heter du
"""

_WISH = """
    i want to | i want | i would like to | id like to | i would like | id like | i wish to | i need to
    | i need | i must | i have to | can i | could i | may i | can you | could you | can someone | let me
    | lemme | how can i | how do i | is it possible to | i prefer to | i wanna | wanna | id rather
    | i would rather | will you | would you | want to | want | need to | need | get me | give me | is there
    | kan jag få | kan jag | får jag | kunde jag få | skulle jag kunna få | jag vill | jag vill gärna
    | jag skulle vilja | jag önskar | jag önskar att få | jag behöver | jag måste | jag måste få | kan ni
    | kan du | vill | vill ha | jag vill ha | låt mig få | låt mig | går det att | går det att få
    | hur kan jag | hur får jag | hur kommer jag i | får man | kan man | kan man få | finns det | behöver
    | önskar | kan jeg få | kan jeg | får jeg | kunne jeg få | jeg vil | jeg vil gjerne | jeg ønsker å
    | jeg ønsker | jeg trenger å | jeg trenger | jeg må få | jeg må | kan dere | vil gjerne | vil | vil ha
    | jeg vil ha | la meg få | la meg | går det an å | er det mulig å | er det mulig å få | hvordan kan jeg
    | hvordan får jeg | hvordan kommer jeg i | trenger | ønsker | ønsker å | er det
"""
_TALK = """
    talk | talk to | talk with | speak | speak to | speak with | chat with | chat to | to chat with
    | to talk to | to speak to | to speak with | to talk with | have a chat with | connect me to
    | connect me with | transfer me to | put me through to | hand me over to | forward me to | switch me to
    | prata med | tala med | snacka med | chatta med | skriva med | få prata med | få tala med
    | få snacka med | koppla mig till | kopplas till | bli kopplad till | koppla över mig till | snakke med
    | prate med | chatte med | skrive med | få snakke med | få prate med | sette meg over til
    | settes over til | bli satt over til | koble meg til
"""
_REACH = """
    get | have | contact | write to | reach | get in touch with | get hold of | ha | komma i kontakt med
    | kontakt med | kontakta | nå | ha kontakt med | få kontakt med | komme i kontakt med | kontakte
"""
_PERSON = """
    person | a person | real person | a real person | human | a human | real human | a real human
    | a human being | human being | actual person | an actual person | an actual human | agent | an agent
    | live agent | a live agent | human agent | a human agent | someone | somebody | someone real
    | a real someone | someone human | staff | the staff | your staff | employee | an employee
    | someone who works there | someone from support | operator | an operator | representative
    | a representative | support agent | a support agent | customer service agent
    | a customer service agent | a customer service representative | a customer service rep
    | support person | a support person | a colleague | your colleague | human support | human help
    | a manager | the manager | someone in customer service | someone at customer service | a human please
    | människa | en människa | riktig människa | en riktig människa | en person | en riktig person | någon
    | någon riktig | en levande människa | en handläggare | handläggare | en medarbetare | medarbetare
    | en anställd | någon på kundtjänst | någon på kundservice | någon i kundtjänst | någon hos er
    | någon annan | någon som jobbar där | någon som jobbar hos er | personal | personalen | en personal
    | er personal | en kollega | en säljare | någon mänsklig | en chef | menneske | et menneske
    | ekte menneske | et ekte menneske | ekte person | en ekte person | en levende person | noen
    | en medarbeider | medarbeider | en ansatt | ansatt | noen på kundeservice | noen i kundeservice
    | noen hos dere | noen andre | noen som jobber der | noen som jobber hos dere | en saksbehandler
    | saksbehandler | personalet | en konsulent | en kundebehandler | kundebehandler | en selger | en sjef
    | en leder
"""
_SERVICE = """
    customer service | customer support | your customer service | your customer support | support
    | your support | the support team | your team | kundtjänst | er kundtjänst | kundtjänsten | kundservice
    | er kundservice | supporten | kundeservice | deres kundeservice | kundeservicen | kundestøtte
"""
_INSTEAD = """
    instead | in stead | here | about this | about it | on the phone | not a bot | not a robot
    | and not a bot | not you | who can help | who can help me | from your team | from support | in support
    | at your company | istället | i stället | inte en bot | inte en robot | och inte en bot
    | inte med en bot | inte med en robot | om detta | om det här | som kan hjälpa mig | hos er | i telefon
    | i stedet | istedet | ikke en bot | ikke en robot | ikke med en bot | og ikke en bot | om dette
    | som kan hjelpe meg | hos dere | på telefon | not to a bot | rather than a bot | real quick | today
    | idag | i dag | about my order | about an order | om min order | om min beställning | om ordren min
    | om bestillingen min
"""
_SAYING_LITTLE = """
    someone | somebody | staff | person | operator | the manager | någon | personal | personalen
    | någon annan | noen | noen andre | personalet | selger | ansatt
"""
_EMOJI = str.maketrans({"👍": " ok ", "👌": " ok ", "🙏": " thanks ", "❤": " thanks ", "👋": " hi "})


def _any_of(*tables: str) -> str:
    phrases = {
        " ".join(fold(word) for word in words(phrase)) for table in tables for phrase in table.split("|")
    }
    return f"(?:{'|'.join(sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))})"


@cache
def _patterns() -> tuple[tuple[SmallTalk, re.Pattern[str]], ...]:
    """Each kind's whole messages, with courtesies around; words are parted and followed by one space."""
    fillers = "|".join(_FILLERS.split())
    around = _any_of(fillers, _COURTESIES, _GREETINGS, _THANKS)
    wish, talk, reach, person, service = (_any_of(t) for t in (_WISH, _TALK, _REACH, _PERSON, _SERVICE))
    alone = f"(?!{_any_of(_SAYING_LITTLE)} (?!.))"
    connected = f"(?:{talk} (?:{person}|{service})|{reach} {person})"
    wanted = f"(?:(?:{wish} )?{connected}|{wish} {person}|{alone}{person}|{service})"
    rest = f"(?:(?:{around}|{_any_of(_INSTEAD)}) )*"
    return (
        ("person", re.compile(f"(?:{around} )*{wanted} {rest}")),
        ("identity", re.compile(f"(?:{around} )*{_any_of(_IDENTITIES)} {rest}")),
        ("thanks", re.compile(f"(?:{around} )*{_any_of(_THANKS, 'ok|okay|okey|oki|okej')} (?:{around} )*")),
        ("greeting", re.compile(f"(?:{around} )*{_any_of(_GREETINGS)} (?:{around} )*")),
    )


_VOCABULARY = frozenset(
    fold(word)
    for table in (
        _FILLERS, _COURTESIES, _GREETINGS, _THANKS, _IDENTITIES, _WISH, _TALK, _REACH, _PERSON, _SERVICE, _INSTEAD
    )
    for word in words(table)
)  # fmt: skip
"""All words of all phrases: most messages have one that is not among them."""


def learn() -> None:
    """Get ready, which takes some 30 ms; else the first message that may be small talk pays for it."""
    _patterns()


def small_talk(text: str) -> SmallTalk | None:
    """What the whole message is, if it is nothing but small talk; a question after a "hi" is a question."""
    every = folded(text if text.isascii() else text.translate(_EMOJI))
    if not _VOCABULARY.issuperset(every):
        return None
    said = [word for word, _ in groupby(every)]
    if not said or len(said) > _MOST_WORDS:
        return None
    whole = "".join(f"{word} " for word in said)
    return next((kind for kind, pattern in _patterns() if pattern.fullmatch(whole)), None)
