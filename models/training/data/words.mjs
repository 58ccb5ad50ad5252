/**
 * What people may call a concept besides its name: synonyms stand for one
 * concept only, tags may be shared by a few. Anything ambiguous is dropped, for
 * a caption that fits two pictures teaches neither.
 */

const MAX_CONCEPTS_PER_TAG = 8;
const MAX_SYNONYMS = 6;
// Letters, inner spaces, hyphens and apostrophes: what a person types, not ":+1:" or "e-mail2".
const TYPEABLE = /^[a-z][a-z' -]{1,38}[a-z]$/;
const FILLER = /\b(face|with|symbol|sign|mark|emoji)\b/;

// Tags that say nothing a picture could show.
const EMPTY_WORDS = new Set(
  (
    "about all also always and are back can do for from get go have how like love lover made make me mind more my no not " +
    "now of off on one or out over own please so some that the there they this to too two up very want way what where " +
    "who why with yes you your"
  ).split(" "),
);

/** The name without its first words: "red apple" -> "apple". */
function endings(name) {
  const words = name.split(" ");
  return words.slice(1).map((_, i) => words.slice(i + 1).join(" "));
}

const isPartOf = (part, name) => ` ${name} `.includes(` ${part} `);
const endsWith = (name, part) => name === part || name.endsWith(` ${part}`);

/** How many concepts offer each of the words that `of` lists for a concept. */
function countBy(concepts, of) {
  const counts = new Map();
  for (const concept of concepts) {
    for (const word of new Set(of(concept))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/**
 * Adds `synonyms` and narrows `tags` of the given concepts, each of which has
 * `name`, `tags` and `otherNames` (names in other catalogues and icon sets).
 */
export function addWords(concepts) {
  const names = new Set(concepts.map(({ name }) => name));
  const allNames = concepts.map(({ name }) => name);

  const candidates = (concept) => {
    // That a short form is also a tag tells "apple" from the "mode" of "vibration mode".
    const shortForms = endings(concept.name).filter((end) => concept.tags.includes(end));
    const all = [...new Set([...concept.otherNames, ...shortForms])];
    return all.filter((word) => {
      if (!TYPEABLE.test(word) || names.has(word)) return false;
      if (!isPartOf(word, concept.name)) return true;
      return allNames.filter((name) => endsWith(name, word)).length === 1 && !FILLER.test(word);
    });
  };
  const offered = new Map(concepts.map((concept) => [concept, candidates(concept)]));
  const synonymUses = countBy(concepts, (concept) => offered.get(concept));
  const tagUses = countBy(concepts, ({ tags }) => tags);

  return concepts.map((concept) => {
    const synonyms = offered
      .get(concept)
      .filter((word) => synonymUses.get(word) === 1)
      .slice(0, MAX_SYNONYMS);
    const tags = concept.tags.filter(
      (tag) =>
        tagUses.get(tag) <= MAX_CONCEPTS_PER_TAG &&
        TYPEABLE.test(tag) &&
        !EMPTY_WORDS.has(tag) &&
        !names.has(tag) &&
        !synonyms.includes(tag) &&
        // A leading word of the name describes the thing ("framed", "brown") and does not name it.
        (!isPartOf(tag, concept.name) || endsWith(concept.name, tag)),
    );
    return { ...concept, synonyms, tags };
  });
}
