// What the viewer shows and acts on: a drawn picture, an animation, or a picture of the user's own.
import type { Picture } from "../api/types.ts";
import { findJob, findPicture, jobOf, type ShownJob } from "../state/jobs.ts";
import { titleOf } from "../state/requests.ts";
import { openId } from "../state/route.ts";
import { ownPicture } from "../state/uploads.ts";

export type Subject =
  | {
      readonly kind: "drawn";
      readonly id: string;
      readonly url: string;
      readonly title: string;
      readonly job: ShownJob;
      readonly picture: Picture;
    }
  | { readonly kind: "animation"; readonly title: string; readonly job: ShownJob }
  | { readonly kind: "own"; readonly id: string; readonly url: string; readonly title: string };

/** Undefined when nothing is open. Reads signals, so a component that calls it is drawn again when they change. */
export function openSubject(): Subject | undefined {
  const own = ownPicture.value;
  if (own) return { kind: "own", id: own.id, url: own.url, title: own.name || "Your picture" };
  const id = openId.value;
  if (id === undefined) return undefined;
  const animated = findJob(id)?.value;
  if (animated) return { kind: "animation", title: titleOf(animated.request), job: animated };
  const job = findJob(jobOf(id))!.value;
  const picture = findPicture(id)!;
  return { kind: "drawn", id, url: picture.url, title: titleOf(job.request), job, picture };
}
