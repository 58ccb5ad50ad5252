"""CLIP's byte-level BPE tokenizer and its trainer, after openai/CLIP clip/simple_tokenizer.py.

Text is cleaned (HTML references, quotes, forms of characters, NFC, white space, lower case), cut into words by CLIP's
regular expression, each word written as UTF-8 bytes, and the bytes merged by rank; the last symbol of a
word carries `</w>`. Files have the Hugging Face CLIP form: vocab.json (symbol -> id) and merges.txt (a
version line, then one pair a line). Ids: 256 bytes, 256 bytes with `</w>`, the merges, start, end.

Of ftfy, which OpenAI's code also runs, the steps for single characters are applied, but not the repair of text that
was decoded wrongly. Unlike in CLIP, "<|endoftext|>" in a caption is text. tokenizer.ts is the same algorithm.
training/golden/tokenizer.py says what both were compared with.
"""

import heapq
import html
import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Literal

START = "<|startoftext|>"
END = "<|endoftext|>"

# Python's own \s also takes U+001C..U+001F; Unicode's White_Space, which CLIP's `regex` module and JavaScript's
# \p{White_Space} mean, does not.
WHITE_SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


def character_class(category: str) -> str:
    """The inside of a regex class holding every character of one general category ("L", "N"): re has no \\p{..}."""
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code))[0] != category:
            continue
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


