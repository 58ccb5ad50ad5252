import { expect, test } from "vitest";
import { isLoopback } from "../../../infra/util/loopback.ts";

test.each(["localhost", "127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1"])(
  "%s is this machine",
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

test.each(["", "0.0.0.0", "::", "127.0.0.256", "127.1", "127.0.0.1.example.com", "localhost.example.com", "10.0.0.1"])(
  "%j is not",
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);
