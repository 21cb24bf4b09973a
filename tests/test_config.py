"""The settings: what is read, from where, and how each mistake reads."""

import re
import stat
from pathlib import Path

import pytest

from bot.config import ConfigError, Settings, load

ROOT = Path(__file__).parent.parent
TOKEN = "123456789:" + "A" * 35
GOOD_SECRET = "aZ09_-" * 6
WHATSAPP = {
    "WHATSAPP_ACCESS_TOKEN": "EAAG-token",
    "WHATSAPP_SENDER_ID": "106540352242922",
    "WHATSAPP_APP_SECRET": "0123456789abcdef0123456789abcdef",
    "WHATSAPP_VERIFY_TOKEN": "a word of ours",
}
WEBHOOK = '[server]\npublic_url = "https://bot.example.com"\n[telegram]\ndelivery = "webhook"\n'


def read(folder: Path, toml: str = "", dotenv: str | None = None, **environ: str) -> Settings:
    (folder / "bot.toml").write_text(toml, encoding="utf-8")
    if dotenv is not None:
        (folder / ".env").write_text(dotenv, encoding="utf-8")
        (folder / ".env").chmod(0o600)
    return load(folder / "bot.toml", environ)


def problems(folder: Path, toml: str = "", dotenv: str | None = None, **environ: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as found:
        read(folder, toml, dotenv, **environ)
    return found.value.problems


def test_the_bot_toml_that_comes_with_svar_is_fine() -> None:
    settings = load(ROOT / "bot.toml", {})
    assert settings.bot.languages == ("en", "sv", "nb")
    assert not any([settings.telegram_on, settings.whatsapp_on, settings.ai_on])


def test_the_env_example_sets_nothing(tmp_path: Path) -> None:
    settings = read(tmp_path, dotenv=(ROOT / ".env.example").read_text(encoding="utf-8"))
    assert settings.secrets.hidden() == ()
    assert settings.warnings == ()


def test_an_empty_file_is_enough(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.bot.company == settings.bot.name == "Svar"
    assert settings.telegram.messages_per_second == 30


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert read(tmp_path, '\ufeff[bot]\nname = "Maja"\n').bot.name == "Maja"


def test_paths_start_at_the_file(tmp_path: Path) -> None:
    settings = read(tmp_path, '[knowledge]\nfolder = "kb"\n[storage]\nurl = "sqlite:///data/a b.db"\n')
    assert settings.knowledge.folder == tmp_path / "kb"
    assert settings.storage.file == tmp_path / "data/a b.db"
    assert settings.folder == tmp_path


def test_absolute_paths_stay(tmp_path: Path) -> None:
    settings = read(tmp_path, '[knowledge]\nfolder = "/srv/kb"\n[storage]\nurl = "sqlite:////srv/bot.db"\n')
    assert settings.knowledge.folder == Path("/srv/kb")
    assert settings.storage.file == Path("/srv/bot.db")


def test_database_url_takes_the_place_of_storage_url(tmp_path: Path) -> None:
    settings = read(tmp_path, '[storage]\nurl = "sqlite:///a.db"\n', DATABASE_URL="sqlite:///b.db")
    assert settings.storage.file == tmp_path / "b.db"


def test_limits_may_be_lifted(tmp_path: Path) -> None:
    toml = "[telegram]\nmessages_per_second = 1e9\n[whatsapp]\ncontact_seconds_per_message = 1e-9\n"
    assert read(tmp_path, toml).telegram.messages_per_second == 1e9


def test_the_environment_wins_over_dotenv_and_empty_is_unset(tmp_path: Path) -> None:
    dotenv = f"TELEGRAM_BOT_TOKEN={TOKEN}\nexport OPENAI_API_KEY='from file'\nTELEGRAM_CHAT_ID=-1001\n"
    settings = read(tmp_path, dotenv=dotenv, OPENAI_API_KEY="from environment", TELEGRAM_BOT_TOKEN=" ")
    assert settings.secrets.openai_api_key.get_secret_value() == "from environment"
    assert settings.secrets.telegram_bot_token.get_secret_value() == TOKEN
    assert settings.secrets.telegram_chat_id == -1001
    assert settings.telegram_on
    assert settings.ai_on


def test_no_secret_is_ever_printed(tmp_path: Path) -> None:
    given = {**WHATSAPP, "TELEGRAM_BOT_TOKEN": TOKEN, "OPENAI_API_KEY": "sk-geheim"}
    settings = read(tmp_path, **given)
    assert settings.whatsapp_on
    for secret in settings.hidden():
        assert secret not in repr(settings) + str(settings) + settings.model_dump_json()
    broken = "\n".join(problems(tmp_path, TELEGRAM_BOT_TOKEN="12:geheim", DATABASE_URL="mysql://u:geheim@h"))
    assert "geheim" not in broken
    assert "environment: TELEGRAM_BOT_TOKEN: " in broken
    assert "environment: DATABASE_URL: " in broken


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_postgres_keeps_its_password_to_itself(tmp_path: Path, scheme: str) -> None:
    settings = read(tmp_path, f'[storage]\nurl = "{scheme}://u:g%40heim@db.example/shop?schema=nord"\n')
    assert settings.storage.place == "db.example:5432/shop"
    assert settings.hidden() == ("g@heim",)
    assert "heim" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    toml = """
    [bot]
    name = ""
    languages = ["en", "sw"]
    timezone = "Europe/Stokholm"
    [telegram]
    delivery = "webhok"
    messages_per_second = 0
    [server]
    port = "8080"
    """
    found = problems(tmp_path, toml, TELEGRAM_CHAT_ID="the group")
    assert [line.rsplit(": ", 1)[0] for line in found[:3]] == [
        "bot.toml: bot.name",
        "bot.toml: bot.languages",
        "bot.toml: bot.timezone",
    ]
    assert len(found) == 7


MISTAKES = [
    (
        'telegram.delivery = "webhok"',
        'telegram.delivery: "webhok" is neither "webhook" nor "polling" (did you mean "webhook"?)',
    ),
    ('log.level = "warn"', 'log.level: "warn" is none of "debug", "info", "warning", "error"'),
    ('telegram.delivry = "webhook"', 'telegram.delivry: there is no such setting (did you mean "delivery"?)'),
    ("telegram.port = 1", "telegram.port: there is no such setting (it belongs in [server])"),
    ("telegram.kaffe = 1", "telegram.kaffe: there is no such setting"),
    ('telegram.token = "1:a"', "telegram.token: secrets do not stand here but in .env or the environment"),
    ("telegrm.port = 1", 'telegrm: there is no such section (did you mean "telegram"?)'),
    ("port = 1", "port: stands outside every section (it belongs in [server])"),
    ("server = 1", "server: 1 is a whole number where a section is wanted"),
    ('server.port = "80"', 'server.port: "80" is text where a whole number is wanted'),
    ("server.port = 65536", "server.port: 65536 is out of range: it must be at most 65535"),
    ('server.trusted_proxies = ["10.0.0.1/8"]', 'server.trusted_proxies: "10.0.0.1/8" is no network, as'),
    ('server.trusted_proxies = ["*"]', 'server.trusted_proxies: "*" is no network, as "127.0.0.1/32"'),
    ("server.port = true", "server.port: true is true or false where a whole number is wanted"),
    ("bot.name = 3", "bot.name: 3 is a whole number where text in quotes is wanted"),
    ('bot.languages = "en"', 'bot.languages: "en" is text where a list in [ ] is wanted'),
    ("bot.languages = []", "bot.languages: must not be empty"),
    ('bot.languages = ["en", "en"]', "bot.languages: names a language twice"),
    (
        "bot.timezone = 2026-11-20",
        'bot.timezone: "2026-11-20" is a date or time where text in quotes is wanted',
    ),
    ('bot.timezone = "Europe"', 'bot.timezone: "Europe" is no time zone'),
    ('bot.timezone = "../../etc/passwd"', 'bot.timezone: "../../etc/passwd" is no time zone'),
    ("whatsapp.messages_per_second = -1", "whatsapp.messages_per_second: -1 is out of range"),
    ("whatsapp.messages_per_second = nan", "whatsapp.messages_per_second: must be a finite number"),
    ('whatsapp.version = "26"', 'whatsapp.version: "26" is no version of the Cloud API, as "v26.0"'),
    ('ai.base_url = "localhost:1"', 'ai.base_url: "localhost:1" is not an address that starts with https://'),
    ('ai.base_url = "http://[::1"', 'ai.base_url: "http://[::1" is not an address that starts with https://'),
    ('ai.base_url = "http://a:b"', 'ai.base_url: "http://a:b" is not an address that starts with https://'),
    ('tickets.prefix = "nf-"', 'tickets.prefix: "nf-" must be one to eight of A-Z and 0-9, a letter first'),
    (
        'storage.url = "bot.db"',
        'storage.url: "bot.db" is neither a SQLite file, as sqlite:///data/bot.db, nor',
    ),
    ('storage.url = "sqlite:///:memory:"', 'storage.url: "sqlite:///:memory:" is neither a SQLite file'),
    (
        'storage.url = "postgresql://u:ge/heim@h/d"',
        "storage.url: in the user's name or password, / is written",
    ),
    (
        'storage.url = "postgresql://u:geheim@h:x/d"',
        "storage.url: is no address like postgresql://user:password",
    ),
    ('storage.url = "postgres://h/d?schema=Ö"', "storage.url: the schema's name must be of a-z, 0-9 and _"),
    ("storage.keep_raw_days = 0", "storage.keep_raw_days: 0 is out of range: it must be at least 1"),
]


@pytest.mark.parametrize(("line", "sentence"), MISTAKES)
def test_a_mistake_says_what_and_where(tmp_path: Path, line: str, sentence: str) -> None:
    (found,) = problems(tmp_path, line)
    assert found.startswith(f"bot.toml: {sentence}")
    assert "geheim" not in found


def test_a_syntax_error_has_its_line(tmp_path: Path) -> None:
    assert problems(tmp_path, '[bot]\nname = "Maja\n')[0].startswith("bot.toml: line 2: is not TOML: ")


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--config"):
        load(tmp_path / "bot.toml", {})


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").write_bytes('[bot]\ncompany = "Nordmöbler"\n'.encode("latin-1"))
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load(tmp_path / "bot.toml", {})


def test_a_dotenv_line_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert problems(tmp_path, dotenv="A=1\n= geheim\n") == (".env: line 2: is not NAME=value",)


@pytest.mark.parametrize(
    "secret", ["", "changeme", "x" * 31, "x" * 257, "ö" * 40, "with spaces " * 4, "changeme" * 5]
)
def test_a_webhook_needs_a_good_secret(tmp_path: Path, secret: str) -> None:
    (found,) = problems(tmp_path, WEBHOOK, TELEGRAM_BOT_TOKEN=TOKEN, TELEGRAM_WEBHOOK_SECRET=secret)
    assert re.match(r"(environment|\.env): TELEGRAM_WEBHOOK_SECRET: ", found)


@pytest.mark.parametrize("secret", ["x" * 32, "x" * 256, GOOD_SECRET])
def test_a_good_webhook_secret_is_taken(tmp_path: Path, secret: str) -> None:
    assert read(tmp_path, WEBHOOK, TELEGRAM_WEBHOOK_SECRET=secret).telegram.delivery == "webhook"


@pytest.mark.parametrize("url", ["", "http://bot.example.com"])
def test_a_webhook_needs_an_address_with_https(tmp_path: Path, url: str) -> None:
    toml = WEBHOOK.replace("https://bot.example.com", url)
    (found,) = problems(tmp_path, toml, TELEGRAM_WEBHOOK_SECRET=GOOD_SECRET)
    assert found.startswith("bot.toml: server.public_url: ")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost", "http://[::1]:8080/"])
def test_on_this_machine_http_will_do(tmp_path: Path, url: str) -> None:
    toml = WEBHOOK.replace("https://bot.example.com", url)
    assert read(tmp_path, toml, TELEGRAM_WEBHOOK_SECRET=GOOD_SECRET).server.public_url == url.rstrip("/")


@pytest.mark.parametrize("absent", WHATSAPP)
def test_whatsapp_is_off_until_all_is_set_and_refused_without_its_signature(
    tmp_path: Path, absent: str
) -> None:
    rest = {name: value for name, value in WHATSAPP.items() if name != absent}
    if absent == "WHATSAPP_APP_SECRET":
        assert problems(tmp_path, **rest)[0].startswith(".env: WHATSAPP_APP_SECRET: is not set")
    else:
        settings = read(tmp_path, **rest)
        assert not settings.whatsapp_on
        assert settings.warnings == (f".env: {absent}: WhatsApp is off until {absent} is set too",)


@pytest.mark.parametrize("chat", ["abc", "1.5", "0", "@group", "-100 1", "9" * 30, "²"])
def test_the_desk_is_a_whole_number(tmp_path: Path, chat: str) -> None:
    assert problems(tmp_path, TELEGRAM_CHAT_ID=chat)[0].startswith("environment: TELEGRAM_CHAT_ID: ")


def test_a_phone_number_is_kept_as_digits(tmp_path: Path) -> None:
    assert (
        read(tmp_path, WHATSAPP_ADMIN_PHONE="+46 70-123 45 67").secrets.whatsapp_admin_phone == "46701234567"
    )
    assert problems(tmp_path, WHATSAPP_ADMIN_PHONE="0701234567")[0].startswith(
        "environment: WHATSAPP_ADMIN_PHONE: "
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TELEGRAM_TOKEN", "TELEGRAM_BOT_TOKEN"),
        ("WHATSAPP_SENDERID", "WHATSAPP_SENDER_ID"),
        ("OPENAI_KEY", "OPENAI_API_KEY"),
    ],
)
def test_a_misspelt_name_is_pointed_out(tmp_path: Path, name: str, meant: str) -> None:
    assert read(tmp_path, **{name: "x"}).warnings == (f"{name}: is read by nobody (did you mean {meant}?)",)


def test_other_programs_names_are_none_of_our_business(tmp_path: Path) -> None:
    assert read(tmp_path, OPENAI_BASE_URL="x", TELEGRAM_DESKTOP="x", PATH="x").warnings == ()


def test_a_dotenv_that_others_may_read_is_pointed_out(tmp_path: Path) -> None:
    read(tmp_path, dotenv="INTERNAL_API_SECRET=" + GOOD_SECRET)
    (tmp_path / ".env").chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IROTH)
    assert "chmod 600" in load(tmp_path / "bot.toml", {}).warnings[0]


