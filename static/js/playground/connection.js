// The socket of a session: opened when something is asked, and again after it was cut off.

export class Connection {
  constructor(path, hear, lost) {
    this.address = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`;
    [this.hear, this.lost] = [hear, lost];
  }

  // Send each message in order; whatever cannot be sent is told by `lost`.
  async send(...messages) {
    try {
      const socket = await this.#open();
      for (const message of messages) socket.send(JSON.stringify(message));
    } catch {
      this.lost();
    }
  }

  #open() {
    if (this.socket?.readyState === WebSocket.OPEN) return Promise.resolve(this.socket);
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.address);
      socket.onopen = () => resolve(socket);
      socket.onmessage = (event) => this.hear(JSON.parse(event.data));
      socket.onclose = () => {
        reject(new Error("closed"));
        this.lost();
      };
      this.socket = socket;
    });
  }
}
