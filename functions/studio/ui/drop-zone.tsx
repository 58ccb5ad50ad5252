import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { pictureIn, upload } from "../state/uploads.ts";

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** Takes a picture that is dropped or pasted anywhere on the page. */
export function DropZone() {
  const over = useSignal(false);
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const take = (data: DataTransfer | null) => {
      const picture = pictureIn(data);
      if (picture) void upload(picture);
      return picture !== undefined;
    };
    addEventListener(
      "dragover",
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        over.value = true;
      },
      { signal },
    );
    addEventListener(
      "dragleave",
      (event) => {
        // The pointer has left the window.
        if (event.relatedTarget === null) over.value = false;
      },
      { signal },
    );
    addEventListener(
      "drop",
      (event) => {
        over.value = false;
        if (!hasFiles(event)) return;
        event.preventDefault();
        take(event.dataTransfer);
      },
      { signal },
    );
    addEventListener(
      "paste",
      (event) => {
        if (take(event.clipboardData)) event.preventDefault();
      },
      { signal },
    );
    return () => abort.abort();
  }, []);
  return over.value ? <div class="drop-zone">Drop the picture to use it</div> : null;
}
