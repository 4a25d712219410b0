// Files that were chosen together: they become one upload, which is finished when all are settled.
import { FileRow } from "./rows.js";
import { callApi, identityOf } from "./send.js";
import { Transfer } from "./transfer.js";

const HASHES = ["num_bytes", "modified_ms", "first_sha256", "last_sha256"];

export class Batch {
  constructor(page) {
    this.page = page;
  }

  // Resolves when the upload is finished; null when nothing of it was wanted in the end.
  async send(files) {
    const chosen = await this.#identified(files);
    const upload = await this.#begin(chosen);
    this.page.found(upload);
    const settled = this.#transfers(chosen, upload).map((transfer) => transfer.settled);
    const states = await Promise.all(settled);
    if (!states.includes("arrived")) {
      if (states.includes("skipped")) return null;
      throw new Error(this.page.words.nothing);
    }
    this.page.say("info", this.page.words.checking);
    const finish = this.page.finishAddress.replace("ID", upload.id);
    const finished = await callApi(finish, "POST", { starts_reading: true }, (error) => this.page.tellWait(error));
    for (const { row, identity } of chosen) row.showDigest(knownOf(finished, identity)?.sha256);
    return finished;
  }

  // Each file once, with its line on the page; one that was chosen twice is told so.
  async #identified(files) {
    const { list, template, words, chunkBytes } = this.page;
    const rows = files.map((one) => new FileRow(list, template, one, words));
    const chosen = new Map();
    for (const [index, one] of files.entries()) {
      const identity = await identityOf(one, chunkBytes).catch((error) => {
        rows[index].become("refused", this.page.sentenceOf(error));
        throw error;
      });
      const key = JSON.stringify(identity);
      if (chosen.has(key)) rows[index].become("skipped", words.twice);
      else chosen.set(key, { file: one.file, identity, row: rows[index] });
    }
    return [...chosen.values()];
  }

  // Reasons stand at their files; the sentence above them says only that there are some.
  async #begin(chosen) {
    const { words, startAddress } = this.page;
    const files = chosen.map(({ identity }) => identity);
    try {
      const upload = await callApi(startAddress, "POST", { files }, (error) => this.page.tellWait(error));
      this.page.say("", "");
      return upload;
    } catch (error) {
      const fields = error.body?.extra?.fields ?? {};
      const reasons = chosen.map((_, index) => fields[`files.${index}`]?.join(" "));
      chosen.forEach(({ row }, index) => row.become("refused", reasons[index] ?? words.not_sent));
      if (reasons.some(Boolean)) throw new Error(words.nothing);
      throw error;
    }
  }

  #transfers(chosen, upload) {
    const made = [];
    for (const { file, row, identity } of chosen) {
      const known = knownOf(upload, identity);
      if (known.refused) row.become("refused", known.refused);
      else made.push(new Transfer({ file, known, row, page: this.page }));
    }
    this.page.transfers.push(...made);
    for (const transfer of made) this.page.queue.add(transfer);
    return made;
  }
}

// The server may show a name in another way than it was sent; size, time and hashes it keeps.
function knownOf(upload, identity) {
  const same = upload.files.filter((row) => HASHES.every((key) => row[key] === identity[key]));
  return same.find((row) => row.name === identity.name) ?? same[0];
}
