/** The version of this package. A constant, because bundled code has no package.json to read; a test compares the two. */
export const VERSION = "0.1.0";
