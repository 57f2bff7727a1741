"""Refreshing element sets, against a server on this machine that answers well, badly, or not at all.

Witnesses: the bytes the server sent (compared with what is kept), the requests it counted, RFC 9110 for Retry-After
and conditional requests, and the limits as CelesTrak and Space-Track print them.
"""

import ast
import csv
import errno
import gzip
import hashlib
import io
import json
import os
import re
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.errors import InputError, UnknownName
from passplan.mission import refresh as refresh_module
from passplan.mission.download import MAX_RETRY_AFTER_S, check_address, fetch, new_session
from passplan.mission.element_table import COLUMNS, merge_into, parse_answer
from passplan.mission.fetch_log import full_until, read_log
from passplan.mission.gp_sources import Credentials, Query, Source, choose_source, read_credentials
from passplan.mission.refresh import refresh

NOW = datetime(2020, 6, 5, 12, tzinfo=UTC)
SECRET = Credentials(identity="someone@example.org", password="correct horse")
MICIUS, ISS = Query("CATNR", "41731"), Query("CATNR", "25544")
NO_NEWS = "GP data has not updated since your last successful\ndownload of CATNR=41731 at 2020-06-05 11:00:00 UTC."


def row(number=41731, epoch="2020-06-04T08:15:30.123456", mean_motion="15.36913120"):
    """One row as CelesTrak's CSV has it."""
    return (
        f"OBJECT {number},2016-051A,{epoch},{mean_motion},.0012345,97.3650,80.7030,283.7710,76.2290,0,U,{number},999,"
        "20953,.53125E-4,.1234E-4,0"
    )


def table(*rows):
    return ("\r\n".join([",".join(COLUMNS), *rows]) + "\r\n").encode()


def whole(body=b"", status=200, **headers):
    """A reply with its right length."""

    def reply(handler):
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def cut(body, keep, *, chunked=False, told=True):
    """A reply that ends early: by its length, in the middle of a chunk, or without having said a length."""

    def reply(handler):
        handler.send_response(200)
        if chunked:
            handler.send_header("Transfer-Encoding", "chunked")
        elif told:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write((b"%x\r\n" % len(body) if chunked else b"") + body[:keep])
        handler.close_connection = True

    return reply


def drop(handler):
    """Close without a word."""
    handler.close_connection = True


def hang(handler):
    """Say nothing until the test is over."""
    handler.server.over.wait(20.0)
    handler.close_connection = True


class Server(ThreadingHTTPServer):
    """Hands out replies in turn, the last one again and again, and keeps the requests."""

    daemon_threads = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies, self.seen, self.over = [], [], threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def says(self, *replies):
        self.replies = list(replies)
        return self


class Handler(BaseHTTPRequestHandler):
    """Notes a request and plays the next reply."""

    def do_GET(self):
        length = int(self.headers.get("Content-Length", 0))
        form = self.rfile.read(length).decode()
        self.server.seen.append((self.command, self.path, dict(self.headers), form))
        replies = self.server.replies
        (replies.pop(0) if len(replies) > 1 else replies[0])(self)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.over.set()
        running.shutdown()
        thread.join()


@pytest.fixture
def source(server):
    return choose_source("celestrak", {"PASSPLAN_CELESTRAK_URL": server.url})


@pytest.fixture
def track(server):
    return choose_source("space-track", {"PASSPLAN_SPACETRACK_URL": server.url + "/"})


def ask(source, folder, *queries, now=NOW, **options):
    return refresh(queries or [MICIUS], source=source, folder=folder, now=now, timeout_s=0.5, **options)


