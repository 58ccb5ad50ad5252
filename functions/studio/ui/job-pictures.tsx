// The pictures of one job, with its caption and its state.
import type { Signal } from "@preact/signals";
import { cancel, removeJob } from "../state/actions.ts";
import { hasEnded, type ShownJob } from "../state/jobs.ts";
import { submissionOf, titleOf } from "../state/requests.ts";
import { shownCode } from "../state/route.ts";
import { Button, IconButton } from "./button.tsx";
import { ConfirmButton } from "./confirm-button.tsx";
import { statusText } from "./texts.ts";
import { AnimationTile, Tile, UnfinishedTile } from "./tile.tsx";

/** The most columns that the history has. */
const MAX_SPAN = 6;

export function JobPictures({ job: { value: job } }: { readonly job: Signal<ShownJob> }) {
  const ended = hasEnded(job);
  const byIndex = new Map(job.pictures.map((picture) => [picture.index, picture]));
  const places = ended ? job.pictures.map(({ index }) => index) : Array.from({ length: job.pictureCount }, (_, i) => i);
  const tiles = places.length + (job.animation ? 1 : 0);
  const title = titleOf(job.request);
  return (
    <article class="job" data-span={Math.max(1, Math.min(tiles, MAX_SPAN))} data-job={job.id} aria-label={title}>
      {tiles > 0 && (
        <div class="tiles">
          <AnimationTile job={job} />
          {places.map((index) => {
            const picture = byIndex.get(index);
            return picture ? (
              <Tile key={index} job={job} picture={picture} />
            ) : (
              <UnfinishedTile key={index} job={job} index={index} />
            );
          })}
        </div>
      )}
      {!ended && <Progress job={job} />}
      <footer class="job-foot">
        <div class="job-text">
          <h3 title={title}>{title}</h3>
          <p class="job-state">
            {statusText(job)}
            {job.failure && <span class="problem"> {job.failure.message}</span>}
            {job.warnings.map(({ code, message }) => (
              <span key={code} class="warning">
                {" "}
                {message}
              </span>
            ))}
          </p>
        </div>
        {ended ? (
          <div class="job-tools">
            <IconButton
              icon="code"
              label="Show this request as code"
              onClick={() => {
                shownCode.value = submissionOf(job.request);
              }}
            />
            <ConfirmButton
              class="icon-button"
              icon="delete"
              label="Delete all its pictures"
              question="Delete?"
              onConfirm={() => void removeJob(job.id)}
            />
          </div>
        ) : (
          <Button icon="stop" aria-label="Cancel" onClick={() => void cancel(job.id)}>
            Cancel
          </Button>
        )}
      </footer>
    </article>
  );
}

function Progress({ job }: { readonly job: ShownJob }) {
  const fraction = job.progress?.fraction ?? 0;
  return (
    <div
      class={job.status === "QUEUED" ? "bar waiting" : "bar"}
      role="progressbar"
      aria-label={`Progress of ${titleOf(job.request)}`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(fraction * 100)}
      aria-valuetext={statusText(job)}
    >
      <div style={{ transform: `scaleX(${fraction})` }} />
    </div>
  );
}
