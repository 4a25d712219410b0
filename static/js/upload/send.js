// Sends files in chunks. Every chunk carries its offset and hash; what is lost is sent again.
import { csrfToken } from "../csrf.js";
import { sha256 } from "./sha256.js";

const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 15_000;
const SERVER_AWAY = [502, 503, 504];
// A chunk that was cut off or arrived changed on its way.
const CHUNK_SPOILT = [400, 422];

// An answer: what is wrong, in the server's words.
export class Refused extends Error {
  constructor(body, answer) {
    const fields = Object.values(body.extra?.fields ?? {}).flat();
    super(fields.length ? fields.join(" ") : (body.message ?? `HTTP ${answer.status}`));
    this.status = answer.status;
    this.body = body;
    this.isBusy = answer.headers.has("Retry-After");
  }
}

// No answer of ours at all.
export class Unreachable extends Error {}

// The browser cannot read the file any more: it was changed, moved or deleted after it was chosen.
export class Unreadable extends Error {}

// What tells whether a file chosen again is the same one: size, time, first and last chunk.
export async function identityOf(file, chunkBytes) {
  const first = await bytesOf(file, 0, chunkBytes);
  const last = await bytesOf(file, Math.max(0, file.size - chunkBytes), file.size);
  return {
    name: file.name,
    num_bytes: file.size,
    modified_ms: file.lastModified,
    first_sha256: await sha256(first),
    last_sha256: await sha256(last),
  };
}

// Asks until there is an answer; `onWait` is told why it takes longer.
export function callApi(address, method, body, onWait) {
  const headers = { "X-CSRFToken": csrfToken(), "Content-Type": "application/json" };
  return persist(() => ask(address, { method, headers, body: JSON.stringify(body) }), onWait);
}

// Sends what the server lacks of one file; `onProgress` is told the bytes that are safe there.
export async function sendFile(file, row, { address, chunkBytes, onProgress, onWait }) {
  let offset = row.offset;
  while (offset < file.size) {
    offset = await persist(() => sendChunk(file, offset, address, chunkBytes), onWait, CHUNK_SPOILT);
    onProgress(offset);
  }
}

// The offset of the next chunk, which the server knows best.
async function sendChunk(file, offset, address, chunkBytes) {
  const body = await bytesOf(file, offset, offset + chunkBytes);
  const headers = {
    "X-CSRFToken": csrfToken(),
    "Content-Type": "application/octet-stream",
    "Upload-Offset": String(offset),
    "X-Chunk-SHA256": await sha256(body),
  };
  try {
    return (await ask(address, { method: "PATCH", headers, body })).offset;
  } catch (error) {
    if (error.status === 409 && Number.isInteger(error.body.offset)) return error.body.offset;
    throw error;
  }
}

// Out of reach, or busy: again, later. Anything else is an answer.
async function persist(attempt, onWait, passing = []) {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(MOST_WAIT_MS, wait * 2)) {
    try {
      return await attempt();
    } catch (error) {
      const mayPass = error instanceof Unreachable || error.isBusy || passing.includes(error.status);
      if (!mayPass) throw error;
      onWait(error);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

async function ask(address, options) {
  const answer = await fetch(address, options).catch(() => {
    throw new Unreachable();
  });
  if (SERVER_AWAY.includes(answer.status)) throw new Unreachable();
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(body, answer);
  return body;
}

function bytesOf(file, start, end) {
  return file.slice(start, end).arrayBuffer().catch(() => {
    throw new Unreadable();
  });
}
