// Files and links of pictures.
import type { Picture } from "../api/types.ts";
import { notify } from "./notices.ts";

/** Saves the picture as a file. */
export async function download({ url }: { readonly url: string }, title: string): Promise<void> {
  const response = await fetch(url).catch(() => undefined);
  if (!response?.ok) return notify("The picture could not be loaded.", "error");
  const file = await response.blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${fileName(title)}.${file.type.replace("image/", "")}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}

export async function copyLink({ url, urlExpiresAt }: Picture): Promise<void> {
  const until = new Date(urlExpiresAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  await copy(url, `Link copied. It works without a key until ${until}.`);
}

export async function copy(text: string, success: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    notify(success);
  } catch {
    notify("The browser does not allow copying.", "error");
  }
}

/** "a red apple!" -> "a-red-apple" */
const fileName = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 80) || "picture";
