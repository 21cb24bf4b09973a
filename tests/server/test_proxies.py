"""Who is counted for a connection: its other end, or, where a proxy is named, the one it speaks for."""

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from handlers.peers import client_of, group_of, is_among, networks
from tests.server.wire import House, Line, post, until

TRUSTED = networks(["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        (["203.0.113.9, 10.0.0.7, 127.0.0.1"], "203.0.113.9"),
        (["1.1.1.1", "203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        (["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        (["::ffff:203.0.113.9"], "203.0.113.9"),
        (["203.0.113.9, unknown"], ""),
        (["203.0.113.9:80"], ""),
        (["10.0.0.1, 10.0.0.2"], ""),
        ([""], ""),
        ([], ""),
        (["é\udcff, 203.0.113.9"], "203.0.113.9"),
    ],
)
def test_a_trusted_proxy_speaks_for_the_last_one_it_does_not_trust(headers: list[str], client: str) -> None:
    given = CIMultiDict([("X-Forwarded-For", each) for each in headers])
    assert client_of(CIMultiDictProxy(given), TRUSTED) == client


@pytest.mark.parametrize(
    ("address", "group", "trusted"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::ffff:127.0.0.1", "127.0.0.1", True),
        ("127.0.0.2", "127.0.0.2", False),
        ("2001:db8::1", "2001:db8::/64", False),
        ("fd00::1", "fd00::/64", True),
        ("fe80::1%eth0", "fe80::/64", False),
        ("nonsense", "", False),
    ],
)
def test_an_address_belongs_to_somebody(address: str, group: str, *, trusted: bool) -> None:
    assert group_of(address) == group
    assert is_among(address, TRUSTED) == trusted


FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP")


@pytest.mark.parametrize("header", FORWARDED)
async def test_a_stranger_counts_as_who_they_are_whatever_they_say(
    header: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with House().opened(connections_of_one=5, head_seconds=100) as server:
        lines = [await Line.to(server.port, source="127.0.0.9") for _ in range(30)]
        for number, line in enumerate(lines):
            line.say(post("/forged", b"{}", f"{header}: 203.0.113.{number}"))
        await until(lambda: server.figures()["connections_cut"] >= 20)
        assert server.figures()["connections"] <= 5
        await until(lambda: caplog.records)
        for line in lines:
            await line.close()
    assert {record.args[-1] for record in caplog.records if isinstance(record.args, tuple)} == {"127.0.0.9"}
    assert "203.0.113" not in caplog.text


async def test_a_named_proxy_may_have_many_connections_and_its_clients_few_each(
    caplog: pytest.LogCaptureFixture,
) -> None:
    house = House(trusted=("127.0.0.9/32",), hangs=True)
    async with house.opened(connections_of_one=5) as server:
        lines = [await Line.to(server.port, source="127.0.0.9") for _ in range(12)]
        for number, line in enumerate(lines):
            line.say(post("/post", b"{}", f"X-Forwarded-For: 203.0.113.{number}"))
        await until(lambda: len(house.bodies) == 12)
        greedy = [await Line.to(server.port, source="127.0.0.9") for _ in range(8)]
        for line in greedy:
            line.say(post("/post", b"{}", "X-Forwarded-For: 198.51.100.7"))
        await until(lambda: len(house.bodies) == 17)
        house.go_on.set()
        assert [(await line.hears()).status for line in lines] == [200] * 12
        assert sorted([(await line.hears()).status for line in greedy]) == [200] * 5 + [503] * 3
        for line in (*lines, *greedy):
            await line.close()


async def test_the_log_names_the_client_that_a_named_proxy_speaks_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with House(trusted=("127.0.0.0/24",)).opened() as server:
        line = await Line.to(server.port)
        line.say(post("/forged", b"{}", "X-Forwarded-For: 203.0.113.9"))
        assert (await line.hears()).status == 403
        await until(lambda: caplog.records)
        await line.close()
    assert "the last one from 203.0.113.9" in caplog.text
