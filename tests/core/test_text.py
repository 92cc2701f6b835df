"""Text is decoded, cut and weighed without losing a sign of it."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from voicectl.core.errors import BadInput, UsageError
from voicectl.core.measure import Unit
from voicectl.core.text import (
    atoms,
    clauses,
    cleaned,
    decode,
    graphemes,
    is_speakable,
    joints,
    languages_of,
    pieces,
    sentences,
    words,
)
from voicectl.core.tts import TextLimit

FAMILY = "👨‍👩‍👧‍👦"
LETTERS = ["a", "Z", "7", "你", "好", "の", "é", "한", "क्ष", "น้ำ", "3.14", "http://a.b/c?d"]
MARKS = [" ", "\n", "\r\n", ".", ",", "!", "…", "。", "，", "！", "“", "”", '"', "-"]
JOINED = ["e\u0301", "\u0301", "\u200d", "\u1112\u1161\u11ab", "🇩🇪", "🇫🇷", FAMILY, "👍🏽", "1️⃣"]
SIGNS = st.sampled_from([*LETTERS, *MARKS, *JOINED])
TEXTS = st.lists(SIGNS, max_size=60).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello. How are you? Fine!", ["Hello. ", "How are you? ", "Fine!"]),
        ("你好。今天天气很好！是吗？", ["你好。", "今天天气很好！", "是吗？"]),
        ("你好!今天很好.是吗?我不知道", ["你好!", "今天很好.", "是吗?", "我不知道"]),
        ("「そうです。」と言った。次", ["「そうです。」", "と言った。", "次"]),
        ("一；二……三", ["一；", "二……", "三"]),
        ("Pi is 3.14, or 1.5e3. Yes", ["Pi is 3.14, or 1.5e3. ", "Yes"]),
        ("圆周率是３．１４。好", ["圆周率是３．１４。", "好"]),
        ("See https://a.example/b.html?c=d. Then go", ["See https://a.example/b.html?c=d. ", "Then go"]),
        (
            "Take fruit, e.g. apples. Dr. No, Mr. J. Smith",
            ["Take fruit, e.g. apples. ", "Dr. No, Mr. J. Smith"],
        ),
        ('He said "Stop!" and left. "Go." Now', ['He said "Stop!" and left. ', '"Go." ', "Now"]),
        ("Wait... what? Well… I see", ["Wait... what? ", "Well… ", "I see"]),
        ("One line\nAnother\n\nthird", ["One line\n", "Another\n\n", "third"]),
        ("a line that is\nwrapped here. End", ["a line that is\nwrapped here. ", "End"]),
        ("1. First\n2. Second", ["1. First\n", "2. Second"]),
        ("It was 1984. Then", ["It was 1984. ", "Then"]),
        ("यह वाक्य है। दूसरा", ["यह वाक्य है। ", "दूसरा"]),
        ("", []),
        ("...", ["..."]),
    ],
)
def test_sentences_end_where_a_reader_pauses(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one, two: three", ["one, ", "two: ", "three"]),
        ("1,000 at 12:30, yes", ["1,000 at 12:30, ", "yes"]),
        ("一，二、三", ["一，", "二、", "三"]),
        ("共１，０００元，在１２：３０", ["共１，０００元，", "在１２：３０"]),
    ],
)
def test_clauses_end_at_commas_but_not_inside_numbers(text: str, expected: list[str]) -> None:
    assert list(clauses(text)) == expected


def test_a_no_break_space_holds_a_number_together() -> None:
    assert list(words("10\u00a0000 €, 10\u202f000")) == ["10\u00a0000 ", "€, ", "10\u202f000"]


def test_blanks_inside_a_number_are_no_border() -> None:
    assert list(words("all 10 000 of 5 %, 2024 2025 x")) == [
        "all ",
        "10 000 ",
        "of ",
        "5 %, ",
        "2024 ",
        "2025 ",
        "x",
    ]


@pytest.mark.parametrize(
    ("text", "atom"),
    [
        ("共￥12,345.67元", "￥12,345.67"),
        ("是-5%吗", "-5%"),
        ("共一千二百三十四元", "一千二百三十四"),
        ("在１２：３０到", "１２：３０"),
        ("共١٢٣٤اب", "١٢٣٤"),
        ("有1，000个", "1，000"),
    ],
)
def test_a_number_is_whole_in_text_without_blanks(text: str, atom: str) -> None:
    assert atom in list(atoms(text))


def test_no_piece_ends_inside_a_number_or_an_entity_of_one() -> None:
    text = "".join(f"编号{number * 7919}，共{number}，000.50元或１２．{number}％。" for number in range(400))
    parts = list(pieces(text, TextLimit(40)))
    assert "".join(parts) == text
    assert not any(a[-1].isdigit() and b[0].isdigit() for a, b in pairwise(parts))
    assert not any(a[-1] in ".．" and b[0].isdigit() for a, b in pairwise(parts))


def test_a_list_of_numbers_without_blanks_is_cut_between_them() -> None:
    text = ",".join(str(number) for number in range(10_000, 12_000))
    parts = list(pieces(text, TextLimit(100)))
    assert "".join(parts) == text
    assert all(part.endswith(",") for part in parts[:-1])


@pytest.mark.parametrize(
    "sign",
    [
        "e\u0301",
        "n\u0303\u0301",
        FAMILY,
        "👍🏽",
        "🇨🇳",
        "❤️",
        "1️⃣",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "\r\n",
        "\u1112\u1161\u11ab",
        "각",
        "กำ",
        "क्ष",
        "葛󠄀",
    ],
)
def test_what_looks_like_one_sign_is_one_grapheme(sign: str) -> None:
    assert list(graphemes(sign)) == [sign]
    assert list(graphemes(f"字{sign}字")) == ["字", sign, "字"]


def test_flags_in_a_row_are_cut_in_pairs() -> None:
    assert list(graphemes("🇩🇪🇫🇷🇨🇳")) == ["🇩🇪", "🇫🇷", "🇨🇳"]


def test_text_without_blanks_is_cut_around_numbers_and_words() -> None:
    assert list(atoms("我有12,345.67元和iPhone16")) == ["我", "有", "12,345.67", "元", "和", "iPhone16"]


@given(TEXTS)
@pytest.mark.slow
def test_every_cutter_gives_the_text_back(text: str) -> None:
    for cut in (sentences, clauses, words, atoms, joints, graphemes):
        assert "".join(cut(text)) == text


@settings(deadline=None)
@given(TEXTS, st.integers(20, 90), st.sampled_from(Unit), st.booleans())
@pytest.mark.slow
def test_pieces_hold_the_limit_and_cut_no_grapheme(
    text: str, size: int, unit: Unit, by_sentence: bool
) -> None:
    limit = TextLimit(size, unit, by_sentence)
    assume(all(limit.measure(sign) <= size for sign in graphemes(text)))
    borders = set()
    at = 0
    for grapheme in graphemes(text):
        borders.add(at)
        at += len(grapheme)
    parts = list(pieces(text, limit))
    assert "".join(parts) == text
    assert all(limit.measure(part) <= size for part in parts)
    assert {sum(map(len, parts[:i])) for i in range(len(parts)) if parts[i]} <= borders


def test_pieces_are_filled_and_end_at_the_best_border() -> None:
    text = "One two three. Four five six. Seven, eight nine ten eleven twelve. Thirteen."
    assert list(pieces(text, TextLimit(30))) == [
        "One two three. Four five six. ",
        "Seven, ",
        "eight nine ten eleven twelve. ",
        "Thirteen.",
    ]


def test_a_limit_by_sentence_gives_each_sentence_alone() -> None:
    text = "One. Two, a longer one. Three."
    assert list(pieces(text, TextLimit(12, by_sentence=True))) == [
        "One. ",
        "Two, ",
        "a longer ",
        "one. ",
        "Three.",
    ]


def test_a_limit_in_bytes_counts_utf8() -> None:
    assert list(pieces("你好世界", TextLimit(6, "bytes"))) == ["你好", "世界"]


def test_a_sign_larger_than_the_limit_is_bad_input() -> None:
    with pytest.raises(BadInput):
        list(pieces("a" + "\u0301" * 20, TextLimit(10)))


@pytest.mark.parametrize(
    "text",
    [
        "你" * 100_000,
        " " * 100_000,
        "." * 100_000 + "a",
        "," * 100_000 + "a",
        "🇩🇪" * 50_000,
        '"' * 100_000,
        "a" * 100_000,
    ],
    ids=["han", "blanks", "dots", "commas", "flags", "quotes", "letters"],
)
@pytest.mark.slow
def test_a_line_of_100000_signs_is_cut_in_no_time(text: str) -> None:
    began = time.process_time()
    parts = list(pieces(text, TextLimit(300)))
    assert time.process_time() - began < 3
    assert "".join(parts) == text


@pytest.mark.parametrize(
    "text", ["今天天气很好，我们去 park 玩吧。It costs 3,000.50 yuan! " * 5000, "你好世界" * 50_000]
)
@pytest.mark.slow
def test_200000_signs_are_cut_well_within_a_second(text: str) -> None:
    began = time.process_time()
    assert "".join(pieces(text, TextLimit(300))) == text
    assert time.process_time() - began < 0.8


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        ("é你".encode(), ""),
        ("é你".encode("utf-8-sig"), ""),
        ("é你".encode("utf-8-sig"), "utf-8"),
        ("é你".encode("utf-16"), ""),
        (b"\xfe\xff" + "é你".encode("utf-16-be"), ""),
        ("é你".encode("utf-32"), ""),
        ("é你".encode("gb18030"), "gb18030"),
        ("é你".encode("utf-16-le"), "utf-16-le"),
    ],
)
def test_text_is_decoded_by_its_mark_or_the_name_given(raw: bytes, encoding: str) -> None:
    assert decode(raw, encoding) == "é你"


def test_undecodable_text_is_named_by_line_and_byte_with_an_encoding_to_try() -> None:
    with pytest.raises(BadInput) as caught:
        decode("first\nab你好".encode("gb18030"))
    assert str(caught.value) == "line 2, byte 3: 0xc4 is not utf-8"
    assert caught.value.hint == "say which encoding it is: --encoding gb18030"


def test_text_that_cannot_be_chinese_is_guessed_western() -> None:
    with pytest.raises(BadInput) as caught:
        decode("caf\xe9 au lait".encode("latin-1"))
    assert "cp1252" in caught.value.hint


@pytest.mark.parametrize("name", ["nonsense", "hex", "a\0b"])
def test_an_unknown_encoding_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError):
        decode(b"abc", name)


def test_an_unknown_encoding_is_seen_even_without_text() -> None:
    with pytest.raises(UsageError):
        decode(b"", "nonsense")


def test_cleaned_text_has_no_control_characters_and_plain_line_ends() -> None:
    assert cleaned("\0a\x07b\x1b[31m\r\nc\rd\te\x85\ud800") == "ab[31m\nc\nd\te"


@pytest.mark.parametrize("text", ["", " \n", "...", "😀", "！？", "\u0301"])
def test_text_without_letters_or_digits_is_unspeakable(text: str) -> None:
    assert not is_speakable(text)


@pytest.mark.parametrize("text", ["a", "7", "你", "...b"])
def test_one_letter_or_digit_is_speakable(text: str) -> None:
    assert is_speakable(text)


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("Hello", ("en",)),
        ("42", ("en",)),
        ("你好", ("zh",)),
        ("我用 iPhone 打电话", ("zh", "en")),
        ("He said 你好 to all of us", ("zh", "en")),
        ("The letter α appears but once in this long English sentence", ("en", "el")),
        ("東京に行きます", ("ja",)),
        ("优の良品很好吃，大家都喜欢买", ("zh", "ja")),
        ("안녕하세요 大韓民國", ("ko",)),
        ("Привет", ("ru",)),
        ("مرحبا", ("ar",)),
        ("１２３ Ｈｅｌｌｏ", ("en",)),
        ("ﾊﾛｰ", ("ja",)),
        ("10 µm", ("en",)),
        ("नमस्ते", ("hi",)),
    ],
)
def test_languages_are_guessed_from_scripts(text: str, languages: tuple[str, ...]) -> None:
    assert languages_of(text) == languages
