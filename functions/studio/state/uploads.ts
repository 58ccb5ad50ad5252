// Pictures of the user's own: sent to the server when they are dropped, pasted or chosen.
import { signal } from "@preact/signals";
import { request } from "../api/client.ts";
import { UPLOAD } from "../api/documents.ts";
import { ConnectionError } from "../api/errors.ts";
import type { Refusal } from "../api/types.ts";
import { notify } from "./notices.ts";
import { handle } from "./session.ts";

/** An uploaded picture; `url` is of the file in this browser. */
type OwnPicture = { readonly id: string; readonly url: string; readonly name: string };

type Form = {
  readonly __typename: "UploadForm";
  readonly uploadId: string;
  readonly url: string;
  readonly fields: readonly { readonly name: string; readonly value: string }[];
};

export const ACCEPTED = ["image/png", "image/jpeg", "image/webp"] as const;
const HEIC = /^image\/hei[cf]/;

/** The picture whose actions are shown. */
export const ownPicture = signal<OwnPicture | undefined>(undefined);
export const uploading = signal(false);

/** Sends a picture and shows what can be done with it. */
export async function upload(file: File): Promise<void> {
  const problem = refusalOf(file);
  if (problem) return notify(problem, "error");
  uploading.value = true;
  const id = await send(file).catch((error: unknown) => {
    handle(error);
    if (error instanceof ConnectionError) notify("The picture could not be sent.", "error");
  });
  uploading.value = false;
  if (id !== undefined) ownPicture.value = { id, url: URL.createObjectURL(file), name: file.name };
}

function refusalOf({ type, name }: File): string | undefined {
  if ((ACCEPTED as readonly string[]).includes(type)) return undefined;
  if (HEIC.test(type) || /\.hei[cf]$/i.test(name))
    return "HEIC pictures cannot be read. Export the photo as JPEG first.";
  return "Only PNG, JPEG and WebP pictures can be used.";
}

async function send(file: File): Promise<string | undefined> {
  const input = { contentType: file.type, bytes: file.size };
  const { result } = await request<{ result: Form | (Refusal & { readonly __typename: string }) }>(UPLOAD, { input });
  if (!("url" in result)) return void notify(result.message, "error");
  const form = new FormData();
  for (const { name, value } of result.fields) form.append(name, value);
  form.append("file", file);
  const response = await fetch(result.url, { method: "POST", body: form }).catch((cause) => {
    throw new ConnectionError("The picture could not be sent.", { cause });
  });
  if (response.ok) return result.uploadId;
  return void notify(`The picture was refused (status ${response.status}).`, "error");
}

/** The first picture of what was dropped or pasted. */
export function pictureIn(data: DataTransfer | null): File | undefined {
  return [...(data?.files ?? [])].find(({ type, name }) => type.startsWith("image/") || /\.hei[cf]$/i.test(name));
}
