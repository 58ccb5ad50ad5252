// Signals whose values survive a reload of the tab.
import { effect, type Signal, signal } from "@preact/signals";

/** A signal with a JSON value. The storage of this tab holds it, and nothing outside the tab can read it. */
export function stored<T>(name: string, initial: T): Signal<T> {
  const key = `unclip.${name}`;
  const text = sessionStorage.getItem(key);
  const value = signal(text === null ? initial : read(text, initial));
  effect(() => sessionStorage.setItem(key, JSON.stringify(value.value)));
  return value;
}

function read<T>(text: string, otherwise: T): T {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}
