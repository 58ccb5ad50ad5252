// Files do not pass through GraphQL: a client asks where one may go and sends it there itself.
import { randomUUID } from "node:crypto";
import { uploadKey } from "../../infra/jobs/keys.ts";
import type { UploadTicket } from "../../infra/ports.ts";
import { PICTURE_TYPES } from "../../models/request.ts";
import { builder } from "../builder.ts";
import { DEFAULT_POLICY } from "../context.ts";
import { catchUserErrors, InvalidInput, invalid } from "../types/errors.ts";

const Field = builder.objectRef<readonly [name: string, value: string]>("UploadField").implement({
  description: "A field of the upload's form.",
  fields: (t) => ({
    name: t.string({ description: "Its name.", resolve: ([name]) => name }),
    value: t.string({ description: "Its value.", resolve: ([, value]) => value }),
  }),
});

const Upload = builder.objectRef<UploadTicket & { readonly id: string }>("Upload").implement({
  description:
    "Where to send one file: POST a form (multipart/form-data) with `fields` in their order and then the file as `file`.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "What the inputs of the verbs call this picture by, once the file was sent." }),
    url: t.exposeString("url", { description: "Where the form goes." }),
    fields: t.field({
      type: [Field],
      description: "The form's fields; they come before the file.",
      resolve: ({ fields }) => Object.entries(fields),
    }),
    expiresAt: t.expose("expiresAt", { type: "DateTime", description: "Until when the file can be sent." }),
  }),
});

const CreateUploadInput = builder.inputType("CreateUploadInput", {
  description: "The file that will be sent.",
  fields: (t) => ({
    contentType: t.string({ required: true, description: `${PICTURE_TYPES.join(", ")}: what the file is.` }),
    bytes: t.int({
      required: true,
      description: `How long it is, or at most will be. From 1 to ${DEFAULT_POLICY.uploadBytes} unless the service says otherwise.`,
    }),
  }),
});

const UploadResult = builder.unionType("UploadResult", {
  description: "Where the file may go, or why it may not.",
  types: [Upload, InvalidInput],
  resolveType: (value) => ("typename" in value ? value.typename : "Upload"),
});

builder.mutationFields((t) => ({
  createUpload: t.field({
    type: UploadResult,
    args: { input: t.arg({ type: CreateUploadInput, required: true, description: "The file that will be sent." }) },
    description: "Makes room for a picture of yours, for the verbs that take one.",
    resolve: (_, { input: { contentType, bytes } }, { blobs, viewer, policy }) =>
      catchUserErrors<UploadTicket & { readonly id: string }, "InvalidInput">(async () => {
        if (!PICTURE_TYPES.some((type) => type === contentType)) {
          throw invalid("contentType", `must be ${PICTURE_TYPES.join(" or ")}`);
        }
        if (bytes < 1 || bytes > policy.uploadBytes) {
          throw invalid("bytes", `must be from 1 to ${policy.uploadBytes}, not ${bytes}`);
        }
        const id = randomUUID();
        const limits = { contentType, maxBytes: bytes, seconds: policy.uploadSeconds };
        return { id, ...(await blobs.signUpload(uploadKey(viewer.owner, id), limits)) };
      }),
  }),
}));
