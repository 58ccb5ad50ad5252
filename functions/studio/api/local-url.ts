const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * The URL of a file, as this page may load it. A server on one machine signs URLs for the address that it listens at
 * ("127.0.0.1"), while the page may have been opened under another name of that machine ("localhost", a forwarded port).
 */
export function localUrl(url: string, origin = location.origin): string {
  const { hostname, pathname, search } = new URL(url, origin);
  return LOOPBACK.test(hostname) ? `${origin}${pathname}${search}` : url;
}
