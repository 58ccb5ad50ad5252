"""Golden numbers for models/clip/tokenizer.ts, and the small vocabulary they are made with.

    python3 -m models.training.golden.tokenizer        (from the repository's root)

Compared while this was written:
- clean() with ftfy 6.3.1 (its repair of encodings and of terminal escapes off) as OpenAI's code calls it: the same for
  1,152,098 of 1,152,099 texts: every character between two letters, 40,000 random texts and those below without HTML
  references. U+FB05 becomes "st" here, a long s and "t" there.

Compared before clean() had more of ftfy than its NFC step, and with special tokens in captions kept as such, with CLIP's
own vocabulary, against tokenizer.py:
- openai/CLIP d05afc4 clip/simple_tokenizer.py with regex 2026.11.15, its ftfy replaced by ftfy's NFC step: the same
  words around every code point that Unicode 14 assigns, the same ids for 40,000 random texts (accents, combining
  marks, CJK, emoji, controls, right-to-left, HTML references, contractions, special tokens) and for the texts below;
- transformers 4.57.1 CLIPTokenizer and CLIPTokenizerFast (tokenizers 0.22.2): the same ids for picto's 5,555 names and
  tags, at length 77 with truncation. They do not resolve HTML references, so those are left to OpenAI's code;
- tokenizer.ts on Node 20.20.2: 179,022 texts (random ones, every character of Unicode 14, every named reference, many
  numeric ones); only letters that Unicode 15 to 17 added differ, since Node's tables are newer than Python 3.11's.
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import get_args

from models.clip.tokenizer import Cleaning, Tokenizer, train_bpe

FOLDER = Path("test/golden")
VOCAB_SIZE = 1024

COLOURS = "red orange yellow green teal blue purple pink brown black white grey".split()
THINGS = [
    *"apple cat drum rocket turtle taxi sunflower strawberry hedgehog lighthouse snowman umbrella".split(),
    *[
        "cr\u00e8me br\u00fbl\u00e9e",
        "pi\u00f1ata",
        "na\u00efve painter",
        "the baker's bread",
        "\U0001f34e",
        "\U0001f469\u200d\U0001f680",
    ],
    *[
        "\u65e5\u672c\u8a9e\u306e\u7d75",
        "\u043a\u0440\u0430\u0441\u043d\u043e\u0435 \u044f\u0431\u043b\u043e\u043a\u043e",
    ],
]
PHRASES = ["a {c} {t}", "{t} on a {c} background", "a picture of {t}, {c}", "the {t} isn't {c}; it's 12 or 50% lighter"]

TEXTS = [
    "",
    " ",
    " \t\r\n\u00a0\u3000\u2028 ",
    "a red apple on a blue background",
    "A Red APPLE\n\non   a\tBLUE background  ",
    "a zyzzyva quaffing xylitol",
    "it's we're they've I'm we'll he'd can't IT'S WE'RE o'clock 'tis rock'n'roll",
    "it\u2019s, caf\u00e9\u2014bar \u201cquoted\u201d \u2018a\u201b \u201eb\u201f \u02bctis &rsquo;s",
    "\ufb01sh \ufb02ag \u0133s \u0149 \u01c6 \uff76\uff9e \uff5e \uffe5 \u3000 \uff02\uff07",
    "red\u2010apple red\u2011apple 3\u20125 \u2013 \u2014 \u2015 \u22125",
    "a \u2764\ufe0f heart app\u00adle re\u200bd \u2066x\u2069 \u180b e\u034f\u0301 \U0001f1eb\U0001f1f7 x\U000e0100 \u2060",
    "'\u017f and \u212a and \u0130stanbul and STRASSE \u1e9e and \u03a3\u0399\u03a3\u03a5\u03a6\u039f\u03a3 \u03a3",
    "0123456789 3.14 1,000,000 1st 2nd x2 \u00bd \u00b2 \u2167 \u0663\u0667 \u4e09",
    "apple_pie snake_case --flag a/b\\c #1 @you $5 50% (a) [b] {c} <d> !!! ... ?!",
    "cr\u00e8me br\u00fbl\u00e9e",
    "cre\u0300me bru\u0302le\u0301e",
    "e\u0301\u0327\u0308 q\u0323\u0307 \u0301alone Z\u0351\u036b\u0343\u0308\u0301algo",
    "\u1fb3 \u03b1\u0345 x\u0345y \u0345 !\u0345!",
    "\u65e5\u672c\u8a9e\u306e\u7d75 \ud55c\uad6d\uc5b4 \u1112\u1161\u11ab \u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22",
    "\u043a\u0440\u0430\u0441\u043d\u043e\u0435 \u042f\u0411\u041b\u041e\u041a\u041e",
    "\u05ea\u05e4\u05d5\u05d7 \u05d0\u05d3\u05d5\u05dd \u202etfel\u202c \u0645\u0631\u062d\u0628\u0627 \u0627\u0644\u0639\u0650\u0644\u0652\u0645\u064f",
    "\U0001f34e \U0001f469\u200d\U0001f680 \U0001f3f3\ufe0f\u200d\U0001f308 1\ufe0f\u20e3 \U0001f44d\U0001f3fd\U0001f44d",
    "\U0001d4d0\U0001d4f9\U0001d4f9\U0001d4f5\U0001d4ee \U00010400 \U000e0041 \uff21\uff30\uff30\uff2c\uff25",
    "zero\u200bwidth \ufefffeff a\u200db soft\u00adhyphen nel\u0085nel",
    "\x00",
    "nul\x00nul \x01\x02 \x07bell \x1b[31mred \x7f \x80\x9f",
    "\x1c\x1dends\x1c inside\x1f\x1e",
    "\ud800",
    "lone \udfff low, high \udbff, swapped \udc00\ud800 end",
    "\uffff \ufffe \ufffd \U0010ffff",
    "salt &amp; pepper &lt;3 &quot;hi&quot; &#39;s it&#39;s &apos;",
    "&amp;lt; &amp;amp;lt; &amp;amp;amp;lt;",
    "&eacute &eacuteclair &notit; &notin; &NotEqualTilde; &bne; &unknown; & &; &# &#; &#x; &x",
    "&#65;&#x41;&#X41; &#65 &#x1F34E; &#128;&#129;&#159; &#0; &#1; &#11; &#13; &#127; &#xD800; &#x110000; &#xFFFE; &#xfdd0;",
    "&nbsp;&Tab;&NewLine;a&nbsp;b&thinsp;c &constructor; &__proto__; &toString",
    "<|startoftext|> a <|endoftext|> b <|ENDOFTEXT|>c<|\u017ftartoftext|> <|endoftext |>",
    "</w> a</w> \u0120apple #version: 0.2",
    "a" * 400,
    "a red cat " * 40,
    "\U0001f34e" * 60,
    "ab" * 100 + " " + "!?" * 100,
]
LENGTHS = [2, 3, 8, 32, 77]


def main() -> None:
    corpus = [phrase.format(c=colour, t=thing) for phrase in PHRASES for colour in COLOURS for thing in THINGS]
    trained = train_bpe(corpus, VOCAB_SIZE)
    readers = {cleaning: Tokenizer(*trained, cleaning=cleaning) for cleaning in get_args(Cleaning)}
    tokenizer = readers["clip"]
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save(folder)
        shutil.move(f"{folder}/vocab.json", FOLDER / "tokenizer-vocab.json")
        shutil.move(f"{folder}/merges.txt", FOLDER / "tokenizer-merges.txt")
    cases = [
        {"text": text, "clean": cleaning, "contextLength": length, "tokens": reader.encode(text, length)}
        for text in TEXTS
        for cleaning, reader in readers.items()
        for length in LENGTHS
    ]
    golden = {"vocabulary": len(tokenizer), "padId": tokenizer.pad_id, "cases": cases}
    lines = json.dumps(golden, separators=(",", ":")).replace('{"text"', '\n{"text"')
    (FOLDER / "tokenizer.json").write_text(lines + "\n", "utf-8")


if __name__ == "__main__":
    main()
