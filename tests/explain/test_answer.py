"""Answers: code, clock and the server's own strings come out of every vendor's shape."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from voicectl.explain.answer import answer_of, read_answer
from voicectl.explain.captured import Answer

AWS_ECHO = (
    "The request signature we calculated does not match the signature you provided.\\n\\n"
    "The Canonical String for this request should have been\\n"
    "'GET\\n/it's\\n\\nhost:h\\n\\nhost\\ne3b0'\\n\\n"
    "The String-to-Sign should have been\\n'AWS4-HMAC-SHA256\\nnow\\nscope\\nabc'\\n"
)
S3 = """<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>SignatureDoesNotMatch</Code><Message>Check your key &amp; method.</Message>
<AWSAccessKeyId>AKID</AWSAccessKeyId><StringToSign>AWS4
x</StringToSign><SignatureProvided>5ac3</SignatureProvided>
<StringToSignBytes>41 57 53 34 0a 79</StringToSignBytes>
<CanonicalRequest>GET
/a&#38;b
c&lt;d</CanonicalRequest><RequestId>R1</RequestId></Error>"""
SKEWED = """<Error><Code>RequestTimeTooSkewed</Code><Message>too large</Message>
<RequestTime>20260102T030405Z</RequestTime>
<ServerTime>2026-01-02T04:04:05.000Z</ServerTime>
<MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds></Error>"""


def read(text: str) -> Answer:
    return read_answer(text.encode())


@pytest.mark.parametrize(
    ("body", "code", "message", "request_id"),
    [
        ('{"__type": "com.amazonaws#UnknownClient", "message": "m"}', "UnknownClient", "m", ""),
        ("<ErrorResponse><Error><Type>Sender</Type><Code>C</Code><Message>m</Message></Error>"
         "<RequestId>r</RequestId></ErrorResponse>", "C", "m", "r"),
        ('{"RequestId": "r", "HostId": "h", "Code": "InvalidTimeStamp.Expired", "Message": "m"}',
         "InvalidTimeStamp.Expired", "m", "r"),
        ("<Error><RequestId>r</RequestId><Code>C.D</Code><Message>m</Message></Error>", "C.D", "m", "r"),
        ('{"ResponseMetadata": {"RequestId": "r", "Error": {"CodeN": 1, "Code": "C", "Message": "m"}}}',
         "C", "m", "r"),
        ('{"Response": {"Error": {"Code": "C.D", "Message": "m"}, "RequestId": "r"}}', "C.D", "m", "r"),
        ('{"code": 20003, "message": "m", "more_info": "https://x", "status": 401}', "20003", "m", ""),
        ('{"error": {"message": "m", "type": "t", "param": null, "code": "bad_key"}}', "bad_key", "m", ""),
        ('{"error": {"message": "m", "type": "server_error", "code": null}}', "server_error", "m", ""),
        ('{"error": "m", "code": "missing_api_key", "request_id": "r"}', "missing_api_key", "m", "r"),
        ('{"error": "invalid_grant", "error_description": "m"}', "invalid_grant", "m", ""),
        ('{"code": "InvalidApiKey", "message": "m", "request_id": "r"}', "InvalidApiKey", "m", "r"),
        ('{"errorCode": "202"}', "202", "", ""),
        ('{"detail": "m"}', "", "m", ""),
        ("An error occurred (InvalidSignatureException) when calling X: m", "InvalidSignatureException",
         "An error occurred (InvalidSignatureException) when calling X: m", ""),
        ("HTTP Status: 400 Error:SignatureDoesNotMatch m", "SignatureDoesNotMatch",
         "HTTP Status: 400 Error:SignatureDoesNotMatch m", ""),
        ("[1]", "", "[1]", ""),
        ('{"Code": "cut', "", '{"Code": "cut', ""),
    ],
)  # fmt: skip
def test_each_vendors_error_is_read(body: str, code: str, message: str, request_id: str) -> None:
    answer = read(body)
    assert (answer.status, answer.code, answer.message, answer.request_id) == (0, code, message, request_id)


@pytest.mark.parametrize(
    "body",
    [
        '{"Code": "OK", "Message": "OK", "RequestId": "r"}',
        '{"ResponseMetadata": {"RequestId": "r"}, "Result": {"Code": "x"}}',
        '{"Response": {"RequestId": "r", "Code": "x"}}',
        '{"type": "list", "data": []}',
        '{"code": 3000, "message": "Success"}',
        '{"Voices": []}',
        '"text"',
    ],
)
def test_a_good_answer_has_no_code(body: str) -> None:
    assert read(f"HTTP/1.1 200 OK\r\n\r\n{body}").code == ""


def test_the_header_names_the_code_of_an_aws_service() -> None:
    text = (
        "HTTP/2 403\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\nx-amzn-RequestId: r\r\n"
        'x-amzn-ErrorType: InvalidSignatureException:http://internal.example/\r\n\r\n{"message": "m"}'
    )
    answer = read(text)
    assert (answer.status, answer.code, answer.request_id) == (403, "InvalidSignatureException", "r")
    assert answer.date == answer.now == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_aws_shows_both_strings_in_its_message() -> None:
    answer = read(f'{{"message": "{AWS_ECHO}"}}')
    assert answer.canonical_request == "GET\n/it's\n\nhost:h\n\nhost\ne3b0"
    assert answer.string_to_sign == "AWS4-HMAC-SHA256\nnow\nscope\nabc"


def test_xml_shows_strings_and_bytes_win_over_text() -> None:
    answer = read(S3)
    assert answer.message == "Check your key & method."
    assert answer.string_to_sign == "AWS4\ny"
    assert answer.canonical_request == "GET\n/a&b\nc<d"
    assert (answer.signature_provided, answer.key_id, answer.request_id) == ("5ac3", "AKID", "R1")


@pytest.mark.parametrize("gap", ["", " "])
def test_aliyun_rpc_shows_its_string_after_the_colon(gap: str) -> None:
    text = f"Specified signature is not matched. server string to sign is:{gap}GET&%2F&A%3Db"
    answer = read(f'{{"Code": "SignatureDoesNotMatch", "Message": "{text}"}}')
    assert (answer.string_to_sign, answer.canonical_request) == ("GET&%2F&A%3Db", None)


@pytest.mark.parametrize("line_break", ["\\n", "\\\\n"], ids=["real", "two characters"])
def test_aliyun_acs3_shows_both_strings_in_brackets(line_break: str) -> None:
    request = f"GET{line_break}/[x]{line_break}y"
    strings = f"server StringToSign is [ACS3{line_break}ab] server CanonicalRequest is [{request}]"
    answer = read(f'{{"Code": "SignatureDoesNotMatch", "Message": "no. {strings}"}}')
    assert answer.string_to_sign == "ACS3\nab"
    assert answer.canonical_request == "GET\n/[x]\ny"


def test_a_message_without_the_strings_has_none() -> None:
    for message in (
        "Specified signature is not matched.",
        "server StringToSign is [cut",
        "server string to sign is:",
    ):
        answer = read(f'{{"Message": "{message}"}}')
        assert (answer.string_to_sign, answer.canonical_request) == (None, None)


@pytest.mark.parametrize(
    ("message", "request_time", "server_time", "seconds"),
    [
        ("Signature expired: 20160928T135747Z is now earlier than 20160928T140052Z "
         "(20160928T140552Z - 5 min.)", "2016-09-28T13:57:47", "2016-09-28T14:05:52", 300),
        ("Signature not yet current: 20190305T002809Z is still later than 20190304T214315Z "
         "(20190304T212815Z + 15 min.)", "2019-03-05T00:28:09", "2019-03-04T21:28:15", 900),
    ],
)  # fmt: skip
def test_aws_tells_both_clocks_in_words(
    message: str, request_time: str, server_time: str, seconds: int
) -> None:
    answer = read(f'HTTP/1.1 403 x\r\nDate: Fri, 02 Jan 2026 03:04:05 GMT\r\n\r\n{{"message": "{message}"}}')
    assert answer.request_time == datetime.fromisoformat(request_time).replace(tzinfo=UTC)
    assert answer.now == answer.server_time == datetime.fromisoformat(server_time).replace(tzinfo=UTC)
    assert answer.tolerance_seconds == seconds


def test_stores_tell_both_clocks_in_elements() -> None:
    answer = read(SKEWED)
    assert answer.request_time == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert answer.server_time == datetime(2026, 1, 2, 4, 4, 5, tzinfo=UTC)
    assert answer.tolerance_seconds == 900


def test_an_oss_answer_without_a_body_has_its_xml_in_a_header() -> None:
    coded = base64.b64encode(b"<Error><Code>SignatureDoesNotMatch</Code></Error>").decode()
    answer = read(f"HTTP/1.1 403 Forbidden\r\nx-oss-err: {coded}\r\nx-oss-request-id: r\r\n\r\n")
    assert (answer.code, answer.request_id) == ("SignatureDoesNotMatch", "r")


def test_the_last_of_several_answers_counts_and_chunks_are_joined() -> None:
    text = (
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n"
        '5\r\n{"Cod\r\n8\r\ne": "X"}\r\n0\r\n\r\n'
    )
    answer = read(text)
    assert (answer.status, answer.code) == (403, "X")


def test_lines_that_curl_marked_are_read() -> None:
    text = '< HTTP/2 403 \r\n< date: Fri, 02 Jan 2026 03:04:05 GMT\r\n< \r\n* left\r\n{"Code": "X"}\n'
    answer = read(text)
    assert (answer.status, answer.code, answer.date is not None) == (403, "X", True)


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("<!DOCTYPE html><html><body>403</body></html>", "html-answer"),
        ("\n<html>x</html>", "html-answer"),
        (
            '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><Error><Code>&a;</Code></Error>',
            "document-type",
        ),
        (" \r\n", "empty-answer"),
    ],
)
def test_what_holds_no_code_is_noted(body: str, note: str) -> None:
    answer = answer_of(502, (), body.encode())
    assert (answer.code, [found.id for found in answer.notes]) == ("", [note])


def test_foreign_entities_and_bad_times_stay_as_they_are() -> None:
    answer = read("<Error><Code>&x;&#0;&#x41;</Code><ServerTime>2026-13-99T99:99:99Z</ServerTime></Error>")
    assert (answer.code, answer.server_time) == ("&x;&#0;A", None)


def test_the_first_of_two_elements_of_one_name_counts() -> None:
    assert read("<Error><Code>Outer</Code><Detail><Code>Inner</Code></Detail></Error>").code == "Outer"


def test_no_echo_shows_in_the_repr() -> None:
    assert "it's" not in repr(read(f'{{"message": "{AWS_ECHO}"}}'))