def test_a_first_refresh_keeps_the_rows_as_they_were_sent(server, source, tmp_path):
    body = table(row())
    server.says(whole(body, ETag='"abc"', Last_Modified="Fri, 05 Jun 2020 10:00:00 GMT"))
    (outcome,) = ask(source, tmp_path)
    assert (outcome.state, outcome.objects, outcome.sets, outcome.new_sets) == ("new", 1, 1, 1)
    kept = tmp_path / "elements" / outcome.file
    assert list(csv.reader(io.StringIO(kept.read_text()))) == list(csv.reader(io.StringIO(body.decode())))
    assert outcome.newest_utc == datetime(2020, 6, 4, 8, 15, 30, 123456, tzinfo=UTC)
    assert outcome.next_utc == NOW + timedelta(hours=2)
    ((method, path, headers, _),) = server.seen
    assert (method, path) == ("GET", "/NORAD/elements/gp.php?CATNR=41731&FORMAT=csv")
    assert re.fullmatch(r"passplan/\d+\.\d+\.\d+\S*", headers["User-Agent"])
    record = read_log(tmp_path).of_query(source.base_url, "CATNR=41731")
    assert (record.sha256, record.etag, record.sets) == (hashlib.sha256(body).hexdigest(), '"abc"', 1)
    assert (record.url, record.status, record.file) == (server.url + path, 200, outcome.file)


def test_the_same_data_are_not_asked_for_again_within_two_hours(server, source, tmp_path):
    server.says(whole(table(row()), ETag='"abc"'), whole(status=304))
    ask(source, tmp_path)
    (early,) = ask(source, tmp_path, now=NOW + timedelta(minutes=119))
    assert early.state == "resting"
    assert "may be asked again from 2020-06-05T14:00:00Z" in early.message
    assert len(server.seen) == 1
    (late,) = ask(source, tmp_path, now=NOW + timedelta(hours=2))
    assert (late.state, len(server.seen)) == ("unchanged", 2)
    assert server.seen[1][2]["If-None-Match"] == '"abc"'
    assert read_log(tmp_path).of_file(late.file).taken_utc == NOW + timedelta(hours=2)


def test_no_condition_is_sent_when_the_file_is_gone(server, source, tmp_path):
    server.says(whole(table(row()), ETag='"abc"'))
    (first,) = ask(source, tmp_path)
    (tmp_path / "elements" / first.file).unlink()
    (again,) = ask(source, tmp_path, now=NOW + timedelta(hours=3))
    assert "If-None-Match" not in server.seen[1][2]
    assert again.state == "new"