PROVIDER = '[[ai.providers]]\nname = "{name}"\nbase_url = "http://127.0.0.1:1/v1"\nmodel = "m"\n'


def test_one_model_needs_no_more_than_its_key(tmp_path: Path) -> None:
    links = read(tmp_path, '[ai]\nmodel = "small"\nprice_in = 0.5\n', OPENAI_API_KEY="sk-1").links
    assert [(link.provider.name, link.key.get_secret_value()) for link in links] == [("small", "sk-1")]
    assert (links[0].provider.timeout_seconds, links[0].provider.price_in) == (12, 0.5)


def test_several_models_stand_in_their_order_and_each_has_its_own_key(tmp_path: Path) -> None:
    toml = PROVIDER.format(name="first") + 'key = "FIRST_KEY"\n' + PROVIDER.format(name="ours")
    settings = read(tmp_path, toml, dotenv="FIRST_KEY=sk-first\n")
    keys = [(link.provider.name, link.key.get_secret_value()) for link in settings.links]
    assert keys == [("first", "sk-first"), ("ours", "none")]
    assert "sk-first" in settings.hidden()
    assert "sk-first" not in repr(settings) + settings.model_dump_json()


def test_a_model_whose_key_is_missing_is_off_and_named(tmp_path: Path) -> None:
    settings = read(tmp_path, PROVIDER.format(name="first") + 'key = "FIRST_KEY"\n', OPENAI_API_KEY="sk-1")
    assert settings.links == ()
    assert settings.warnings == ('bot.toml: ai.providers: "first" is off until FIRST_KEY is set',)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('key = "sk-abc123"', "number 1: key: is not the name of an environment variable"),
        ('key = "TELEGRAM_BOT_TOKEN"', "number 1: key: is another service's secret"),
        ('api_key = "sk-abc123"', "number 1: api_key: secrets do not stand here"),
        ('base_ulr = ""', 'number 1: base_ulr: there is no such setting (did you mean "base_url"?)'),
        ("price_in = -1", "number 1: price_in: -1 is out of range"),
        (PROVIDER.format(name="first"), "two providers have the same name"),
        ('[[ai.providers]]\nname = "b"', "number 2: base_url: lacks base_url"),
    ],
)
def test_a_mistake_in_a_model_says_which_one_and_shows_no_key(tmp_path: Path, lines: str, words: str) -> None:
    told = "\n".join(problems(tmp_path, PROVIDER.format(name="first") + lines))
    assert f"bot.toml: ai.providers: {words}" in told
    assert "sk-abc123" not in told


