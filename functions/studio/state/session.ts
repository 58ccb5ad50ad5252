// Who uses the studio, with which key, and what the model knows.
import { computed, signal } from "@preact/signals";
import { request, setKey } from "../api/client.ts";
import { ABOUT, VIEWER } from "../api/documents.ts";
import { ApiError, ConnectionError } from "../api/errors.ts";
import type { Model, Viewer } from "../api/types.ts";
import { notify } from "./notices.ts";
import { stored } from "./stored.ts";

/** Kept for this tab only. */
const key = stored("key", "");

export const viewer = signal<Viewer | undefined>(undefined);
export const model = signal<Model | undefined>(undefined);
/** "refused" asks for a key; "offline" waits for the server. */
export const connection = signal<"opening" | "open" | "refused" | "offline">("opening");
/** Why the last key was refused. */
export const keyProblem = signal("");
export const hasKey = computed(() => key.value !== "");

/** Asks the server who the caller is. Returns whether it answered. */
export async function open(): Promise<boolean> {
  setKey(key.value);
  try {
    const about = await request<{ viewer: Viewer; models: Model[] }>(ABOUT);
    viewer.value = about.viewer;
    model.value = about.models[0];
    keyProblem.value = "";
    connection.value = "open";
    return true;
  } catch (error) {
    if (error instanceof ConnectionError) connection.value = "offline";
    else handle(error);
    return false;
  }
}

export async function useKey(entered: string): Promise<boolean> {
  key.value = entered.trim();
  if (await open()) return true;
  if (connection.value === "refused") keyProblem.value = "The server does not know this key.";
  return false;
}

export function forgetKey(): void {
  key.value = "";
  setKey("");
  viewer.value = undefined;
  keyProblem.value = "";
  connection.value = "refused";
}

export async function refreshViewer(): Promise<void> {
  const answer = await request<{ viewer: Viewer }>(VIEWER).catch(handle);
  if (answer) viewer.value = answer.viewer;
}

/** What the page does about an operation that the API refuses as a whole. */
export function handle(error: unknown): undefined {
  if (error instanceof ApiError && error.code === "UNAUTHENTICATED") connection.value = "refused";
  else if (error instanceof ApiError || error instanceof ConnectionError) notify(error.message, "error");
  else throw error;
}
