/**
 * Spelling of labels: the one place that says how a label becomes caption text
 * (plain lower-case ASCII, which keeps the tokenizer's alphabet small) and how
 * it becomes a slug (the spelling Iconify uses for icon names).
 */

export function plain(label) {
  return label
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[’‘]/g, "'")
    .replace(/[“”!]/g, "")
    .toLowerCase()
    .replace(/\s+/g, " ")
    .trim();
}

export function slugify(label) {
  return plain(label)
    .replace(/'/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
