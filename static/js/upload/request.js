// One request to our API: its answer as JSON, or what kept it from being answered as asked.
import { csrfToken } from "../csrf.js";

const SERVER_AWAY = [0, 502, 503, 504];

// An answer: what is wrong, in the server's words.
export class Refused extends Error {
  constructor(body, status, isBusy) {
    const fields = Object.values(body.extra?.fields ?? {}).flat();
    super(fields.length ? fields.join(" ") : (body.message ?? `HTTP ${status}`));
    this.status = status;
    this.body = body;
    this.isBusy = isBusy;
  }
}

// No answer of ours at all.
export class Unreachable extends Error {}

// The user has paused or taken back what the request was for.
export class Halted extends Error {}

// XMLHttpRequest, because fetch does not tell how much has been sent; `onSent` is told bytes.
export function ask(address, { method, headers = {}, body, signal, onSent }) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new Halted());
    const request = new XMLHttpRequest();
    const halt = () => request.abort();
    request.open(method, address);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (onSent) request.upload.addEventListener("progress", (event) => onSent(event.loaded));
    request.addEventListener("abort", () => reject(new Halted()));
    request.addEventListener("loadend", () => {
      signal?.removeEventListener("abort", halt);
      settle(request, resolve, reject);
    });
    signal?.addEventListener("abort", halt);
    request.send(body);
    return undefined;
  });
}

function settle(request, resolve, reject) {
  if (SERVER_AWAY.includes(request.status)) return reject(new Unreachable());
  const body = parsed(request.responseText);
  if (request.status < 300) return resolve(body);
  return reject(new Refused(body, request.status, request.getResponseHeader("Retry-After") !== null));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
