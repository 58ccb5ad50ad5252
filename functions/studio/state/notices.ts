// Short messages at the bottom of the page. A screen reader announces them.
import { signal } from "@preact/signals";

type Notice = { readonly id: number; readonly text: string; readonly kind: "info" | "error" };

const SHOWN_MS = 6_000;
let last = 0;

export const notices = signal<readonly Notice[]>([]);

export function notify(text: string, kind: Notice["kind"] = "info"): void {
  const id = ++last;
  notices.value = [...notices.value.filter((notice) => notice.text !== text), { id, text, kind }];
  setTimeout(() => dismiss(id), SHOWN_MS);
}

export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}
