// Global ids: of jobs, of their files, and of uploads. Each kind has a form of its own, so an id says what it names.
import { PREFIXES } from "./keys.ts";

export type GlobalId =
  | { readonly type: "Job"; readonly job: string }
  | { readonly type: "Picture"; readonly job: string; readonly index: number }
  | { readonly type: "Sheet"; readonly job: string }
  | { readonly type: "Animation"; readonly job: string }
  | { readonly type: "Upload"; readonly upload: string };

/** Of a job (identity.ts), perhaps followed by one of its files. */
const JOB = /^([0-9a-hjkmnp-tv-z]{26})(?:-(0|[1-9]\d?|sheet|animation))?$/;
const UPLOAD = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const pictureId = (job: string, index: number) => `${job}-${index}`;
export const sheetId = (job: string) => `${job}-sheet`;
export const animationId = (job: string) => `${job}-animation`;

/** Undefined for a text that is no id. What the id names may not exist, or may belong to another owner. */
export function parseGlobalId(id: string): GlobalId | undefined {
  if (UPLOAD.test(id)) return { type: "Upload", upload: id };
  const [, job, file] = JOB.exec(id) ?? [];
  if (job === undefined) return undefined;
  if (file === undefined) return { type: "Job", job };
  if (file === "sheet") return { type: "Sheet", job };
  return file === "animation" ? { type: "Animation", job } : { type: "Picture", job, index: Number(file) };
}

/** The id of the upload or picture that is stored under this key (keys.ts). */
export function idOfImage(key: string): string {
  const [, folder, name] = key.split("/") as [string, string, string];
  return key.startsWith(PREFIXES.uploads) ? name : pictureId(folder, Number.parseInt(name, 10));
}
