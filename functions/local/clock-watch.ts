// Notices when the wall clock was set, and when the process was paused: a suspended laptop, SIGSTOP, a frozen machine.

export type ClockChange = {
  /** By how much the wall clock moved beyond the time that has passed, in milliseconds. Negative: it was set back. */
  readonly jump: number;
  /** Time since the last call, by the clock that shows more. */
  readonly elapsed: number;
};

/** Each call compares both clocks with the call before. */
export function createClockWatch(wall = () => Date.now(), steady = () => performance.now()): () => ClockChange {
  let last = { wall: wall(), steady: steady() };
  return () => {
    const now = { wall: wall(), steady: steady() };
    const [byWall, bySteady] = [now.wall - last.wall, now.steady - last.steady];
    last = now;
    return { jump: byWall - bySteady, elapsed: Math.max(byWall, bySteady) };
  };
}
