#!/usr/bin/env python3
"""A worker outside, in Python and its standard library alone: copy it, and write your own `execute`.

    CALLSHEET_URL=http://127.0.0.1:8080 python3 examples/remote_worker.py

It publishes the job `lab:analysis:word_count`, takes up to CAPACITY tasks at once, comes back when the line or the server
breaks, and gives back what it has not finished when it is stopped (SIGINT, SIGTERM).
"""
import http.client, json, os, queue, signal, sys, threading, time, urllib.error, urllib.request

URL = os.environ.get("CALLSHEET_URL", "http://127.0.0.1:8080") + "/api/v1"
KEY = os.environ.get("CALLSHEET_KEY")  # a key with the scope `worker`, where the server asks for one
CAPACITY = int(os.environ.get("CAPACITY", "4"))
ROOM, CATEGORY, NAME = "lab", "analysis", "word_count"
BROKEN = (OSError, http.client.HTTPException)  # the line, or the server
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}, "ms": {"type": "integer"}}, "required": ["text"]}


def execute(payload, progress, check):
    """The work: returns the result, or raises. `check()` raises when it is to stop: nobody wants it, or its time is up."""
    words = payload["text"].split()
    for step in range(10):
        check()
        progress(f"step {step + 1} of 10", (step + 1) / 10)
        time.sleep(payload.get("ms", 0) / 10_000)
    return {"words": len(words)}


def ask(method, path, body=None, key=KEY, timeout=30):
    request = urllib.request.Request(URL + path, method=method)
    if key:
        request.add_header("Authorization", f"Bearer {key}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    return urllib.request.urlopen(request, timeout=timeout)


class Worker:
    def __init__(self):
        job = {"category": CATEGORY, "name": NAME, "schema": SCHEMA, "max_retries": 2}
        ask("PUT", f"/rooms/{ROOM}/jobs", job).close()
        join = {"name": f"python-{os.getpid()}", "jobs": [f"{ROOM}:{CATEGORY}:{NAME}"], "capacity": CAPACITY}
        joined = json.load(ask("POST", "/workers", join))
        self.path, self.token = f"/workers/{joined['worker_id']}", joined["token"]
        self.claims, self.stops = {}, {}  # by task id: what runs here, and why it is to stop
        self.inbox, self.lock, self.left = queue.Queue(), threading.Lock(), threading.Event()

    def report(self, task_id, **said):
        """Says it until the server answers; what it refuses is no longer this worker's."""
        for wait in (0.2, 0.5, 1, 2, 4, 8, 16):
            try:
                return ask("PUT", f"{self.path}/tasks/{task_id}", said, self.token).close()
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    self.stops.setdefault(task_id, InterruptedError("refused"))
                    return print(f"{task_id}: {json.load(error)['detail']}", flush=True)
            except BROKEN:
                pass
            time.sleep(wait)

    def work(self):
        while True:
            task_id, claim, payload = self.inbox.get()

            def progress(message, fraction=None):
                said = {"message": message, "fraction": fraction}
                self.report(task_id, status="processing", claim=claim, progress=said)

            def check():
                if task_id in self.stops:
                    raise self.stops[task_id]

            try:
                self.report(task_id, status="processing", claim=claim)
                result = execute(payload, progress, check)
                self.report(task_id, status="completed", claim=claim, result=result)
            except Exception as error:  # the server decides whether to try again
                said = {"type": type(error).__name__, "message": str(error)}
                self.report(task_id, status="failed", claim=claim, error=said)
            with self.lock:
                self.claims.pop(task_id, None)
                self.stops.pop(task_id, None)

    def hear(self, event, said):
        if event == "job:assigned":
            task, claim = said["task"], said["claim"]
            with self.lock:  # a stream that comes back sends again what had not begun
                if self.claims.get(task["task_id"]) == claim:
                    return
                self.claims[task["task_id"]] = claim
            self.inbox.put((task["task_id"], claim, task["payload"]))
        elif event == "job:soft_timeout" and self.claims.get(said["task_id"]) == said["claim"]:
            print(f"{said['task_id']}: {said['soft_ms']} ms are over", flush=True)
            self.stops.setdefault(said["task_id"], TimeoutError(f"not done within {said['soft_ms']} ms"))
        elif event == "job:state_changed" and said["task_id"] in self.claims:
            self.stops[said["task_id"]] = InterruptedError("cancelled")

    def listen(self):
        with ask("GET", f"{self.path}/stream", key=self.token, timeout=40) as stream:
            print("listening", flush=True)
            event = None
            for line in stream:  # a comment comes every 15 s: silence beyond the timeout is a dead line
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field == "event":
                    event = value
                elif field == "data":
                    self.hear(event, json.loads(value))

    def beat(self):
        while not self.left.wait(5):
            try:
                ask("POST", f"{self.path}/heartbeat", key=self.token).close()
            except BROKEN:
                pass

    def run(self):
        threads = [self.beat] + [self.work] * CAPACITY
        for target in threads:
            threading.Thread(target=target, daemon=True).start()
        while not self.left.is_set():
            try:
                self.listen()
            except urllib.error.HTTPError as error:
                if error.code in (401, 404):
                    return  # it was away for too long, and is forgotten: join again
            except BROKEN as error:
                print(f"the line broke: {error}", flush=True)
            self.left.wait(1)


def main():
    while True:
        try:
            worker = Worker()
        except urllib.error.HTTPError as error:
            sys.exit(f"refused: {json.load(error)['detail']}")
        except BROKEN as error:
            print(f"no server yet: {error}", flush=True)
            time.sleep(1)
            continue
        try:
            worker.run()
        finally:
            worker.left.set()
            try:
                ask("DELETE", worker.path, key=worker.token, timeout=3).close()
            except BROKEN:
                pass


if __name__ == "__main__":
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: sys.exit(0))
    main()
