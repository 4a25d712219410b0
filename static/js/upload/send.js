// Sends files in chunks. Every chunk carries its offset and hash; what is lost is sent again.
import { csrfToken } from "../csrf.js";
import { sha256 } from "./sha256.js";

const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 15_000;

export class Refused extends Error {
  constructor(body, status) {
    const fields = Object.values(body.extra?.fields ?? {}).flat();
    super(fields.length ? fields.join(" ") : (body.message ?? `HTTP ${status}`));
    this.status = status;
    this.body = body;
  }
}

// What tells whether a file chosen again is the same one: size, time, first and last chunk.
export async function identityOf(file, chunkBytes) {
  const first = await file.slice(0, chunkBytes).arrayBuffer();
  const last = await file.slice(Math.max(0, file.size - chunkBytes)).arrayBuffer();
  return {
    name: file.name,
    num_bytes: file.size,
    modified_ms: file.lastModified,
    first_sha256: await sha256(first),
    last_sha256: await sha256(last),
  };
}

export async function callApi(address, method, body) {
  const headers = { "X-CSRFToken": csrfToken(), "Content-Type": "application/json" };
  const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body) });
  return read(answer);
}

// Sends what the server lacks of one file; `onProgress` is told the bytes that are safe there.
export async function sendFile(file, row, { address, chunkBytes, onProgress, onWait }) {
  let offset = row.offset;
  let wait = FIRST_WAIT_MS;
  while (offset < file.size) {
    try {
      offset = (await sendChunk(file, offset, address, chunkBytes)).offset;
      wait = FIRST_WAIT_MS;
      onProgress(offset);
    } catch (error) {
      if (error.status === 409 && Number.isInteger(error.body.offset)) {
        offset = error.body.offset;
        continue;
      }
      // Out of reach, or a chunk that arrived changed: again, later. Anything else is an answer.
      if (error instanceof Refused && ![400, 422, 502, 503, 504].includes(error.status)) throw error;
      onWait(error);
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(MOST_WAIT_MS, wait * 2);
    }
  }
}

async function sendChunk(file, offset, address, chunkBytes) {
  const body = await file.slice(offset, offset + chunkBytes).arrayBuffer();
  const headers = {
    "X-CSRFToken": csrfToken(),
    "Content-Type": "application/octet-stream",
    "Upload-Offset": String(offset),
    "X-Chunk-SHA256": await sha256(body),
  };
  return read(await fetch(address, { method: "PATCH", headers, body }));
}

async function read(answer) {
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(body, answer.status);
  return body;
}
