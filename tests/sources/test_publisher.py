"""The seam to other publishers: patience with the busy, none with refusals, pace, sizes, 304."""

from typing import Any

import httpx
import pytest

from app.errors import (
    SourceAwayError,
    SourceForbiddenError,
    SourceMalformedError,
    SourceRefusedError,
)
from app.sources.outside import (
    OutsideForbiddenError,
    OutsideRefusedError,
    OutsideUnusableError,
)
from app.sources.pace import Pace
from app.sources.plain_text import plain_text
from app.sources.publisher import (
    EmptyBusyError,
    Publisher,
    Question,
    Validators,
    open_publisher,
)

pytestmark = pytest.mark.anyio

URL = "https://publisher.example/list"


class Told:
    """Gives the answers it was told, in order; the last one for good."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, headers, content = answer
        return httpx.Response(status, headers=headers, content=content)

    def publisher(self) -> Publisher:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        return Publisher(
            httpx.AsyncClient(transport=httpx.MockTransport(self)),
            base_url="https://publisher.example/",
            per_second=5,
            max_bytes=1000,
            pace=Pace(1e9),
            sleep=sleep,
            chance=lambda: 1.0,
        )


GOOD = (200, {"etag": '"a"', "last-modified": "Sun, 29 Nov 2026 09:00:00 GMT"}, b"[]")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 302])
async def test_never_asks_again_after_a_refusal(status: int) -> None:
    told = Told((status, {"location": "https://elsewhere.example/"}, b""))
    with pytest.raises(SourceRefusedError, match=str(status)):
        await told.publisher().ask(Question(URL))
    assert len(told.requests) == 1
    assert told.slept == []


@pytest.mark.parametrize(
    "fault",
    [
        (429, {}, b""),
        (408, {}, b""),
        (500, {}, b"<h1>x</h1>"),
        (503, {}, b""),
        httpx.ReadTimeout("slow"),
        httpx.ConnectError("refused"),
        OutsideRefusedError("too slow"),
    ],
)
async def test_asks_the_busy_again_and_each_time_waits_longer(fault: Any) -> None:
    told = Told(fault, fault, fault, GOOD)
    assert (await told.publisher().ask(Question(URL))).content == b"[]"
    assert told.slept == [1.0, 2.0, 4.0]
    away = Told(fault)
    with pytest.raises(SourceAwayError):
        await away.publisher().ask(Question(URL))
    assert len(away.requests) == 4


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        (OutsideForbiddenError("http is not called from here."), SourceForbiddenError),
        (OutsideUnusableError("The host answered with a redirect."), SourceMalformedError),
    ],
)
async def test_never_asks_again_what_time_does_not_mend(
    fault: Exception, refusal: type[Exception]
) -> None:
    told = Told(fault)
    with pytest.raises(refusal, match=str(fault)):
        await told.publisher().ask(Question(URL))
    assert (len(told.requests), told.slept) == (1, [])


async def test_waits_as_long_as_the_publisher_asks() -> None:
    its_now = "Sun, 29 Nov 2026 09:00:00 GMT"
    date = {"retry-after": "Sun, 29 Nov 2026 09:00:30 GMT", "date": its_now}
    told = Told(
        (429, {"retry-after": "7"}, b""),
        (503, date, b""),
        (429, {"retry-after": "soon"}, b""),
        GOOD,
    )
    await told.publisher().ask(Question(URL))
    assert told.slept == [7.0, 30.0, 4.0]
    tired = Told((429, {"retry-after": "86400"}, b""))
    with pytest.raises(SourceAwayError, match="86,400 seconds"):
        await tired.publisher().ask(Question(URL))
    assert (len(tired.requests), tired.slept) == (1, [])


async def test_asks_whether_it_changed_and_hands_on_what_it_was_given() -> None:
    told = Told(GOOD, (304, {}, b""))
    publisher = told.publisher()
    first = await publisher.ask(Question(URL))
    assert first.validators == Validators('"a"', "Sun, 29 Nov 2026 09:00:00 GMT")
    second = await publisher.ask(Question(URL, known=first.validators))
    assert second.content is None
    sent = told.requests[1].headers
    assert (sent["if-none-match"], sent["if-modified-since"]) == (
        '"a"',
        "Sun, 29 Nov 2026 09:00:00 GMT",
    )


async def test_stops_reading_an_answer_that_is_too_large() -> None:
    fits = Told((200, {}, b" " * 1000))
    assert len((await fits.publisher().ask(Question(URL))).content or b"") == 1000
    with pytest.raises(SourceMalformedError, match="1,000 bytes"):
        await Told((200, {}, b" " * 1001)).publisher().ask(Question(URL))


async def test_an_empty_503_is_told_apart_only_where_it_means_too_much() -> None:
    empty = Told((503, {}, b""))
    with pytest.raises(EmptyBusyError):
        await empty.publisher().ask(Question(URL, {"a": "b"}), tells_too_much=True)
    assert len(empty.requests) == 1
    told = Told((503, {}, b"busy"), GOOD)
    assert (await told.publisher().ask(Question(URL), tells_too_much=True)).content == b"[]"


async def test_five_a_second_are_a_fifth_of_a_second_apart() -> None:
    now, slept = [100.0], []

    async def sleep(seconds: float) -> None:
        slept.append(round(seconds, 6))
        now[0] += seconds

    pace = Pace(5, clock=lambda: now[0], sleep=sleep)
    for _ in range(3):
        await pace.wait()
    assert slept == [0.2, 0.2]
    now[0] += 10
    await pace.wait()
    assert slept == [0.2, 0.2]  # a rest is not saved up: no burst, and no wait


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:9", "https://127.0.0.1:9", "https://169.254.169.254"]
)
async def test_calls_no_address_of_our_own_network_unless_it_is_named(base: str) -> None:
    async with open_publisher(base, per_second=1e9, max_bytes=10) as publisher:
        publisher._sleep = Told().publisher()._sleep  # noqa: SLF001 - no time passes here
        with pytest.raises(
            SourceForbiddenError, match=r"is not called from here|not on the public"
        ):
            await publisher.ask(Question(f"{base}/x"))


def test_html_becomes_the_words_that_a_reader_sees() -> None:
    assert plain_text("<p>One<br>two</p><ul><li>a &amp; b</li></ul>") == "One\ntwo\na & b"
    assert plain_text("<script>x</script><style>y</style><!-- z --><p> </p>") is None
    assert plain_text('<a href="javascript:x" onclick="y">link</a><img src=x onerror=z>') == "link"
    assert plain_text("S\r\nM\r\r\n\n\nA\x00\u202e\ufeff") == "S\nM\n\nA"
    assert plain_text("&lt;script&gt;") == "<script>"  # text, to be escaped like any other
    assert plain_text(None) is None
