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

/** The progress of another program, from the lines it writes: some of them end a step. */
export class StepBar {
  readonly #terminal: Terminal;
  #steps = 0;
  #done = 0;
  #ends: RegExp | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** From now on, each line that matches `ends` is the end of one of `steps`. */
  begin(steps: number, ends: RegExp): void {
    [this.#steps, this.#done, this.#ends] = [steps, 0, ends];
  }

  note(line: string): void {
    if (this.#ends?.test(line)) this.#done = Math.min(this.#done + 1, this.#steps);
    const bar = this.#steps === 0 ? "" : `${drawBar(this.#done / this.#steps)}  ${this.#done} of ${this.#steps}  `;
    this.#terminal.write(`\r\x1b[K${`${bar}${line}`.slice(0, (this.#terminal.columns || 80) - 1)}`);
  }

  /** Clears the line. */
  end(): void {
    this.#terminal.write("\r\x1b[K");
  }
}

/** `share`: 0 to 1. */
function drawBar(share: number): string {
  const done = Math.round(BAR_WIDTH * share);
  return "█".repeat(done) + "░".repeat(BAR_WIDTH - done);
}

/** "decoder         ██████░░░░░░  picture 2 of 4  step 12 of 25  8.3 s" */
export function formatProgress(progress: Progress | undefined, milliseconds: number, waiting: string): string {
  const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
  if (progress === undefined) return `${waiting}  ${seconds}`;
  const { stage, picture, pictures, step, steps } = progress;
  const bar = drawBar((picture + step / steps) / pictures);
  const which = pictures > 1 ? `  picture ${picture + 1} of ${pictures}` : "";
  return `${stage.padEnd(14)}  ${bar}${which}  step ${step} of ${steps}  ${seconds}`;
}
