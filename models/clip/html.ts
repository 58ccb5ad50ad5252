// HTML character references resolved as Python's html.unescape does it, which CLIP's tokenizer applies to captions.
// html-entities.json is CPython's table of named references (json.dump of html.entities.html5).
import table from "./html-entities.json" with { type: "json" };

const REFERENCE = /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/gu;
const NAMED = new Map(Object.entries(table));
// Windows-1252 from 0x80 to 0x9f. Written out: Node 20's TextDecoder reads these bytes as Latin-1.
const WINDOWS_1252 =
  "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f" +
  "\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

/** "&lt;" -> "<", "&#39;" -> "'"; also the old names without a semicolon, as "&eacute". Unknown references stay. */
export function unescapeHtml(text: string): string {
  return text.replace(REFERENCE, (_, name: string) => (name.startsWith("#") ? numeric(name) : named(name)));
}

/** The longest known prefix of the name wins: "&notit;" is "¬it;". */
function named(name: string): string {
  for (let end = name.length; end > 1; end--) {
    const character = NAMED.get(name.slice(0, end));
    if (character !== undefined) return character + name.slice(end);
  }
  return `&${name}`;
}

function numeric(name: string): string {
  const digits = name.replace(/^#[xX]?|;$/g, "");
  const code = Number.parseInt(digits, /^#[xX]/.test(name) ? 16 : 10);
  if (code === 0 || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return "\ufffd";
  // HTML reads the C1 controls as Windows-1252: &#128; is the euro sign.
  if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252.charAt(code - 0x80);
  return isInvalid(code) ? "" : String.fromCodePoint(code);
}

/** Controls other than tab, line feed, form feed and carriage return, and what Unicode calls noncharacters. */
function isInvalid(code: number): boolean {
  const control = (code < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d].includes(code)) || code === 0x7f;
  return control || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
}
