import { dismiss, notices } from "../state/notices.ts";
import { IconButton } from "./button.tsx";

export function Notices() {
  return (
    <div class="notices" role="status">
      {notices.value.map(({ id, text, kind }) => (
        <div key={id} class={`notice ${kind}`}>
          <span>{text}</span>
          <IconButton icon="close" label="Dismiss" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
