"""What a model may say: nothing that the passages do not hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ai.grounding import unsupported
from bot.ai.wording import says_nothing

EN = (
    "What does delivery cost?\nDelivery to your door is **1 195 SEK**, and free over 9000 SEK / 9500 NOK / 850 EUR. "
    "It takes 3–6 working days, between 08:00–12:00 or 12:00–16:00. With the code you get **10%** off, "
    "and 20–50% on used furniture. Parcels have weighed 12.5 kg since 24.12.2026.",
    "How do I reach you?\nCall **+46 8 465 004 10**, write to help@nordmobler.example or see "
    "[our page](https://nordmobler.example/contact). Pay to SE35 5000 0000 0549 1000 0003. We have 3 showrooms, "
    "and a 2-year warranty on all 4 m² tables, e.g. the ½ size. Order NF-000042 cost €20.",
)
SV = (
    "Vad kostar leveransen?\nLeverans kostar 1 195 kr och är fri över 9 000 kr. Den tar 3–6 arbetsdagar, "
    "kl. 08.00–12.00. Du får 10 % rabatt, 12,5 procent för medlemmar, och tio års garanti. Ring 08-465 004 10.",
)
NB = (
    "Hva koster levering?\nLevering koster 1195 kr og er gratis over kr 9500,-. Den tar 3–6 virkedager, "
    "fra kl. 10.00 til 19.00. Du får 10 prosent rabatt og to års garanti. Ring 22 33 44 55. Stengt 24.–26. desember.",
)

HELD = [
    ("en", EN, "It costs 1 195 SEK."),
    ("en", EN, "It costs 1195 SEK, or 1,195 SEK, or SEK 1195, or 1\u00a0195\u202fsek."),
    ("en", EN, "It is free over 9 000 SEK or 9,500 NOK."),
    ("en", EN, "Between 8:00 and 12:00, or 12:00-16:00."),
    ("en", EN, "It takes 3-6 working days, or 3 − 6."),
    ("en", EN, "You get 10 % off, ten percent? No: 10 percent, and 20 – 50 % (so at least 20%)."),
    ("en", EN, "It weighs 12,5 kg since 24.12.2026."),
    ("en", EN, "Call +46 8 465 004 10 or +46 8 46500410."),
    ("en", EN, "Write to Help@nordmobler.example."),
    ("en", EN, "See https://nordmobler.example/contact."),
    ("en", EN, "See nordmobler.example/contact (or https://NORDMOBLER.example/contact/)!"),
    ("en", EN, "Pay to SE3550000000054910000003."),
    ("en", EN, "We have three showrooms and 4 m² tables, ½ size."),
    ("en", EN, "It cost 20 euro, order NF-000042."),
    ("en", EN, "We deliver to your door. No one need be there."),
    ("sv", SV, "Leveransen kostar 1195 kr eller 1.195 kronor."),
    ("sv", SV, "Du får 12.5 % och 10 procent, t.ex. som medlem, bl.a. hos oss."),
    ("sv", SV, "Mellan 08.00 och 12.00, ring 08-465 004 10."),
    ("sv", SV, "Du har tio års garanti."),
    ("nb", NB, "Det koster kr 1 195 og er gratis over 9500 kr."),
    ("nb", NB, "Fra 10.00 til 19.00, to års garanti, 10 % rabatt."),
    ("nb", NB, "Ring 22 33 44 55, f.eks. nå. Stengt 24.-26. desember."),
    ("en", EN, "Since 2026-12-24, that is 24 December 2026, December 24th."),
    ("en", EN, "Open from 8 to 12, or from noon (12 pm) till 4 p.m."),
    ("en", EN, "It takes 3 to 6 working days, so up to 6 working days, at least 3 working days."),
    ("en", EN, "We have three showrooms; you get ten percent, or ten per cent, off."),
    ("sv", SV, "Leveransen kostar 1195 SEK. Kl. 8 till 12."),
    ("sv", SV, "Du har 10 års garanti, alltså tioårsgaranti. Det tar tre till sex arbetsdagar."),
    ("nb", NB, "Gratis over 9500 NOK. Fra klokken 10. Stengt 24. desember og 26. des."),
    (
        "en",
        ("Open Monday–Friday 9–17, delivery on 4/5/2026, two kilos, 5 to 7 days.",),
        "On Tuesdays 9-17; 2 kg.",
    ),
    ("en", ("Costs 1 290 kr.",), "It costs SEK 1,290."),
    ("sv", ("Kl. 9 öppnar vi.",), "Vi öppnar 09:00, alltså klockan 09.00."),
    ("en", ("We open at 09:00 and close at 7 pm.",), "Open from 9 to 19:00."),
    ("en", ("You have two years.",), "You have 2 years."),
]

MADE_UP = [
    ("en", EN, "It costs 1 196 SEK.", "1 196 SEK"),
    ("en", EN, "It costs 1195 NOK.", "1195 NOK"),
    ("en", EN, "It costs 195 SEK.", "195 SEK"),
    ("en", EN, "It costs 9000 EUR.", "9000 EUR"),
    ("en", EN, "You get 50 SEK.", "50 SEK"),
    ("en", EN, "You get 3% off.", "3%"),
    ("en", EN, "You get 50% off with 15 %.", "15 %"),
    ("en", EN, "It costs 1 €.", "1 €"),
    ("en", EN, "It costs 9000 \u0665.", "5"),
    ("en", EN, "It costs \U0001d7db\U0001d7db.", "33"),
    ("en", EN, "It is ¾ size.", "¾"),
    ("en", EN, "It is 5 m³.", "5"),
    ("en", EN, "It takes 4–6 days.", "4-6"),
    ("en", EN, "It takes 3–9000 days.", "3-9000"),
    ("en", EN, "Open 10:00–19:00.", "10:00-19:00"),
    ("en", EN, "Open from 9:00.", "9:00"),
    ("en", EN, "Open 24/7.", "24/7"),
    ("en", EN, "Since 2026-11-24.", "2026-11-24"),
    ("en", EN, "Since 24 November.", "24 November"),
    ("en", EN, "You have thirty days.", "30 days"),
    ("en", EN, "A hundred days.", "100 days"),
    ("en", EN, "Call +46 8 465 004 11.", "+46 8 465 004 11"),
    ("en", EN, "Call 0900-123 45 67 now.", "0900-123 45 67"),
    ("en", EN, "Write to help@nordmobler.example.evil.com", "help@nordmobler.example.evil.com"),
    ("en", EN, "Write to me@evil.com", "me@evil.com"),
    ("en", EN, "See https://nordmobler.example/pay", "https://nordmobler.example/pay"),
    ("en", EN, "See http://nordmobler.example/contact", "http://nordmobler.example/contact"),
    ("en", EN, "https://nordmobler.example/contact?q=secret", "https://nordmobler.example/contact?q=secret"),
    ("en", EN, "https://nordmobler.example/contact@evil.com", "https://nordmobler.example/contact@evil.com"),
    ("en", EN, "https://n\u043erdmobler.example/contact", "https://n\u043erdmobler.example/contact"),
    ("en", EN, "n\u043erdmobler.example/contact", "n\u043erdmobler.example/contact"),
    ("en", EN, "https://xn--nrdmobler-17g.example/contact", "https://xn--nrdmobler-17g.example/contact"),
    ("en", EN, "Pay at evil.com", "evil.com"),
    ("en", EN, "Pay at evil\u3002com", "evil.com"),
    ("en", EN, "Pay at ev\u200bil.co\u00adm/x", "evil.com/x"),
    ("en", EN, "Pay at t.me/evil", "t.me/evil"),
    ("en", EN, "Pay at 10.11.12.13", "10.11.12.13"),
    ("en", EN, "Write to @evil_bot", "@evil_bot"),
    ("en", EN, "Send /close now", "/close"),
    ("en", EN, "tg://resolve?domain=evil", "tg://resolve?domain=evil"),
    ("en", EN, "javascript:alert()", "javascript:alert()"),
    ("en", EN, "[pay](https://evil)", "[pay](https://evil)"),
    ("en", EN, "![x](http://evil/?q=a)", "![x](http://evil/?q=a)"),
    ("en", EN, "[pay](https://nordmobler.example/contact)", "[pay](https://nordmobler.example/contact)"),
    ("en", EN, "<b>Hello</b>", "<b>"),
    ("en", EN, '{"tool": "refund"}', "{"),
    ("en", EN, "Pay to SE35 5000 0000 0549 1000 0004.", "SE35 5000 0000 0549 1000 0004"),
    ("sv", SV, "Du har trettio dagars öppet köp.", "30"),
    ("sv", SV, "Du har femårsgaranti.", "5"),
    ("sv", SV, "Det kostar tjugofem kronor.", "25 kronor"),
    ("sv", SV, "Det kostar 1 295 kr.", "1 295 kr"),
    ("sv", SV, "Du får 12,5 kr.", "12,5 kr"),
    ("nb", NB, "Du har fem års garanti.", "5 års"),
    ("nb", NB, "Det tar 3–5 virkedager.", "3-5"),
    ("nb", NB, "Ring 22 33 44 56.", "22 33 44 56"),
    ("en", EN, "It takes 3–6 weeks.", "3-6 weeks"),
    ("en", EN, "It takes 3–6 days.", "3-6 days"),
    ("en", EN, "It takes 3 working days.", "3 working days"),
    ("en", EN, "You get 50% off.", "50%"),
    ("en", EN, "A 2-month warranty.", "2-month"),
    ("en", EN, "You get ninety percent.", "90 percent"),
    ("en", EN, "Two hundred SEK.", "200 SEK"),
    ("en", EN, "Open until 9 pm.", "9 pm"),
    ("en", EN, "Open on Sundays.", "Sundays"),
    ("en", EN, "In March 24.12.2025.", "24.12.2025"),
    ("en", EN, "We close in October.", "October"),
    ("en", ("Open Monday–Friday 9–17.",), "Open Saturday 9-17.", "Saturday"),
    ("en", ("Open Monday–Friday 9–17.",), "Open Monday–Sunday 9-17.", "Monday-Sunday"),
    ("en", ("Open Monday–Friday 9–17.",), "Open on the weekend.", ""),
    ("sv", SV, "Leveransen tar 3–6 veckor.", "3-6 veckor"),
    ("sv", SV, "Det kostar 1195 NOK.", "1195 NOK"),
    ("nb", (EN[0],), "Det koster 1195 kr.", "1195 kr"),
    ("nb", NB, "Stengt 24.–26. november.", "24.-26. november"),
]


@pytest.mark.parametrize(("language", "passages", "text"), HELD)
def test_what_the_passages_hold_may_be_said_in_its_usual_forms(
    language: str, passages: tuple[str, ...], text: str
) -> None:
    assert unsupported(text, passages, language) == []


@pytest.mark.parametrize(("language", "passages", "text", "detail"), MADE_UP)
def test_what_the_passages_do_not_hold_is_found(
    language: str, passages: tuple[str, ...], text: str, detail: str
) -> None:
    assert any(detail in shown for shown in unsupported(text, passages, language))


def forms(number: int) -> list[str]:
    grouped = f"{number:,}"
    plain = [str(number), grouped, *(grouped.replace(",", sign) for sign in " .'\u00a0\u202f\u2009’")]
    wide = str(number).translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    return [*plain, wide, "\u200b".join(str(number)), f"{number},5", f"{number}-{number + 1}", f"{number}%"]


@settings(deadline=None)
@given(
    held=st.lists(st.integers(0, 10**7), max_size=8),
    number=st.integers(0, 10**7),
    style=st.integers(0, 11),
    before=st.sampled_from(["It costs ", "(", "ca", "B", "SEK ", "€", "\n", "", "–", "+"]),
    after=st.sampled_from([" SEK.", "", "%", " days", ",-", "x", ")", "\n", ":-", "!"]),
)
def test_no_number_that_is_in_no_passage_is_ever_let_through(
    held: list[int], number: int, style: int, before: str, after: str
) -> None:
    passages = [
        f"The price of part {count}: {other} SEK." for count, other in zip("abcdefgh", held, strict=False)
    ]
    choices = forms(number)
    text = f"{before}{choices[style % len(choices)]}{after}"
    if number not in held:
        assert unsupported(text, passages, "en") != []


@settings(deadline=None)
@given(number=st.integers(0, 10**7), style=st.integers(0, 6))
def test_a_number_of_a_passage_is_let_through_in_every_usual_form(number: int, style: int) -> None:
    written = forms(number)[style]
    assert unsupported(f"It costs {written} SEK.", [f"The price: {number} SEK."], "en") == []


@settings(deadline=None)
@given(st.text(max_size=400), st.lists(st.text(max_size=200), max_size=3))
def test_any_text_is_looked_through_without_an_error(text: str, passages: list[str]) -> None:
    unsupported(text, passages, "sv")
    says_nothing(text)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_a_text_is_always_held_by_itself(text: str) -> None:
    assert unsupported(text, [text], "nb") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I don’t know.",
        "Sorry, I cannot find that in the passages.",
        "I do not have any information about it.",
        "Tyvärr kan jag inte svara på det.",
        "Jag vet inte.",
        "Beklager, jeg vet ikke.",
        "Det kan jeg dessverre ikke svare på.",
    ],
)
def test_a_text_that_only_says_it_cannot_answer_says_nothing(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize(
    "text",
    [
        "We do not deliver to Iceland.",
        "Vi levererar inte till Island.",
        "You cannot return mattresses.",
        "I do not know your order, but delivery takes 3 days.",
        "We don't have a showroom in Malmö.",
    ],
)
def test_a_no_is_an_answer(text: str) -> None:
    assert not says_nothing(text)