TEMPLATE = '[[whatsapp.templates]]\nname = "answer"\nlanguage = "sv"\nbody = "{}"\n'


def test_a_template_is_written_with_words_in_its_places(tmp_path: Path) -> None:
    (template,) = read(tmp_path, TEMPLATE.format("Hej {{name}}, om {{ticket}}: {{text}}")).whatsapp.templates
    assert (template.name, template.language, template.purpose) == ("answer", "sv", "reply")


def test_a_phone_for_alerts_without_a_template_is_pointed_out(tmp_path: Path) -> None:
    phone = {**WHATSAPP, "WHATSAPP_ADMIN_PHONE": "+46701234567"}
    (warning,) = read(tmp_path, **phone).warnings
    assert "hears nothing when it has not written for 24 hours" in warning
    template = TEMPLATE.format("News: {{text}}.") + 'purpose = "alert"\n'
    assert read(tmp_path, template, **phone).warnings == ()


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        (TEMPLATE.format("Hej {{1}}"), "{{1}} must say what stands there: one of name, ticket"),
        (TEMPLATE.format("Hej {{nam}}"), '"nam" is none of "name", "ticket"'),
        (TEMPLATE.format("Hej {{name}"), "{{ without a word"),
        (TEMPLATE.format("x" * 1025), "longer than the 1024"),
        (TEMPLATE.format("Hej").replace("answer", "An answer"), "does not have the form of a name"),
        (TEMPLATE.format("Hej").replace('"sv"', '"swedish"'), "does not have the form of a language"),
        ('[[whatsapp.templates]]\nname = "answer"\nlanguage = "sv"', "lacks body"),
    ],
)
def test_a_template_that_cannot_be_one_is_named(tmp_path: Path, toml: str, words: str) -> None:
    (problem,) = problems(tmp_path, toml)
    assert problem.startswith("bot.toml: whatsapp.templates: ")
    assert words in problem


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('[desk]\nroles = { bann = ["admins"] }', 'desk.roles: "bann" is none of "ban"'),
        ('[desk]\nroles = { ban = ["boss"] }', 'desk.roles: "boss" is neither "everybody", "admins"'),
        ('[desks.sales]\nwords = ["offer"]', "desks.sales: lacks chat_id"),
        ("[desks.Sales]\nchat_id = -5", 'desks.Sales: "Sales" must be a short name'),
        ("[desks.sales]\nchat_id = 5", "desks.sales.chat_id: is no group's id"),
        ("[desks.sales]\nchat_id = -7", "is the same group as TELEGRAM_CHAT_ID"),
    ],
)
def test_a_mistake_about_desks_is_told(tmp_path: Path, toml: str, words: str) -> None:
    assert words in "\n".join(problems(tmp_path, toml, TELEGRAM_CHAT_ID="-7"))


def test_a_role_that_is_not_named_stays_as_it_is(tmp_path: Path) -> None:
    desk = read(tmp_path, '[desk]\nroles = { ban = ["712345678"] }').desk
    assert (desk.may("ban"), desk.may("broadcast"), desk.may("teach")) == (
        ("712345678",),
        ("admins",),
        ("everybody",),
    )
