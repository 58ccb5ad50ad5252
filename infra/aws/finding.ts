// What the doctor says of one thing it has checked.

export type Finding = {
  /** What was checked. */
  readonly subject: string;
  /** A problem prevents the deployment; a warning limits it. */
  readonly state: "ok" | "warning" | "problem";
  readonly found: string;
  /** How to fix it. */
  readonly advice?: string | undefined;
};

export function checkFailed(subject: string, error: unknown): Finding {
  return { subject, state: "warning", found: `could not be checked: ${(error as Error).message}` };
}
