/** The fields of `createUpload` by name. */
export function fieldsOf(fields: readonly { readonly name: string; readonly value: string }[]): Record<string, string> {
  return Object.fromEntries(fields.map(({ name, value }) => [name, value]));
}

/** The body of an upload: the fields of its ticket, then its file. */
export function uploadForm(fields: Readonly<Record<string, string>>, file?: Blob): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (file !== undefined) form.append("file", file);
  return form;
}
