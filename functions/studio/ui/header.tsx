import { unfinished } from "../state/jobs.ts";
import { connection, forgetKey, hasKey, viewer } from "../state/session.ts";
import { ConfirmButton } from "./confirm-button.tsx";

export function Header() {
  const { quota, picturesInFlight = 0 } = viewer.value ?? {};
  return (
    <header class="header">
      <h1>
        <Mark /> unclip
      </h1>
      <p class="header-state" role="status">
        {connection.value === "offline" && <span class="problem">Waiting for the server</span>}
        {connection.value === "open" && unfinished.value.length > 0 && (
          <span title={`Your quota is ${quota} pictures at once`}>
            {picturesInFlight} of {quota} pictures in flight
          </span>
        )}
      </p>
      <nav>
        {hasKey.value && (
          <ConfirmButton class="quiet" icon="key" question="Forget the key?" onConfirm={forgetKey}>
            {viewer.value?.owner ?? "Key"}
          </ConfirmButton>
        )}
        <a class="quiet" href="/graphql">
          API
        </a>
      </nav>
    </header>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <path d="M10 9v7a6 6 0 0 0 12 0V9" />
      <circle cx="16" cy="9.6" r="2.4" />
    </svg>
  );
}
