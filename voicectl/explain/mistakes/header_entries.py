"""The catalogue's entries about canonical headers; how each is made again lies in `headers.py`."""

from __future__ import annotations

from voicectl.explain.attempt import any_of
from voicectl.explain.mistakes import headers, hops
from voicectl.explain.mistakes.headers import V4ISH, WITH_LIST, entry
from voicectl.signing import canonical

MISTAKES = (
    entry(
        "hdr-name-case",
        "header names were signed with capital letters",
        "Write the names in small letters. Usual culprits: Go's http.Header, which is written with "
        "capitals; names taken over as they were set.",
        headers.capitals,
        weight=8,
        shows="every call fails",
    ),
    entry(
        "hdr-value-whitespace",
        "blanks inside a header value were signed as they are; AWS trims and collapses them",
        "Trim each value and make one space of any run of blanks.",
        headers.values_as("blanks inside header values were kept", canonical.trim),
        weight=8,
        shows="values with double blanks fail",
        schemes=("aws",),
    ),
    entry(
        "hdr-value-collapsed",
        "runs of blanks in a header value were made one; here they stay",
        "Trim the ends only.",
        headers.values_as("blanks inside header values were made one space", canonical.collapse_blanks),
        shows="fails with values that have double spaces",
        schemes=("aliyun", "volcengine", "tos4", "tencent"),
    ),
    entry(
        "hdr-value-untrimmed",
        "header values were signed with the blanks at their ends",
        "Trim each value: HTTP clients and servers drop blanks at the ends.",
        any_of(
            headers.values_as("blanks at the ends of header values were signed", canonical.as_is),
            headers.values_as("a space before each value was signed", lambda value: " " + value.strip()),
        ),
        weight=2,
        shows="fails with values that start or end in a blank",
    ),
    entry(
        "hdr-value-lowercased",
        "header values were signed in small letters",
        "Only the names lose their capitals, the values keep them. Usual culprits: code kept from Tencent's "
        "TC3, toLowerCase() on the whole line.",
        headers.small_values,
        weight=2,
        shows="fails with values that have capitals",
        schemes=("aliyun", "aws", "volcengine", "tos4"),
    ),
    entry(
        "hdr-value-not-lowercased",
        "header values kept their capitals; Tencent's TC3 signs them in small letters",
        "Write names and values of the signed headers in small letters.",
        headers.kept_letters,
        weight=2,
        shows="fails when X-TC-Action or a charset is signed with capitals",
        schemes=("tencent",),
    ),
    entry(
        "hdr-value-changed",
        "a header's value was signed as another text than it was sent as",
        "Make the text of each value once, and sign and send that; non-ASCII metadata is best "
        "percent-encoded first.",
        headers.one_value_changed,
        shows="only requests with this header fail",
    ),
    entry(
        "hdr-hop-dropped",
        "a signed header is not on the wire",
        "Do not sign headers that clients and proxies add, change or drop: accept-encoding, connection, "
        "expect, transfer-encoding, user-agent.",
        hops.dropped,
        weight=5,
        shows="the signed list names a header that did not arrive",
    ),
    entry(
        "hdr-hop-changed",
        "a signed header arrived with another value",
        "Do not sign hop headers such as accept-encoding and connection. Usual culprits: CDNs (Cloudflare "
        "writes accept-encoding), nginx, corporate proxies, HTTP libraries that fill in their own.",
        hops.changed_on_the_way,
        weight=6,
        shows="direct calls succeed, calls through a proxy or CDN fail",
    ),
    entry(
        "hdr-unsorted",
        "the signed headers were not put in alphabetical order",
        "Sort by the name in small letters.",
        headers.unsorted,
        weight=3,
        shows="depends on the order in which headers are set",
    ),
    entry(
        "hdr-listed-not-signed",
        "a header stands in the signed list, but not in the block of headers, or the other way round",
        "Make block and list from the same set of names.",
        headers.one_left_out,
        weight=2,
        shows="every call with this header fails",
        schemes=V4ISH,
    ),
    entry(
        "hdr-signed-not-listed",
        "a header was signed that the signed list does not name",
        "Make block and list from the same set of names, and send what was signed.",
        any_of(headers.one_more, headers.every_header),
        weight=2,
        shows="every call fails",
        schemes=V4ISH,
    ),
    entry(
        "hdr-list-joined-wrongly",
        "the line of signed names is put together wrongly",
        "Join the names by ';' without blanks: host;x-amz-date.",
        headers.lists,
        shows="every call fails",
        schemes=WITH_LIST,
    ),
    entry(
        "hdr-block-no-blank-line",
        "the blank line behind the canonical headers is missing",
        "End each header line with a line feed: with the line feed between the parts that makes one blank "
        "line.",
        headers.block_as("the last header line has no line feed", lambda text: text.removesuffix("\n")),
        weight=2,
        shows="every call fails; the server shows one line more",
    ),
    entry(
        "hdr-block-extra-line",
        "there is a blank line too many behind the canonical headers",
        "One blank line stands between the headers and the list of their names.",
        any_of(
            headers.block_as("there is a blank line too many behind the headers", lambda text: text + "\n"),
            headers.block_as("there is a blank line before the headers", lambda text: "\n" + text),
        ),
        weight=2,
        shows="every call fails; the server shows one line less",
    ),
    entry(
        "hdr-line-format",
        "the lines of the canonical headers are written wrongly",
        "Write name:value and a line feed, without blanks around the colon.",
        any_of(
            headers.lines_as("a space stands behind the colon of each header", ": ", "\n"),
            headers.lines_as("header lines end in a carriage return and a line feed", ":", "\r\n"),
            headers.lines_as("header lines end in CR LF and have a space behind the colon", ": ", "\r\n"),
            headers.lines_as("name and value are joined by '='", "=", "\n"),
            headers.lines_as("header lines were joined by ';'", ":", ";"),
            headers.lines_as("header lines were joined by ','", ":", ","),
            headers.lines_as("header lines were joined by '&'", ":", "&"),
            headers.lines_as("header lines were joined without a line feed", ":", ""),
            headers.lines_as("header lines end in the two characters \\n", ":", "\\n"),
            headers.lines_as("header lines are separated by blank lines", ":", "\n\n"),
            headers.block_as("the block of headers is empty", lambda text: ""),
            headers.block_as("the block of headers is only a line feed", lambda text: "\n"),
            headers.block_as("the whole block of headers is in small letters", str.lower),
        ),
        weight=2,
        shows="every call fails",
    ),
    entry(
        "hdr-repeat-joined",
        "the values of a repeated header were put together wrongly",
        "Join them by ',' without a blank, in the order of sending; for ACS3 sorted.",
        any_of(
            headers.repeats_as("repeated values were joined by ', '", lambda values: ", ".join(values)),
            headers.repeats_as("repeated values were sorted", canonical.join_sorted_values),
            headers.repeats_as("repeated values keep their order", canonical.join_values),
            headers.repeats_as("only the last repeated value was signed", lambda values: list(values)[-1]),
            headers.repeats_as("only the first repeated value was signed", lambda values: next(iter(values))),
            headers.repeats_as("repeated values were joined by ';'", lambda values: ";".join(values)),
            headers.repeats_as("repeated values were joined by a space", lambda values: " ".join(values)),
            headers.repeats_as("repeated values were joined by '; '", lambda values: "; ".join(values)),
        ),
        shows="fails only with repeated headers",
    ),
)