LETTER_CLASS, NUMBER_CLASS = character_class("L"), character_class("N")
# CLIP's expression ignores case. After lower-casing that still means two things, said here since re.IGNORECASE costs
# three times as long: U+017F counts as "s", and the combining mark U+0345, whose upper case is a letter, is in no word.
WORDS = re.compile(
    rf"'[s\u017f]|'t|'re|'ve|'m|'ll|'d|[{LETTER_CLASS}]+|[{NUMBER_CLASS}]"
    rf"|[^{WHITE_SPACE}{LETTER_CLASS}{NUMBER_CLASS}\u0345]+"
)
SPACES = re.compile(f"[{WHITE_SPACE}]+")
SURROGATES = re.compile("[\ud800-\udfff]")
# Ligatures, full-width and half-width forms, quotes and controls as in ftfy: fix_latin_ligatures, fix_character_width,
# uncurl_quotes, remove_control_chars.
FORMS = re.compile("[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06\u3000\uff01-\uffef]")
SINGLE_QUOTES = re.compile("[\u02bc\u2018-\u201b]")
DOUBLE_QUOTES = re.compile("[\u201c-\u201f]")
CONTROLS = re.compile("[\0-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]")
# Hyphens, dashes and the minus sign; then soft hyphen, joiners, directional marks and variation selectors.
DASHES = re.compile("[\u2010-\u2015\u2212]")
INVISIBLE = re.compile(
    "[\u00ad\u034f\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)

# "clip": as CLIP's own code. "visible": also without characters that cannot be seen and with one kind of dash.
Cleaning = Literal["clip", "visible"]


def bytes_to_unicode() -> dict[int, str]:
    """A visible character for each of the 256 bytes, in the order of the ids: printable Latin-1, then the rest."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}


BYTES = bytes_to_unicode()


def clean(text: str, cleaning: Cleaning = "clip") -> str:
    """HTML entities resolved twice, straight quotes, plain forms, no controls, NFC, single spaces, lower case."""
    text = html.unescape(html.unescape(SURROGATES.sub("\ufffd", text)))
    text = FORMS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    text = CONTROLS.sub("", DOUBLE_QUOTES.sub('"', SINGLE_QUOTES.sub("'", text)))
    if cleaning == "visible":
        text = INVISIBLE.sub("", DASHES.sub("-", text))
    return SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip(" ").lower()


def split_words(text: str, cleaning: Cleaning = "clip") -> list[str]:
    """The words of the cleaned text, in order."""
    return WORDS.findall(clean(text, cleaning))


def spell(word: str) -> tuple[str, ...]:
    """A word as byte symbols, the last one with `</w>`."""
    symbols = [BYTES[byte] for byte in word.encode("utf-8")]
    return (*symbols[:-1], symbols[-1] + "</w>")


def join_pair(symbols: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    """The symbols with each occurrence of the pair, from the left, joined into one."""
    joined: list[str] = []
    i = 0
    while i < len(symbols):
        if symbols[i : i + 2] == pair:
            joined.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            joined.append(symbols[i])
            i += 1
    return tuple(joined)


class Tokenizer:
    """Captions to ids. Each word is merged once and remembered, so millions of captions cost a look-up a word."""

    def __init__(
        self, vocab: dict[str, int], merges: list[tuple[str, str]], pad_id: int = 0, cleaning: Cleaning = "clip"
    ):
        self.vocab = vocab
        self.merges = merges
        self.pad_id = pad_id
        self.cleaning: Cleaning = cleaning
        self.start_id, self.end_id = vocab[START], vocab[END]
        self._ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._known: dict[str, tuple[int, ...]] = {}

    @classmethod
    def from_files(
        cls, vocab: str | Path, merges: str | Path, pad_id: int = 0, cleaning: Cleaning = "clip"
    ) -> "Tokenizer":
        """Reads vocab.json and merges.txt; the first line of merges.txt is its version."""
        lines = Path(merges).read_text("utf-8").strip("\n").split("\n")[1:]
        pairs = [(first, second) for first, second in (line.split(" ") for line in lines)]
        return cls(json.loads(Path(vocab).read_text("utf-8")), pairs, pad_id, cleaning)

    def __len__(self) -> int:
        return len(self.vocab)

    def encode(self, text: str, context_length: int) -> list[int]:
        """`context_length` ids: start, the words, end, padding. A text too long loses its tail, never the end token."""
        ids = [self.start_id]
        for word in split_words(text, self.cleaning):
            ids.extend(self._known.get(word) or self._merge(word))
            if len(ids) >= context_length:
                break
        del ids[context_length - 1 :]
        ids.append(self.end_id)
        return ids + [self.pad_id] * (context_length - len(ids))

    def _merge(self, word: str) -> tuple[int, ...]:
        symbols = spell(word)
        while len(symbols) > 1:
            pairs = pairwise(symbols)
            best = min(pairs, key=lambda pair: self._ranks.get(pair, len(self._ranks)))
            if best not in self._ranks:
                break
            symbols = join_pair(symbols, best)
        ids = tuple(self.vocab[symbol] for symbol in symbols)
        self._known[word] = ids
        return ids

    def save(self, folder: str | Path) -> None:
        """Writes vocab.json and merges.txt, in the form that CLIPTokenizer of transformers reads."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "vocab.json").write_text(json.dumps(self.vocab, ensure_ascii=False) + "\n", "utf-8")
        lines = ["#version: 0.2", *(" ".join(pair) for pair in self.merges)]
        (folder / "merges.txt").write_text("\n".join(lines) + "\n", "utf-8")


def train_bpe(
    texts: Iterable[str] | Counter[str], vocab_size: int, minimum: int = 2
) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Vocabulary and merges learned from texts (a Counter weighs each text by its count).

    Always joins the most frequent pair, of equals the lexicographically first, so the order of the texts does not
    matter. Ends at `vocab_size` ids, or earlier when no pair is left that occurs `minimum` times.
    """
    words: Counter[str] = Counter()
    for text, count in texts.items() if isinstance(texts, Counter) else ((text, 1) for text in texts):
        for word in split_words(text):
            words[word] += count
    del words[START], words[END]

    symbols = [*BYTES.values(), *(character + "</w>" for character in BYTES.values())]
    spelled = [(spell(word), count) for word, count in sorted(words.items())]
    merges = _learn(spelled, vocab_size - len(symbols) - 2, minimum)
    symbols += [first + second for first, second in merges] + [START, END]
    return {symbol: index for index, symbol in enumerate(symbols)}, merges


def _learn(words: list[tuple[tuple[str, ...], int]], limit: int, minimum: int) -> list[tuple[str, str]]:
    """The first `limit` merges. Pair counts are kept up to date word by word; stale heap entries are skipped."""
    counts: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[int]] = defaultdict(set)
    for index, (symbols, count) in enumerate(words):
        for pair in pairwise(symbols):
            counts[pair] += count
            where[pair].add(index)
    heap = [(-count, pair) for pair, count in counts.items()]
    heapq.heapify(heap)

    merges: list[tuple[str, str]] = []
    made: set[str] = set()
    while heap and len(merges) < limit:
        count, best = heapq.heappop(heap)
        # Two pairs can spell one symbol ("a"+"bc", "ab"+"c"); the second stays unjoined, since ids are one a merge.
        if -count != counts[best] or -count < minimum or "".join(best) in made:
            continue
        made.add("".join(best))
        merges.append(best)
        changed: set[tuple[str, str]] = set()
        for index in where.pop(best):
            symbols, weight = words[index]
            joined = join_pair(symbols, best)
            words[index] = (joined, weight)
            for pair in pairwise(symbols):
                counts[pair] -= weight
                changed.add(pair)
            for pair in pairwise(joined):
                counts[pair] += weight
                where[pair].add(index)
                changed.add(pair)
        for pair in changed:
            if counts[pair] > 0:
                heapq.heappush(heap, (-counts[pair], pair))
    return merges