FAULTS = {
    "forbidden": (whole(b"no", 403), "answered 403: it was asked too often"),
    "no news": (whole(NO_NEWS.encode(), 403), "answers 403: its data of CATNR=41731 have not changed"),
    "unknown": (whole(b"No GP data found", 404), "answers 404: it has no data of CATNR=41731"),
    "too many": (whole(b"", 429, Retry_After="600"), "nothing is asked before 2020-06-05T17:10:00Z"),
    "teapot": (whole(b"", 418), "answers 418 to CATNR=41731: the address may have changed"),
    "not signed in": (whole(b"", 401), "answers 401: the login does not hold"),
    "server fault": (whole(b"", 500), "answers 500 to CATNR=41731: a fault of the server"),
    "rate limit": (whole(b"You've violated your query rate limit.", 500), "answered 500: it was asked too often"),
    "half by length": (cut(table(row()), 200), r"sent 200 of \d+ bytes: half a body"),
    "half a chunk": (cut(table(row()), 200, chunked=True), "broke off after"),
    "half, no length": (cut(table(row()), 200, told=False), "neither a length nor an end"),
    "half a JSON": (whole(b'[{"NORAD_CAT_ID": "41731", "EPO'), "breaks off or is no JSON"),
    "half a gzip": (whole(gzip.compress(table(row()))[:60], Content_Encoding="gzip"), "packed body without its end"),
    "no gzip": (whole(b"plain\n", Content_Encoding="gzip"), "cannot be unpacked"),
    "HTML": (whole(b"<!DOCTYPE html><title>Sorry</title>"), "is a page .HTML., not data: '<!DOCTYPE html>"),
    "empty": (whole(b""), "the answer is empty"),
    "empty list": (whole(b"[]"), "the answer is empty"),
    "a remark": (whole(b"No GP data found"), "it begins with 'No GP data found'"),
    "another JSON": (whole(b'{"error": "log in"}'), "holds no element sets, it begins with"),
    "endless field": (whole(table(row()) + b'"' + b"9" * 200_000), "is no table of element sets: field larger"),
    "only faulty rows": (whole(table(row(mean_motion="fast"))), "no element set that can be used"),
    "another object": (whole(table(row(25544))), "sends no set of it"),
    "redirect": (whole(b"", 302, Location="http://192.0.2.1/x"), r"sends us on \(302\) to http://192.0.2.1: only"),
    "dropped": (drop, "broke off before it answered"),
    "nothing at all": (hang, "says nothing for 0.5 s; what is held stays, check the network"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_what_is_held_stays_when_anything_fails(server, source, tmp_path, case):
    reply, message = FAULTS[case]
    server.says(whole(table(row())))
    (first,) = ask(source, tmp_path)
    held = (tmp_path / "elements" / first.file).read_bytes()
    server.says(reply)
    (outcome,) = ask(source, tmp_path, now=NOW + timedelta(hours=5))
    assert outcome.state == "failed"
    assert re.search(message, outcome.message), outcome.message
    assert "\n" not in outcome.message
    assert (tmp_path / "elements" / first.file).read_bytes() == held
    assert [path.name for path in (tmp_path / "elements").iterdir()] == [first.file]
    assert read_log(tmp_path).of_file(first.file).sha256 == hashlib.sha256(table(row())).hexdigest()


def test_a_refused_connection_is_told_and_may_be_tried_again(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    source = choose_source("celestrak", {"PASSPLAN_CELESTRAK_URL": f"http://127.0.0.1:{port}"})
    for _ in range(2):
        (outcome,) = ask(source, tmp_path)
        assert (outcome.state, outcome.next_utc) == ("failed", None)
        assert "refuses the connection; what is held stays" in outcome.message


def test_a_name_that_is_not_found_is_told(monkeypatch):
    """No resolver is asked: the standard library's own error is raised."""

    def unknown(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("no_proxy", "*")
    answer = fetch(new_session("https://nowhere.invalid"), "https://nowhere.invalid/", now=NOW, timeout_s=1.0)
    assert answer.status is None
    assert "nowhere.invalid is not found: no network, or a wrong name" in answer.fault


def test_a_network_that_is_down_is_told_in_the_systems_words(monkeypatch):
    def unreachable(*args, **kwargs):
        raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))

    monkeypatch.setattr(socket, "create_connection", unreachable)
    answer = fetch(new_session("http://127.0.0.1"), "http://127.0.0.1/", now=NOW, timeout_s=1.0)
    assert answer.fault == f"127.0.0.1 cannot be reached: {os.strerror(errno.ENETUNREACH)}"


def test_a_plain_server_is_no_https_server(server):
    """A certificate cannot be had from a server that speaks plain HTTP."""
    url = server.says(whole()).url.replace("http:", "https:")
    answer = fetch(new_session(url), url, now=NOW, timeout_s=1.0)
    assert answer.status is None
    assert "has no certificate that can be trusted" in answer.fault


@pytest.mark.parametrize(
    ("header", "pause_s"),
    [
        ("600", 600.0),
        (format_datetime(NOW + timedelta(hours=7), usegmt=True), 7 * 3600.0),
        (format_datetime(NOW - timedelta(hours=7), usegmt=True), 0.0),
        ("soon", None),
        ("99999999999", MAX_RETRY_AFTER_S),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(server, header, pause_s):
    """RFC 9110, 10.2.3."""
    server.says(whole(b"", 429, Retry_After=header))
    assert fetch(new_session(server.url), server.url, now=NOW, timeout_s=1.0).retry_after_s == pause_s


def test_a_source_that_says_429_is_left_alone_for_every_query(server, source, tmp_path):
    server.says(whole(b"", 429, Retry_After="18000"))
    ask(source, tmp_path)
    (other,) = ask(source, tmp_path, ISS, now=NOW + timedelta(hours=4, minutes=59))
    assert other.state == "resting"
    assert "from 2020-06-05T17:00:00Z" in other.message
    assert len(server.seen) == 1
    server.says(whole(table(row(25544))))
    assert ask(source, tmp_path, ISS, now=NOW + timedelta(hours=5))[0].state == "new"


def test_a_fault_ends_the_run_and_the_faulty_query_comes_last_the_next_time(server, source, tmp_path):
    """CelesTrak's usage policy: stop at any status but 200."""
    server.says(whole(b"No GP data found", 404), whole(table(row(25544))), whole(table(row())))
    first = ask(source, tmp_path, MICIUS, ISS)
    assert [item.state for item in first] == ["failed", "left"]
    assert "because 127.0.0.1" in first[1].message
    second = ask(source, tmp_path, MICIUS, ISS, now=NOW + timedelta(hours=2))
    assert [item.state for item in second] == ["new", "new"]
    assert [re.search(r"CATNR=(\d+)", path)[1] for _, path, _, _ in server.seen] == ["41731", "25544", "41731"]


def test_new_sets_are_added_and_older_ones_do_not_replace(server, source, tmp_path):
    epochs = ["2020-06-04T00:00:00.000000", "2020-06-05T00:00:00.000000", "2020-06-01T00:00:00.000000"]
    server.says(*(whole(table(row(epoch=epoch))) for epoch in epochs))
    for hours in (0, 2, 4):
        (outcome,) = ask(source, tmp_path, now=NOW + timedelta(hours=hours))
        assert outcome.new_sets == 1
    server.says(whole(table(row(epoch=epochs[1], mean_motion="15.00000000"))))
    (last,) = ask(source, tmp_path, now=NOW + timedelta(hours=6))
    assert (last.state, last.new_sets) == ("unchanged", 0)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "elements" / last.file).read_text())))
    assert [(item["EPOCH"], item["MEAN_MOTION"]) for item in rows] == [(epoch, "15.36913120") for epoch in epochs]


