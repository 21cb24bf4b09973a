"""Texts that trip programs, by kind; our own list, one or a few of each sort."""

CODE = (
    "'; DROP TABLE messages; --",
    '" OR 1=1 --',
    "%s %n %x {0} {name} ${HOME} $(id) `id` %00",
    "{{7*7}} {%raw%} <%= 7*7 %> #{7*7}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<b>bold</b> </a> &amp; &lt; & <",
    "]]> <!--  --> <?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
    '{"update_id": 1, "message": {}}',
    "../../../etc/passwd",
    "C:\\CON\\..\\aux.txt \\\\server\\share",
    '=WEBSERVICE("http://evil.example")',
    "\\u0000 \\x00 \\n \\\\",
    "\r\nSet-Cookie: a=b\r\n\r\nHTTP/1.1 200 OK",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07",
)
WORDS = (
    "null",
    "NULL",
    "undefined",
    "None",
    "NaN",
    "true",
    "0",
    "-1",
    "1e400",
    "9" * 400,
    "0x0",
    "-",
    "_",
    ".",
)
MARKUP = (
    "*bold* _italic_ __under__ ~struck~ ||hidden|| `code` ```pre``` > quote",
    "[x](tg://user?id=1) [y](https://evil.example)",
    "@everyone @channel @admin #tag /close 12 t.me/+invite",
    "a line with /resolve NF-000001 in it",
    "*_~`[(\\",
    "\\*not bold\\*",
)
UNICODE = (
    "\u202eevil.example/gpj.exe\u202c",
    "\u2066isolated\u2069 \u200frtl\u200e",
    "z\u200bw\u200cs\u200dp\ufeff\u2060",
    "".join(chr(0xE0000 + ord(sign)) for sign in "hidden") + "tags",
    "a\ufe0fb\U000e0100c",
    "👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 🇸🇪🇳🇴🇫🇮 1️⃣",
    "A\u030a Å \u212b \u1e9b\u0323",
    "ﷺ ﷽ 𒐫 ௵",
    "Ω≈ç√∫˜µ≤≥÷ ﬁ ﬀ ß İ ı ſ",
    "社會科學院語學研究所 ด้้้้้็็็็็้้้้้ مُنَاقَشَةُ סֵפֶר नमस्ते",
    "Z" + "\u0300\u0301\u0302\u0303" * 30 + "algo",
    "𝕿𝖍𝖊 𝓺𝓾𝓲𝓬𝓴 Ｆｕｌｌ ｗｉｄｔｈ Ꮋоmоglурh",
    "\ufffe\uffff\U0010ffff",
    "\u2028line\u2029paragraph\u0085next\x0bvt\x0cff",
    "\x01\x02\x08\x0e\x1f\x7f\x80\x9f",
    "tab\tand\xa0nbsp\u3000wide",
)
NASTY = [*CODE, *WORDS, *MARKUP, *UNICODE]
"""No NUL and no half of a letter in them: what becomes of those is a test of its own."""
