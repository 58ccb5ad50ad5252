/** Limits of each caller: an API key's owner, or a token's subject. */
export interface CallerLimitProps {
  /**
   * GraphQL operations a minute, 1 to 1,000,000.
   *
   * @default 1200
   */
  readonly requestsPerMinute?: number;
  /**
   * Sum of the sizes of upload forms an hour, in bytes, 1 to 10^15.
   *
   * @default 1000000000
   */
  readonly uploadBytesPerHour?: number;
  /**
   * New jobs an hour, 1 to 1,000,000.
   *
   * @default 1000
   */
  readonly jobsPerHour?: number;
  /**
   * Subscriptions at a time, over all connections, 1 to 5,000.
   *
   * @default 100
   */
  readonly streams?: number;
  /**
   * WebSockets at a time, 1 to 5,000.
   *
   * @default 50
   */
  readonly sockets?: number;
}