@given(
    st.lists(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 9)), max_size=6), min_size=1, max_size=5),
)
def test_merging_loses_nothing_and_doubles_nothing(tmp_path_factory, batches):
    path = tmp_path_factory.mktemp("merge") / "table.csv"
    expected = set()
    for batch in batches:
        rows = [{"NORAD_CAT_ID": str(number), "EPOCH": f"2020-06-0{day}"} for number, day in batch]
        added = merge_into(path, [{**dict.fromkeys(COLUMNS, "1"), **item} for item in rows])
        assert added == len({*batch} - expected)
        expected |= {*batch}
    held = list(csv.DictReader(io.StringIO(path.read_text()))) if expected else []
    assert sorted((int(item["NORAD_CAT_ID"]), int(item["EPOCH"][-1])) for item in held) == sorted(expected)


def test_a_held_file_that_is_no_table_is_left_as_it_is(server, source, tmp_path):
    (tmp_path / "elements").mkdir()
    path = tmp_path / "elements" / "celestrak-41731.csv"
    path.write_text("my own notes\n")
    server.says(whole(table(row())))
    (outcome,) = ask(source, tmp_path)
    assert "celestrak-41731.csv: is no table of element sets" in outcome.message
    assert path.read_text() == "my own notes\n"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"celestrak-41731.csv: cannot be read"):
        merge_into(path, [])


