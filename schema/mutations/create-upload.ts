// Files are not sent through GraphQL: a client requests an upload form and posts the file to it.
import { randomUUID } from "node:crypto";
import type { UploadTicket } from "../../infra/ports.ts";
import { PICTURE_TYPES } from "../../models/picture-type.ts";
import { builder } from "../builder.ts";
import { DEFAULT_POLICY } from "../context.ts";
import { withinLimits } from "../server/within-limits.ts";
import { catchUserErrors, InvalidInput, invalid } from "../types/errors.ts";

const UploadField = builder.objectRef<readonly [name: string, value: string]>("UploadField").implement({
  description: "A field of the upload form.",
  fields: (t) => ({
    name: t.string({ description: "The field's name.", resolve: ([name]) => name }),
    value: t.string({ description: "The field's value.", resolve: ([, value]) => value }),
  }),
});

type UploadFormValue = UploadTicket & { readonly uploadId: string };

const UploadForm = builder.objectRef<UploadFormValue>("UploadForm").implement({
  description:
    "A form for sending one file: POST multipart/form-data to `url` with `fields` in this order, then the file as `file`.",
  fields: (t) => ({
    uploadId: t.exposeID("uploadId", {
      description: "The id of the upload, for the `image` of an input. Valid once the file has been sent.",
    }),
    url: t.exposeString("url", { description: "The URL to POST the form to." }),
    fields: t.field({
      type: [UploadField],
      description: "The form's fields, in order. They must come before the file.",
      resolve: ({ fields }) => Object.entries(fields),
    }),
    expiresAt: t.expose("expiresAt", {
      type: "DateTime",
      description: "When the form expires. The file must be sent before.",
    }),
  }),
});

const CreateUploadInput = builder.inputType("CreateUploadInput", {
  description: "The file to be sent.",
  fields: (t) => ({
    contentType: t.string({ required: true, description: `Media type of the file: ${PICTURE_TYPES.join(", ")}.` }),
    bytes: t.int({
      required: true,
      description: `Maximum size of the file in bytes, from 1 to ${DEFAULT_POLICY.uploadBytes} unless the service is configured otherwise.`,
    }),
  }),
});

const UploadResult = builder.unionType("UploadResult", {
  description: "The upload form, or why the file is refused.",
  types: [UploadForm, InvalidInput],
  resolveType: (value) => ("typename" in value ? value.typename : "UploadForm"),
});

builder.mutationFields((t) => ({
  createUpload: t.field({
    type: UploadResult,
    args: { input: t.arg({ type: CreateUploadInput, required: true, description: "The file to be sent." }) },
    description: "Creates an upload for a picture of your own. Every `image` takes its id.",
    resolve: (_, { input: { contentType, bytes } }, { blobs, tenant, policy, limiter }) =>
      catchUserErrors<UploadFormValue, "InvalidInput">(async () => {
        if (!PICTURE_TYPES.some((type) => type === contentType)) {
          throw invalid("contentType", `must be ${PICTURE_TYPES.join(" or ")}`);
        }
        if (bytes < 1 || bytes > policy.uploadBytes) {
          throw invalid("bytes", `must be from 1 to ${policy.uploadBytes}, not ${bytes}`);
        }
        await withinLimits(limiter?.take(tenant.owner, "uploadBytesPerHour", bytes));
        const uploadId = randomUUID();
        const limits = { contentType, maxBytes: bytes, seconds: policy.uploadSeconds };
        return { uploadId, ...(await blobs.signUpload(tenant.uploadKey(uploadId)!, limits)) };
      }),
  }),
}));
