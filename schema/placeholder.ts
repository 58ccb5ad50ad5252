/** Stands for a picture while a request is parsed: the parsers want bytes, and here pictures are uploads by their id. */
export const PLACEHOLDER = new Uint8Array(1);
