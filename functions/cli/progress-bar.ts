// A progress bar on one line of a terminal, redrawn in place.
import type { Progress } from "../../models/types.ts";

const BAR_WIDTH = 24;
/** Redraws between steps too, because steps can be seconds apart. */
const TICK_MILLISECONDS = 250;

type Terminal = Pick<NodeJS.WriteStream, "write" | "columns">;

export class ProgressBar {
  readonly #terminal: Terminal;
  readonly #start = performance.now();
  readonly #clock: NodeJS.Timeout;
  readonly #waiting: string;
  #progress: Progress | undefined;

  /** `waiting` is shown before the first step. */
  constructor(terminal: Terminal, waiting: string) {
    this.#terminal = terminal;
    this.#waiting = waiting;
    this.#clock = setInterval(() => this.#draw(), TICK_MILLISECONDS).unref();
    this.#draw();
  }

  update(progress: Progress): void {
    this.#progress = progress;
    this.#draw();
  }

  /** Clears the line. */
  end(): void {
    clearInterval(this.#clock);
    this.#terminal.write("\r\x1b[K");
  }

  #draw(): void {
    const line = formatProgress(this.#progress, performance.now() - this.#start, this.#waiting);
    // A wrapped line could not be redrawn in place.
    this.#terminal.write(`\r\x1b[K${line.slice(0, (this.#terminal.columns || 80) - 1)}`);
  }
}

/** "decoder         ██████░░░░░░  picture 2 of 4  step 12 of 25  8.3 s" */
export function formatProgress(progress: Progress | undefined, milliseconds: number, waiting: string): string {
  const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
  if (progress === undefined) return `${waiting}  ${seconds}`;
  const { stage, picture, pictures, step, steps } = progress;
  const done = Math.round((BAR_WIDTH * (picture + step / steps)) / pictures);
  const bar = "█".repeat(done) + "░".repeat(BAR_WIDTH - done);
  const which = pictures > 1 ? `  picture ${picture + 1} of ${pictures}` : "";
  return `${stage.padEnd(14)}  ${bar}${which}  step ${step} of ${steps}  ${seconds}`;
}
