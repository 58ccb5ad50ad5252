/**
 * SVG -> pixels, by sharp (librsvg). RGBA with straight alpha, so that an icon
 * can be laid over any background colour later.
 */
import sharp from "sharp";

// Icons are rendered several at a time; a thread pool inside each would only get in the way.
sharp.concurrency(1);
sharp.cache(false);

// Below this share of visible pixels an icon is taken for a failed drawing.
const MIN_COVERAGE = 0.008;
const VISIBLE_ALPHA = 16;

export async function renderSvg(svg, size) {
  const image = sharp(Buffer.from(svg)).toColourspace("srgb").ensureAlpha();
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  if (info.width !== size || info.height !== size || info.channels !== 4) {
    throw new Error(`unexpected picture: ${JSON.stringify(info)}`);
  }
  return data;
}

function coverage(rgba) {
  let visible = 0;
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] > VISIBLE_ALPHA) visible++;
  return visible / (rgba.length / 4);
}

/** The pixels, or null for an icon that cannot be drawn or draws (nearly) nothing. */
export async function renderOrSkip(svg, size) {
  const rgba = await renderSvg(svg, size).catch(() => null);
  return rgba && coverage(rgba) >= MIN_COVERAGE ? rgba : null;
}

/** Maps in order with at most `width` calls under way, yielding each result as its turn comes. */
export async function* inOrder(items, width, call) {
  const running = [];
  for (const item of items) {
    running.push(call(item));
    if (running.length >= width) yield await running.shift();
  }
  while (running.length) yield await running.shift();
}
