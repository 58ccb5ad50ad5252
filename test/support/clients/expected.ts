// What each program of test/clients prints.

/** A program that does what scenario.mjs does. */
export const SCENARIO = {
  events: ["Queued", "Started", "Progress", "PictureReady", "Succeeded"],
  gaps: 0,
  type: "PNG",
  seeds: [4294967294, 4294967295],
  variation: { status: "SUCCEEDED", ofPicture: true },
  upload: { ok: true, status: "SUCCEEDED", of: "Upload" },
  refusal: { code: "INVALID_INPUT", field: "count" },
  unknownJob: null,
};

/** A program for OpenAI's Images API. */
export const IMAGES = {
  pictures: 2,
  png: "PNG",
  varied: "PNG",
  refusal: { name: "BadRequestError", status: 400, param: "size" },
};

export const AUDITS = { audits: 61, failed: [] };
