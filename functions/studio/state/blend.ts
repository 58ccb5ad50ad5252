// The ends of the next interpolation, in order. They survive a reload.
import { notify } from "./notices.ts";
import { stored } from "./stored.ts";

/** A picture or an upload by its id, or a caption. */
export type End =
  | { readonly image: string; readonly url: string; readonly title: string }
  | { readonly prompt: string };

export const MIN_ENDS = 2;
export const MAX_ENDS = 8;

export const ends = stored<readonly End[]>("ends", []);
export const frames = stored("frames", 8);

/** Returns whether there was room. */
export function addEnd(end: End): boolean {
  if (ends.peek().length === MAX_ENDS) {
    notify(`An interpolation has at most ${MAX_ENDS} ends.`, "error");
    return false;
  }
  ends.value = [...ends.peek(), end];
  frames.value = Math.max(frames.peek(), ends.peek().length);
  return true;
}

export function removeEnd(at: number): void {
  ends.value = ends.peek().toSpliced(at, 1);
}

export function moveEnd(from: number, to: number): void {
  const moved = ends.peek()[from];
  if (moved === undefined || to < 0 || to >= ends.peek().length || from === to) return;
  ends.value = ends.peek().toSpliced(from, 1).toSpliced(to, 0, moved);
}

export function changeCaption(at: number, prompt: string): void {
  ends.value = ends.peek().with(at, { prompt });
}

export function clearEnds(): void {
  ends.value = [];
}