def test_columns_that_the_user_added_to_a_held_file_stay(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(
        table(row()).decode().replace("MEAN_MOTION_DDOT\r", "MEAN_MOTION_DDOT,REMARK\r").replace(",0\r", ",0,mine\r")
    )
    answered = parse_answer(table(row(epoch="2020-06-05T00:00:00.000000")), source="x")
    assert merge_into(path, answered.rows) == 1
    assert [item["REMARK"] for item in csv.DictReader(io.StringIO(path.read_text()))] == ["mine", ""]


def test_one_bad_object_does_not_hide_the_others(server, source, tmp_path):
    server.says(whole(table(row(1), row(2, mean_motion="fast"), row(3))))
    (outcome,) = ask(source, tmp_path, Query("GROUP", "stations"))
    assert (outcome.state, outcome.objects, outcome.file) == ("new", 2, "celestrak-stations.csv")
    assert "; 1 fault, left out" in outcome.message
    (fault,) = outcome.faults
    assert ":3: " in fault
    assert "fast" in fault
    kept = csv.DictReader(io.StringIO((tmp_path / "elements" / outcome.file).read_text()))
    assert [item["NORAD_CAT_ID"] for item in kept] == ["1", "3"]


def test_a_packed_answer_is_unpacked(server, source, tmp_path):
    server.says(whole(gzip.compress(table(row())), Content_Encoding="gzip"))
    assert ask(source, tmp_path)[0].state == "new"
    assert server.seen[0][2]["Accept-Encoding"] == "gzip"


def test_numbers_beyond_two_line_sets(server, source, tmp_path):
    server.says(whole(table(row(123456789))))
    assert ask(source, tmp_path, Query("CATNR", "123456789"))[0].new_sets == 1


def test_a_body_without_a_length_is_whole_when_it_has_its_end(server, source, tmp_path):
    body = table(row())
    server.says(cut(body, len(body), told=False))
    assert ask(source, tmp_path)[0].state == "new"


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_beyond_the_limit_is_not_taken(server, packed):
    body = b"x" * 5000
    server.says(whole(gzip.compress(body) if packed else body, **({"Content_Encoding": "gzip"} if packed else {})))
    answer = fetch(new_session(server.url), server.url, now=NOW, timeout_s=1.0, max_bytes=1000)
    assert answer.body == b""
    assert "sends more than 1,000 bytes" in answer.fault


def test_a_server_that_never_ends_is_given_up(server, monkeypatch):
    monkeypatch.setattr("passplan.mission.download.MAX_TOTAL_S", -1.0)
    answer = fetch(new_session(server.says(whole(b"x\n")).url), server.url, now=NOW, timeout_s=1.0)
    assert "was still sending after -1 s" in answer.fault


def test_a_redirect_on_the_same_host_is_followed(server, source, tmp_path):
    server.says(whole(b"", 301, Location="/new"), whole(table(row())))
    assert ask(source, tmp_path)[0].state == "new"
    assert server.seen[1][1] == "/new"


def login_and(*replies):
    return whole(b'""', Set_Cookie="chocolatechip=42; path=/"), *replies


def as_json(*numbers, epoch="2020-06-04T08:15:30.123456"):
    """As Space-Track sends it: every value a text, further keys, null where there is none."""
    rows = csv.DictReader(io.StringIO(table(*(row(number, epoch) for number in numbers)).decode()))
    return json.dumps([{**item, "DECAY_DATE": None, "TLE_LINE0": "0 X"} for item in rows]).encode()


def test_space_track_takes_one_login_and_one_list(server, track, tmp_path):
    server.says(*login_and(whole(as_json(41731, 25544))))
    outcomes = ask(track, tmp_path, MICIUS, ISS, Query("CATNR", "5"), credentials=SECRET)
    assert [item.state for item in outcomes] == ["new", "new", "failed"]
    assert "sends no set of it: decayed" in outcomes[2].message
    (login, query) = server.seen
    assert login[:2] == ("POST", "/ajaxauth/login")
    assert login[3] == "identity=someone%40example.org&password=correct+horse"
    assert query[1] == "/basicspacedata/query/class/gp/NORAD_CAT_ID/41731,25544,5/format/json"
    assert query[2]["Cookie"] == "chocolatechip=42"
    assert [item.file for item in outcomes[:2]] == ["space-track-41731.csv", "space-track-25544.csv"]
    assert outcomes[0].next_utc == NOW + timedelta(hours=1)
    (resting,) = ask(track, tmp_path, now=NOW + timedelta(minutes=59), credentials=SECRET)
    assert "once in 1 h" in resting.message
    assert len(server.seen) == 2


def test_the_account_is_never_written_nor_shown(server, track, tmp_path):
    server.says(*login_and(whole(as_json(41731))))
    outcomes = ask(track, tmp_path, credentials=SECRET)
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    for shown in (written, repr(outcomes), repr(SECRET)):
        assert "someone" not in shown
        assert "horse" not in shown


@pytest.mark.parametrize("reply", [whole(b'{"Login":"Failed"}'), whole(b"", 401)])
def test_a_refused_login_says_so_and_nothing_is_asked(server, track, tmp_path, reply):
    server.says(reply)
    (outcome,) = ask(track, tmp_path, credentials=SECRET)
    assert "refuses the login: SPACETRACK_USER or SPACETRACK_PASSWORD is wrong" in outcome.message
    assert [item[0] for item in server.seen] == ["POST"]


def test_a_login_page_that_is_down(server, track, tmp_path):
    server.says(whole(b"", 503))
    assert "answers 503 to the login: a fault of the server" in ask(track, tmp_path, credentials=SECRET)[0].message


def test_requests_are_counted_over_runs(server, source, tmp_path):
    """A source with two requests a minute: the third waits, and none is sent."""
    slow = Source(name="celestrak", base_url=source.base_url, rest=source.rest, per_minute=2, per_hour=99, at_once=1)
    server.says(whole(table(row(1))), whole(table(row(2))), whole(table(row(3))))
    queries = [Query("CATNR", str(number)) for number in (1, 2, 3)]
    assert [item.state for item in ask(slow, tmp_path, *queries)] == ["new", "new", "failed"]
    (third,) = ask(slow, tmp_path, queries[2], now=NOW + timedelta(seconds=59))
    assert "may be asked again from 2020-06-05T12:01:00Z" in third.message
    assert "at most 2 requests a minute and 99 an hour" in third.message
    assert len(server.seen) == 2
    assert ask(slow, tmp_path, queries[2], now=NOW + timedelta(seconds=60))[0].state == "new"
    empty = Source(name="space-track", base_url=source.base_url, rest=source.rest, per_minute=1, per_hour=1, at_once=9)
    (last,) = ask(empty, tmp_path, ISS, now=NOW + timedelta(seconds=60), credentials=SECRET)
    assert "at most 1 requests a minute" in last.message


@given(gaps_s=st.lists(st.integers(0, 400), min_size=1, max_size=60))
def test_no_minute_and_no_hour_ever_has_too_many_requests(gaps_s):
    """Whoever waits as told never exceeds the limits: checked by counting in every window."""
    times, now = [], NOW
    for gap_s in gaps_s:
        now += timedelta(seconds=gap_s)
        now = full_until(times, now, per_minute=3, per_hour=20) or now
        assert full_until(times, now, per_minute=3, per_hour=20) is None
        times.append(now)
    for when in times:
        assert sum(when - timedelta(minutes=1) < item <= when for item in times) <= 3
        assert sum(when - timedelta(hours=1) < item <= when for item in times) <= 20


def test_a_run_that_is_cut_off_counts_as_asked(server, source, tmp_path, monkeypatch):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(refresh_module, "fetch", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ask(source, tmp_path)
    assert ask(source, tmp_path, now=NOW + timedelta(minutes=1))[0].state == "resting"
    assert server.seen == []


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": 2}', '{"schema_version": 1, "fetches": {"a": {}}}'])
def test_a_broken_record_of_fetches_is_not_overlooked(source, tmp_path, text):
    (tmp_path / "refresh.json").write_text(text)
    with pytest.raises(InputError, match=r"refresh.json: is no record of fetches .*wait two hours"):
        ask(source, tmp_path)
    (tmp_path / "refresh.json").unlink()
    (tmp_path / "refresh.json").mkdir()
    with pytest.raises(InputError, match=r"refresh.json: cannot be read"):
        ask(source, tmp_path)


def test_a_folder_that_cannot_be_made(source, tmp_path):
    (tmp_path / "elements").write_text("")
    with pytest.raises(InputError, match="elements: cannot be made"):
        ask(source, tmp_path)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://celestrak.org", "must begin with https://"),
        ("ftp://127.0.0.1", "must begin with https://"),
        ("celestrak.org", "must begin with https://"),
        ("https://me:pass@mirror.example", "carries a user or a password"),
    ],
)
def test_addresses_that_may_not_be_asked(url, message):
    with pytest.raises(InputError, match=f"PASSPLAN_CELESTRAK_URL .*{message}") as caught:
        choose_source("celestrak", {"PASSPLAN_CELESTRAK_URL": url})
    assert "pass@" not in str(caught.value)
    with pytest.raises(InputError, match="address"):
        fetch(new_session("https://celestrak.org"), url, now=NOW, timeout_s=1.0)


