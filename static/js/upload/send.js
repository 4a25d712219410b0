// Sends files in chunks. Every chunk carries its offset and hash; what is lost is sent again.
import { ask, Halted, Unreachable } from "./request.js";
import { sha256 } from "./sha256.js";

const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 15_000;
// A chunk that was cut off or arrived changed on its way.
const CHUNK_SPOILT = [400, 422];

// The browser cannot read the file any more: it was changed, moved or deleted after it was chosen.
export class Unreadable extends Error {}

// What tells whether a file chosen again is the same one: size, time, first and last chunk.
export async function identityOf({ file, name }, chunkBytes) {
  const first = await bytesOf(file, 0, chunkBytes);
  const isShort = file.size <= chunkBytes;
  const last = isShort ? first : await bytesOf(file, file.size - chunkBytes, file.size);
  const digest = await sha256(first);
  return {
    name,
    num_bytes: file.size,
    modified_ms: file.lastModified,
    first_sha256: digest,
    last_sha256: isShort ? digest : await sha256(last),
  };
}

// Asks until there is an answer; `onWait` is told why it takes longer.
export function callApi(address, method, body, onWait, signal) {
  const headers = { "Content-Type": "application/json" };
  return persist(() => ask(address, { method, headers, body: JSON.stringify(body), signal }), onWait, [], signal);
}

// Sends what the server lacks of one file, and writes into `known.offset` what it has;
// `onProgress` is told the bytes that have left.
export async function sendFile(file, known, { address, chunkBytes, onProgress, onWait, signal }) {
  while (known.offset < file.size) {
    const send = () => sendChunk(file, known.offset, { address, chunkBytes, onProgress, signal });
    known.offset = await persist(send, onWait, CHUNK_SPOILT, signal);
    onProgress(known.offset);
  }
}

// The offset of the next chunk, which the server knows best.
async function sendChunk(file, offset, { address, chunkBytes, onProgress, signal }) {
  const body = await bytesOf(file, offset, offset + chunkBytes);
  const headers = {
    "Content-Type": "application/octet-stream",
    "Upload-Offset": String(offset),
    "X-Chunk-SHA256": await sha256(body),
  };
  const onSent = (sent) => onProgress(offset + sent);
  try {
    return (await ask(address, { method: "PATCH", headers, body, signal, onSent })).offset;
  } catch (error) {
    if (error.status === 409 && Number.isInteger(error.body.offset)) return error.body.offset;
    throw error;
  }
}

// Out of reach, or busy: again, later. Anything else is an answer.
async function persist(attempt, onWait, passing, signal) {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(MOST_WAIT_MS, wait * 2)) {
    try {
      return await attempt();
    } catch (error) {
      const mayPass = error instanceof Unreachable || error.isBusy || passing.includes(error.status);
      if (!mayPass) throw error;
      onWait(error);
      await pause(wait, signal);
    }
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const halt = () => {
      clearTimeout(timer);
      reject(new Halted());
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", halt);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", halt);
  });
}

function bytesOf(file, start, end) {
  return file.slice(start, end).arrayBuffer().catch(() => {
    throw new Unreadable();
  });
}
