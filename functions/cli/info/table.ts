// Rows with a title, as `info` prints them.

const TITLE_WIDTH = 12;
const LINE_WIDTH = 100;

/** The title stands before the first row. */
export function table(title: string, rows: readonly string[]): string[] {
  return rows.map((row, i) => `${(i === 0 ? title : "").padEnd(TITLE_WIDTH - 1)} ${row}`);
}

/** Items on as many rows as they need. */
export function wrapped(title: string, items: readonly string[], separator = ", "): string[] {
  const rows: string[] = [];
  for (const item of items) {
    const row = rows.at(-1);
    const longer = `${row}${separator}${item}`;
    if (row === undefined || longer.length > LINE_WIDTH - TITLE_WIDTH) rows.push(item);
    else rows[rows.length - 1] = longer;
  }
  return table(title, rows);
}

/** Text from a file that anybody may have written: without the characters that control a terminal or reorder text. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}
