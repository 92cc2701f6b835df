"""The catalogue's entries about the query; how each is made again lies in `queries.py`."""

from __future__ import annotations

from typing import Any

from voicectl.explain.attempt import Mistake, Tries, any_of, setting
from voicectl.explain.mistakes import joins, orders, queries
from voicectl.signing import canonical


def entry(
    name: str, title: str, fix: str, tries: Tries, weight: int = 1, shows: str = "", **more: Any
) -> Mistake:
    return Mistake(id=name, title=title, fix=fix, tries=tries, weight=weight, shows=shows, **more)


MISTAKES = (
    entry(
        "ord-unsorted",
        "the parameters were not sorted",
        "Sort by name before joining. Usual culprits: Go's map and Python's dict written out as they are; a "
        "library that keeps the order of insertion.",
        orders.ordered("ord-unsorted"),
        weight=5,
        shows="some orders of the parameters work, others do not",
    ),
    entry(
        "ord-joined-pairs",
        "the texts name=value were sorted, so '=' took part in the order",
        "Order by name and by value first, and join later. Usual culprits: sort() on a list of 'k=v' in "
        "Python, JavaScript or PHP.",
        orders.ordered("ord-joined-pairs"),
        weight=4,
        shows="breaks as soon as a name begins with another one, as Id.1 does with Id",
    ),
    entry(
        "ord-encoded-name",
        "the parameters were sorted after encoding; this scheme sorts by the raw name",
        "Sort by the names as they are, then encode.",
        orders.ordered("ord-encoded-name"),
        shows="fails with names outside A-Z a-z 0-9",
    ),
    entry(
        "ord-raw-name",
        "the parameters were sorted before encoding; this scheme sorts the encoded names and values",
        "Encode first, then sort by name and value.",
        orders.ordered("ord-raw-name"),
        shows="fails with names outside A-Z a-z 0-9",
    ),
    entry(
        "query-repeat-unsorted",
        "the values of a repeated parameter keep their order; they must be sorted",
        "Sort by name and, for the same name, by value.",
        setting("values of a repeated name keep their order", order_pairs=orders.by(lambda item: item[0])),
        weight=3,
        shows="repeated names fail unless their values happen to be sorted",
        schemes=("aws", "aliyun-oss-v4"),
    ),
    entry(
        "query-repeat-sorted",
        "the values of a repeated parameter were sorted; this scheme keeps their order",
        "Sort by name only, or send repeated values already sorted.",
        any_of(
            setting("values of a repeated name were sorted", order_pairs=orders.by_raw_pair),
            setting("values of a repeated name were sorted", order_pairs=canonical.by_encoded_pair),
        ),
        schemes=("aliyun-rpc", "aliyun-acs3", "aliyun-oss-v1", "volcengine", "tos4"),
        shows="fails only with repeated names",
    ),
    entry(
        "ord-ignoring-case",
        "the parameters were sorted without regard to capitals; capitals come first",
        "Sort by the bytes of the names. Usual culprits: localeCompare in JavaScript, C#'s default comparer "
        "(use StringComparer.Ordinal), a case-insensitive map.",
        orders.ordered("ord-ignoring-case"),
        weight=2,
        code="StringComparer.Ordinal",
        shows="fails when names start with small and capital letters",
    ),
    entry(
        "ord-natural",
        "numbers in the names were sorted by their value; they sort as text, Id.10 before Id.2",
        "Sort by the bytes of the names. Usual culprits: PHP's natural sort flags, numbered lists kept in "
        "their order.",
        orders.ordered("ord-natural"),
        weight=1,
        shows="fails from the tenth element of a list on",
    ),
    entry(
        "ord-descending",
        "the parameters were sorted downwards",
        "Sort upwards by name.",
        orders.ordered("ord-descending"),
        0,
    ),
    entry(
        "ord-by-value",
        "the parameters were sorted by value",
        "Sort by name.",
        orders.ordered("ord-by-value"),
        0,
    ),
    entry(
        "ord-by-length",
        "the parameters were sorted by length",
        "Sort by name.",
        orders.ordered("ord-by-length"),
        0,
    ),
    entry(
        "query-no-equals",
        "an empty parameter was signed without its '='",
        "Write 'name=' where the value is empty.",
        setting("empty values were written without '='", join_pair=canonical.bare_when_empty),
        weight=5,
        shows="calls without empty values go through",
        schemes=("aliyun-rpc", "aliyun-acs3", "aws", "volcengine", "tos4", "tencent"),
    ),
    entry(
        "query-equals-added",
        "'=' was written behind a name without a value; here the name stands alone",
        "Write the bare name where the value is empty: ?acl, not ?acl=.",
        setting("empty values were written with '='", join_pair=canonical.with_equals),
        weight=2,
        shows="fails only with sub-resources such as ?acl",
        schemes=("aliyun-oss", "tencent"),
    ),
    entry(
        "query-empty-dropped",
        "empty parameters were sent, but skipped in what was signed",
        "Treat empty values alike in both places: sign them, or do not send them. Usual culprits: filters "
        "such as `if value:` in Python, `.filter(Boolean)` in JavaScript, in one of the two places.",
        queries.empty_dropped,
        weight=5,
        shows="calls without empty values go through",
        schemes=queries.LISTED,
    ),
    entry(
        "query-not-signed",
        "the URL's query is missing in what was signed",
        "Hand the query to the signer as well. Usual culprits: a signer that is given the path alone, "
        "`params=` of an HTTP library added after signing.",
        queries.not_signed,
        weight=6,
        shows="URLs without parameters go through",
        schemes=queries.LISTED,
    ),
    entry(
        "query-param-unsigned",
        "a parameter was sent that was not signed",
        "Sign last, and change nothing afterwards. Usual culprits: interceptors and middleware that append "
        "a parameter, paging code that adds a token.",
        any_of(queries.one_unsigned, queries.groups_unsigned),
        weight=4,
        shows="the server's string has a parameter that ours lacks",
        schemes=queries.LISTED,
    ),
    entry(
        "query-claims-unsigned",
        "parameters of the presigned form (X-…-Date, Credential, Expires…) were not signed",
        "Add all parameters of the signature but the signature itself to the query before signing.",
        queries.claims_unsigned,
        weight=2,
        shows="every presigned URL fails",
        schemes=queries.LISTED,
    ),
    entry(
        "query-param-extra",
        "a parameter was signed that was not sent",
        "Send exactly what was signed.",
        queries.extra_signed,
        shows="the server's string holds one parameter less",
        schemes=queries.LISTED,
    ),
    entry(
        "query-form-merged",
        "the parameters of the body's form were signed as part of the query",
        "Sign the form by the hash of the body only. Usual culprit: code kept from Aliyun's RPC signature.",
        queries.form_in_query,
        shows="only POST with a form fails",
        schemes=("aliyun-acs3", "aliyun-oss", "aws", "volcengine", "tos4", "tencent"),
    ),
    entry(
        "query-repeat-last",
        "of repeated parameters only one was signed",
        "Keep all pairs. Usual culprits: Python's dict, JavaScript's object, Java's Map in place of a list "
        "of pairs.",
        any_of(
            queries.repeats(queries.last_of_each, "only the last of repeated parameters was signed"),
            queries.repeats(queries.first_of_each, "only the first of repeated parameters was signed"),
        ),
        weight=4,
        shows="fails only with repeated names",
        schemes=queries.LISTED,
    ),
    entry(
        "query-repeat-joined",
        "repeated parameters were joined into one",
        "Sign each pair on its own: Id=1&Id=2.",
        any_of(
            *(
                queries.repeats(
                    queries.joined_by(mark), f"values of a repeated parameter were joined by {mark!r}"
                )
                for mark in (",", ", ", ";", "|", " ", "")
            )
        ),
        shows="fails only with repeated names",
        schemes=queries.LISTED,
    ),
    entry(
        "query-sig-included",
        "the signature's own parameter was part of what was signed",
        "Take the signature out before signing. Usual culprits: a map that is reused for a retry, an empty "
        "Signature set beforehand.",
        queries.signature_in,
        weight=3,
        shows="refused always, or from the second attempt on",
    ),
    entry(
        "query-as-sent",
        "the query was signed as it was sent, without being decoded, encoded and sorted by the rule",
        "Decode the query, encode each name and value by RFC 3986, and sort.",
        joins.as_sent,
        weight=2,
        shows="fails when the URL is not written in the canonical form",
        schemes=queries.AS_SENT_RULE,
    ),
    entry(
        "query-rewritten",
        "the query was sorted or encoded again; this scheme signs it exactly as it was sent",
        "Sign the very text behind the '?'.",
        joins.rewritten,
        weight=2,
        shows="fails for a GET whose parameters are not sorted",
        schemes=("tencent",),
    ),
    entry(
        "query-of-post-signed",
        "the query of a POST was signed; this scheme leaves that line empty",
        "Leave the canonical query empty for a POST.",
        joins.all_methods,
        weight=2,
        shows="a POST with a query fails",
        schemes=("tencent",),
    ),
    entry(
        "query-name-case",
        "the names of the parameters were signed with other capitals than they were sent with",
        "Sign the names as they are sent: parameters keep their capitals, only headers lose them.",
        joins.name_letters,
        shows="every call with a query fails",
        schemes=queries.LISTED,
    ),
    entry(
        "query-value-changed",
        "values were changed between signing and sending (trimmed, small letters, JSON written anew)",
        "Make the text of each value once, and sign and send that.",
        any_of(joins.value_letters, joins.json_values),
        shows="only certain values fail",
        schemes=queries.LISTED,
    ),
    entry(
        "query-in-path",
        "the query was signed as a part of the path",
        "Cut the URL at '?': path and query stand on lines of their own. Usual culprits: Node's req.url and "
        "url.path, Go's RequestURI(), PHP's REQUEST_URI.",
        joins.in_path,
        weight=2,
        shows="URLs without parameters go through",
        schemes=queries.LISTED,
    ),
    entry(
        "query-joined-wrongly",
        "names, values and pairs of the query were put together wrongly",
        "Write name=value, join the pairs by '&', with nothing before or behind.",
        any_of(*(joins.text(change, note) for note, change in joins.JOINS)),
        shows="every call with a query fails",
        schemes=queries.LISTED,
    ),
)
