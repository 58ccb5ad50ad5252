import { UnclipError } from "../../../models/errors.ts";
import { type PictureType, pictureType, unknownTypeProblem } from "../../../models/picture-type.ts";
import { retry } from "./retry.ts";
import { type Service, withTimeout } from "./service.ts";

const UPLOAD_TIMEOUT_MS = 120_000;

const CREATE = `mutation ($input: CreateUploadInput!) { createUpload(input: $input) {
  ... on UploadForm { uploadId url fields { name value } }
  ... on Error { message }
} }`;

type Ticket = { readonly uploadId: string; readonly url: string; readonly fields: readonly Field[] };
type Field = { readonly name: string; readonly value: string };

/** Returns the upload's id. Throws INVALID_PICTURE, also if the service refuses the picture. */
export async function upload(service: Service, image: Uint8Array, signal: AbortSignal | undefined): Promise<string> {
  const contentType = typeOf(image);
  const input = { contentType, bytes: image.length };
  return retry(async () => {
    const ticket = await service.query<Ticket | { readonly message: string }>(CREATE, { input }, signal);
    if ("message" in ticket) throw invalidPicture(`The service refuses the picture: ${ticket.message}`);
    const form = new FormData();
    for (const { name, value } of ticket.fields) form.append(name, value);
    // The file must be the last field.
    form.append("file", new Blob([image as Uint8Array<ArrayBuffer>], { type: contentType }));
    const response = await service.fetch(ticket.url, {
      method: "POST",
      body: form,
      signal: withTimeout(UPLOAD_TIMEOUT_MS, signal),
    });
    await response.body?.cancel();
    if (!response.ok) throw new UnclipError("INTERNAL", `the picture could not be uploaded: HTTP ${response.status}`);
    return ticket.uploadId;
  }, signal);
}

/** Throws INVALID_PICTURE. */
function typeOf(image: Uint8Array): PictureType {
  const type = pictureType(image);
  if (type === undefined) throw invalidPicture(`The picture ${unknownTypeProblem(image)}.`);
  return type;
}

function invalidPicture(message: string): UnclipError {
  return new UnclipError("INVALID_PICTURE", message);
}
