"""Promises about markup: what is refused and where, and that cutting it loses, doubles and breaks nothing."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from voicectl.core import ssml
from voicectl.core.errors import BadInput, Guarded
from voicectl.core.tts import TextLimit


def text_by_another_parser(markup: str) -> str:
    return "".join(ET.fromstring(markup.removeprefix("\ufeff")).itertext())


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("hello", "no <speak> around 'hello'"),
        ("", "no <speak>"),
        ("<p>hi</p>", "line 1, column 1: the markup is a <p>"),
        ("<p>hi</p><p>ho</p>", "<speak> must stand around it"),
        ("<speak>\n  <p>你好</speak>", "line 2, column 10: <p> of line 2 is not closed"),
        ("<speak>\r\n<p>\r\n<s>hi</p></speak>", "line 3, column 8: <s> of line 3 is not closed"),
        ("<speak><p>hi", "<p> of line 1 is not closed"),
        ("<speak>😀 a & b</speak>", "line 1, column 13"),
        ("<speak>a&nbsp;b</speak>", "column 9: '&nbsp;' has no meaning here"),
        ("<speak><break time=1s/></speak>", "column 20: the markup is not well-formed"),
        ("<speak>a</speak><speak>b</speak>", "column 17"),
        ("<!DOCTYPE speak><speak>a</speak>", "a document type is not taken"),
        ('<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><speak>&x;</speak>', "a document type"),
    ],
)
def test_what_is_no_markup_to_speak_is_refused_with_its_place(markup: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        ssml.check(markup)
    assert words in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    "markup",
    [
        "<speak>a</speak>",
        "\ufeff<?xml version='1.0' encoding='gb2312'?>\r\n<!-- a --><speak version='1.1'>你好 😀</speak>\n",
        '<speak xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="zh-CN" '
        'xsi:schemaLocation="http://www.w3.org/2001/10/synthesis http://x/s.xsd">a</speak>',
        '<speak><amazon:effect name="whispered">a</amazon:effect></speak>',
        '<speak><audio src="data:audio/wav;base64,AAAA"/></speak>',
        '<speak><sub alias="http over tls">https</sub></speak>',
    ],
)
def test_good_markup_passes(markup: str) -> None:
    ssml.check(markup)


@pytest.mark.parametrize(
    "tag",
    [
        '<audio src="https://example.com/a.wav"/>',
        '<audio src="a.wav"/>',
        '<lexicon uri="http://example.com/l.pls"/>',
        '<soundEvent src="http://example.com/a.wav"/>',
        '<mstts:backgroundaudio src="x"/>',
        '<other thing=" HTTPS://example.com/a"/>',
        '<other thing="//example.com/a"/>',
        "<audio src='&#104;ttp://example.com/a.wav'/>",
    ],
)
def test_what_lies_elsewhere_wants_to_be_allowed(tag: str) -> None:
    markup = f"<speak>\n {tag} a</speak>"
    with pytest.raises(Guarded, match="line 2, column 2") as caught:
        ssml.check(markup)
    assert caught.value.hint == "--allow-remote-audio"
    ssml.check(markup, allow_remote=True)


def test_background_music_in_the_root_lies_elsewhere_too() -> None:
    with pytest.raises(Guarded):
        ssml.check('<speak bgm="http://example.com/a.mp3">a</speak>')


def test_a_tag_that_the_vendor_does_not_take_is_named_with_its_place() -> None:
    with pytest.raises(BadInput, match=r"line 2, column 1: acme does not take the tag <pauze>") as caught:
        ssml.refuse_tags("<speak>\n<pauze/></speak>", "acme", {"speak", "pause", "p"})
    assert caught.value.hint == "write <pause>"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<speak>a &amp; b &lt; c</speak>", "a & b < c"),
        ("<speak>a<!-- no --><?no?>b</speak>", "ab"),
        ("<speak><![CDATA[1 < 2 & <p>]]>.</speak>", "1 < 2 & <p>."),
        ("<speak>&#20320;&#x597d;</speak>", "你好"),
        ('<speak><sub alias="a > b">c</sub>\r\nd</speak>', "c\nd"),
    ],
)
def test_plain_text_is_what_stands_between_the_tags(markup: str, text: str) -> None:
    assert ssml.plain_text(markup) == text


@pytest.mark.parametrize(
    ("markup", "answer"),
    [
        ("<speak> \n </speak>", False),
        ("<speak><p>…</p></speak>", False),
        ("<speak>a</speak>", True),
        ("<speak><break time='1s'/></speak>", True),
        ('<speak><audio src="a.wav">…</audio></speak>', True),
    ],
)
def test_a_piece_with_nothing_to_hear_is_known(markup: str, answer: bool) -> None:
    assert ssml.is_heard(markup) is answer


def test_a_border_prefers_the_end_of_a_sentence_and_opens_its_tags_again() -> None:
    markup = '<speak xml:lang="en"><prosody rate="80%">One two. Three four.</prosody></speak>'
    assert list(ssml.pieces(markup, TextLimit(12, tags_free=True, whole=100))) == [
        '<speak xml:lang="en"><prosody rate="80%">One two. </prosody></speak>',
        '<speak xml:lang="en"><prosody rate="80%">Three four.</prosody></speak>',
    ]


def test_a_block_ends_a_sentence_without_any_full_stop() -> None:
    markup = "<speak><p>one two</p><p>three four</p></speak>"
    assert list(ssml.pieces(markup, TextLimit(14, tags_free=True, whole=100))) == [
        "<speak><p>one two</p></speak>",
        "<speak><p>three four</p></speak>",
    ]


@pytest.mark.parametrize("tag", ["say-as", "phoneme", "sub"])
def test_what_means_one_thing_stays_whole(tag: str) -> None:
    markup = f'<speak>call <{tag} x="1">12 34 56</{tag}> now</speak>'
    parts = list(ssml.pieces(markup, TextLimit(9, tags_free=True, whole=60)))
    assert any(f'<{tag} x="1">12 34 56</{tag}>' in part for part in parts)
    with pytest.raises(BadInput, match=f"<{tag}> around '12 34 56'"):
        list(ssml.pieces(markup, TextLimit(7, tags_free=True, whole=60)))


def test_by_sentence_each_one_comes_alone() -> None:
    markup = "<speak><p>One. Two.</p>Three.</speak>"
    assert list(ssml.pieces(markup, TextLimit(90, by_sentence=True))) == [
        "<speak><p>One. </p></speak>",
        "<speak><p>Two.</p></speak>",
        "<speak>Three.</speak>",
    ]


def test_markup_that_fits_is_one_piece() -> None:
    markup = "<speak><s>你好。</s><s>再见。</s></speak>"
    assert list(ssml.pieces(markup, TextLimit(100))) == [markup]


TEXTS = st.text(
    st.sampled_from("abc dé你好，。1,2.5!?\n\u0301👍🏽\u200d&<>\"'"), min_size=0, max_size=25
).map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&#62;"))
TAGS = st.sampled_from(
    [
        ("<p>", "</p>"),
        ("<s>", "</s>"),
        ('<prosody rate="8>0%" >', "</prosody >"),
        ("<emphasis level='strong'>", "</emphasis>"),
        ('<lang xml:lang="zh-CN">', "</lang>"),
        ('<say-as interpret-as="digits">', "</say-as>"),
        ('<sub alias="x/y">', "</sub>"),
        ("<break time='1s'/>", ""),
        ("<!-- > < & -->", ""),
        ("<![CDATA[a < b]]>", ""),
    ]
)
DOCUMENTS = st.recursive(
    TEXTS,
    lambda inner: st.tuples(TAGS, st.lists(inner, max_size=4)).map(
        lambda made: made[0][0] + "".join(made[1]) + made[0][1]
    ),
    max_leaves=12,
).map(lambda body: f"<speak>{body}</speak>")


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, st.integers(20, 80))
@pytest.mark.slow
def test_pieces_are_documents_within_the_limit_that_say_what_the_whole_says(markup: str, size: int) -> None:
    limit = TextLimit(size, tags_free=True, whole=size * 12)
    try:
        parts = list(ssml.pieces(markup, limit))
    except BadInput:  # tags deeper than a piece is long
        assume(False)
    for part in parts:
        ssml.check(part)
        assert len(text_by_another_parser(part)) <= size
        assert len(part) <= limit.whole
    assert "".join(map(text_by_another_parser, parts)) == text_by_another_parser(markup)
    assert "".join(map(ssml.plain_text, parts)) == ssml.plain_text(markup) == text_by_another_parser(markup)
    for kind in ("<break", "<say-as", "<sub"):
        assert sum(part.count(kind) for part in parts) == markup.count(kind)


@settings(max_examples=80, deadline=None)
@given(DOCUMENTS, st.integers(60, 200))
@pytest.mark.slow
def test_where_tags_count_each_piece_is_within_the_limit_with_them(markup: str, size: int) -> None:
    try:
        parts = list(ssml.pieces(markup, TextLimit(size, unit="bytes")))
    except BadInput:
        assume(False)
    assert all(len(part.encode()) <= size for part in parts)
    assert "".join(map(text_by_another_parser, parts)) == text_by_another_parser(markup)
