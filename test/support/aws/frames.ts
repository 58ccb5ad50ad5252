/**
 * Parses the bytes that a client sends over a WebSocket after its upgrade, chunk by chunk, and reports the payload length of
 * each frame (RFC 6455, section 5.2).
 */
export function frameLengths(onFrame: (bytes: number) => void): (piece: Uint8Array) => void {
  let head: number[] = [];
  let payload = 0;
  return (piece) => {
    for (let at = 0; at < piece.length; ) {
      if (payload > 0) {
        const here = Math.min(payload, piece.length - at);
        payload -= here;
        at += here;
        continue;
      }
      head.push(piece[at++]!);
      const [, second] = head;
      if (second === undefined) continue;
      const extended = { 126: 2, 127: 8 }[second & 0x7f] ?? 0;
      const mask = second & 0x80 ? 4 : 0;
      if (head.length < 2 + extended + mask) continue;
      const digits = head.slice(2, 2 + extended);
      payload = extended === 0 ? second & 0x7f : digits.reduce((sum, digit) => sum * 256 + digit, 0);
      head = [];
      onFrame(payload);
    }
  };
}