def test_the_sources_own_addresses_and_limits():
    """As celestrak.org/usage-policy.php and Space-Track's API use guidelines print them."""
    celestrak, track = (choose_source(name, {}) for name in ("celestrak", "space-track"))
    assert (celestrak.base_url, celestrak.rest) == ("https://celestrak.org", timedelta(hours=2))
    assert (track.base_url, track.rest) == ("https://www.space-track.org", timedelta(hours=1))
    assert track.per_minute < 20
    assert track.per_hour < 300
    assert check_address(track.base_url, what="x").hostname == track.host


def test_credentials_come_from_the_environment_alone():
    full = {"SPACETRACK_IDENTITY": "a", "SPACETRACK_PASSWORD": "b"}
    assert read_credentials(full) == Credentials(identity="a", password="b")
    assert read_credentials({**full, "SPACETRACK_USER": "c"}).identity == "c"
    for missing, variable in (("SPACETRACK_IDENTITY", "SPACETRACK_USER"), ("SPACETRACK_PASSWORD",) * 2):
        with pytest.raises(InputError, match=f"{variable} is not set"):
            read_credentials({name: value for name, value in full.items() if name != missing})


def test_queries_that_do_not_suit(track, tmp_path):
    with pytest.raises(InputError, match=r"by catalogue number only, not for GROUP=active"):
        ask(track, tmp_path, Query("GROUP", "active"), credentials=SECRET)
    with pytest.raises(InputError, match="no credentials are given"):
        ask(track, tmp_path)
    for kind, value, told in (
        ("CATNR", "4173x", "1 to 9 digits"), ("GROUP", "a/b", "a group's name"), ("NAME", "..", "part of a name"),
        ("INTDES", "2016-51", "such as 2016-051"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=f"{kind} is '{re.escape(value)}', must be .*{told}"):
            Query(kind, value)
    with pytest.raises(UnknownName, match="kind of query 'CATNO' is not known; did you mean 'CATNR'"):
        Query("CATNO", "1")


@pytest.mark.parametrize(
    ("query", "asked", "file"),
    [
        (Query("NAME", "ISS (ZARYA)"), "NAME=ISS+%28ZARYA%29&FORMAT=csv", "celestrak-name-iss-zarya.csv"),
        (Query("INTDES", "2016-051"), "INTDES=2016-051&FORMAT=csv", "celestrak-launch-2016-051.csv"),
        (Query("GROUP", "gps-ops"), "GROUP=gps-ops&FORMAT=csv", "celestrak-gps-ops.csv"),
    ],
)
def test_names_launches_and_groups(server, source, tmp_path, query, asked, file):
    server.says(whole(table(row())))
    (outcome,) = ask(source, tmp_path, query)
    assert outcome.file == file
    assert server.seen[0][1].endswith(asked)


def test_only_the_downloader_knows_the_network(package):
    """House rule: one file imports what can open a connection, only the refresh imports it, only a command that."""
    network = {"urllib.request", "urllib.error", "http", "http.client", "http.cookiejar", "socket", "ssl", "ftplib"}
    users = {"network": set(), "download": set(), "refresh": set()}
    for path in package.rglob("*.py"):
        here = path.relative_to(package).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            if network & {*names}:
                users["network"].add(here)
            for room in ("download", "refresh"):
                if f"passplan.mission.{room}" in names:
                    users[room].add(here)
    assert users["network"] <= {"mission/download.py", "mission/refresh.py"}  # the latter for the checker of types
    assert users["download"] == {"mission/refresh.py", "mission/gp_sources.py"}
    assert users["refresh"] == {"cli/data.py"}
