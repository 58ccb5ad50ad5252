/** The API refuses the operation as a whole: `code` is that of the first GraphQL error. */
export class ApiError extends Error {
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** The server cannot be reached. */
export class ConnectionError extends Error {}
