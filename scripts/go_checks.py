"""What the go command says about the packages of a work tree, as they are and with new texts laid over them.

Used by scripts/corpus. A package is looked at under the platform and the build tags that its changed files ask for.
"""

import hashlib
import json
import os
import re
import signal
import subprocess

SYSTEMS = {"aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "netbsd", "openbsd", "plan9",
           "solaris", "wasip1", "windows"}
# Of several systems that a line allows, the first here.
PREFERRED = ["linux", "windows", "darwin", "freebsd"]
MACHINES = {"386": "linux", "amd64": "linux", "arm": "linux", "arm64": "linux", "riscv64": "linux", "s390x": "linux",
            "wasm": "js"}
# Words of constraints that no flag sets.
BUILT_IN = {"cgo", "unix", "gc", "gccgo", "race", "msan", "asan", "ignore"}
LISTED = "{{join .GoFiles \" \"}} {{join .CgoFiles \" \"}} {{join .TestGoFiles \" \"}} {{join .XTestGoFiles \" \"}}"
BUILD_LIMIT = 1800
TEST_LIMIT = 180


class Memory:
    """Answers that were given before, in a file, so that a long run can be broken off and repeated."""

    def __init__(self, path):
        self.path = path
        self.known = {}
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.known = dict(json.loads(line) for line in file)

    def recall(self, key, ask):
        """The answer to `key`: the one of last time, or what `ask()` gives."""
        name = json.dumps(key)
        if name not in self.known:
            self.known[name] = ask()
            if self.path:
                with open(self.path, "a", encoding="utf-8") as file:
                    file.write(json.dumps([name, self.known[name]]) + "\n")
        return self.known[name]


class Packages:
    """The packages of one work tree."""

    def __init__(self, directory, identity, memory, online=False, launcher=None):
        self.directory, self.identity, self.memory, self.launcher = directory, identity, memory, launcher
        self.environment = {"GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false"}
        self.online = online

    def go(self, folder, view, *args, online=False, limit=BUILD_LIMIT):
        """Runs the go command in a folder of the tree; (exit code, standard output, standard error)."""
        environment = {**os.environ, **self.environment, **view["environment"]}
        if not online:
            environment["GOPROXY"] = "off"
        child = subprocess.Popen(["go", *args], cwd=self.directory / folder, env=environment, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, encoding="utf-8", errors="replace", start_new_session=True)
        try:
            out, err = child.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            out, err = child.communicate()
            return 124, out, err + f"\nbroken off after {limit} s"
        return child.returncode, out, err

    def views(self, folder, files):
        """The views under which the files are part of the package: each with the files that it shows first."""
        def ask():
            found, left = [], list(files)
            for view in candidates(self.directory / folder, files):
                if not left:
                    break
                _, out, _ = self.go(folder, view, "list", *view["flags"], "-f", LISTED, ".", online=self.online)
                shown = set(out.split()).intersection(left)
                if shown:
                    found.append(view)
                    left = [file for file in left if file not in shown]
            return [found, left]
        return self.memory.recall([self.identity, "views", folder, sorted(files)], ask)

    def download(self, folder, view):
        """Brings the modules that a package and its tests are built from."""
        def ask():
            return self.go(folder, view, "list", *view["flags"], "-deps", "-test", ".", online=True)[0]
        return self.memory.recall([self.identity, "download", folder, view], ask)

    def level(self, folder, view):
        """How far the package as it is gets: `vet`, `types` if vet has findings, or nothing and the error that stops it."""
        def ask():
            if self.online:
                self.download(folder, view)
            code, _, err = self.go(folder, view, "vet", *view["flags"], ".")
            if code == 0:
                return ["vet", ""]
            code, _, worse = self.go(folder, view, *typed(view), ".")
            return ["types", err] if code == 0 else ["", worse]
        return self.memory.recall([self.identity, "level", folder, view], ask)

    def examine(self, folder, files):
        """The views of the files with their levels, and the files that no view shows."""
        views, hidden = self.views(folder, files)
        found = []
        for view in views:
            level, error = self.level(folder, view)
            with_c = {**view, "environment": {**view["environment"], "CGO_ENABLED": "1"}}
            if not level and is_native(view) and with_c != view:
                level, second = self.level(folder, with_c)
                view, error = (with_c, second) if level else (view, error)
            found.append((view, level, error))
        return found, hidden

    def still(self, folder, view, level, overlay):
        """Whether the package gets so far with the new texts; the error otherwise."""
        command = typed(view) if level == "types" else ["vet", *view["flags"]]

        def ask():
            code, _, err = self.go(folder, view, *command, f"-overlay={overlay.path}", ".")
            return "" if code == 0 else err or f"exit {code}"
        return self.memory.recall([self.identity, "still", folder, view, level, overlay.digest], ask)

    def tests(self, folder, view):
        """What tests pass as the package is, and how to run only those; nothing if none passes.

        Tests that fail are left out. Where all of them take too long, those that came first are taken.
        """
        def ask():
            chosen, left_out = [], set()
            for _ in range(5):
                selection = select(chosen, left_out)
                code, events, err = self.run_tests(folder, view, selection)
                passed, failed = outcomes(events)
                if code == 0:
                    return {"passed": sorted(passed), "selection": selection, "why not": ""}
                if not chosen and any("panic: test timed out after" in line for line in output(events)):
                    chosen = first(events)
                    if not chosen:
                        break
                    continue
                tops = {name.split("/")[0] for name in failed} - left_out
                if not tops:
                    break
                left_out |= tops
            why_not = err or "\n".join(output(events)[-20:])
            return {"passed": [], "selection": selection, "why not": why_not[-2000:]}
        return self.memory.recall([self.identity, "tests", folder, view], ask)

    def tests_again(self, folder, view, before, overlay):
        """The tests that passed before and do not with the new texts, with the output of the last attempt.

        A test fails if it fails three times while it passes three times without the new texts; where it does not always
        do the same, it is called unsteady.
        """
        def ask():
            lost, text = self.lost(folder, view, before, overlay)
            if not lost:
                return {"lost": [], "unsteady": [], "text": ""}
            seen = [lost]
            for _ in range(2):
                again, text = self.lost(folder, view, before, overlay)
                seen.append(again)
            plain = [self.lost(folder, view, before, None)[0] for _ in range(2)]
            always = set.intersection(*map(set, seen)) - set().union(*map(set, plain))
            unsteady = set().union(*map(set, seen)) - always
            return {"lost": sorted(always), "unsteady": sorted(unsteady), "text": text[-4000:]}
        key = [self.identity, "again", folder, view, before["selection"], overlay.digest]
        return self.memory.recall(key, ask)

    def lost(self, folder, view, before, overlay):
        """The tests that do not pass this time, and the output."""
        code, events, err = self.run_tests(folder, view, before["selection"], overlay)
        passed, _ = outcomes(events)
        lost = sorted(set(before["passed"]) - passed)
        if code != 0 and not lost:
            lost = ["(the package)"]
        return lost, err + "\n".join(output(events)[-60:])

    def run_tests(self, folder, view, selection, overlay=None):
        flags = [*view["flags"], "-json", "-vet=off", "-count=1", f"-timeout={TEST_LIMIT}s", *selection]
        if self.launcher:
            flags.append(f"-exec={self.launcher}")
        if overlay:
            flags.append(f"-overlay={overlay.path}")
        code, out, err = self.go(folder, view, "test", *flags, ".", limit=BUILD_LIMIT + TEST_LIMIT)
        events = []
        for line in out.splitlines():
            try:
                events.append(json.loads(line))
            except ValueError:
                err += line + "\n"
        return code, events, err


class Overlay:
    """New texts of files of a tree, as `-overlay` takes them. `texts` are files by the names of those that they replace."""

    def __init__(self, path, directory, texts):
        self.path = path
        path.write_text(json.dumps({"Replace": {str(directory / name): str(text) for name, text in texts.items()}}))
        digest = hashlib.sha256()
        for name, text in sorted(texts.items()):
            digest.update(name.encode() + b"\0" + text.read_bytes() + b"\0")
        self.digest = digest.hexdigest()


def typed(view):
    """The go command's words for parsing and checking types only: one analyzer that looks at comments above the code."""
    return ["vet", *view["flags"], "-buildtag"]


def candidates(folder, files):
    """Platforms and tags that may show the files, the plainest first."""
    plain = [view(), view(CGO_ENABLED="1")]
    special = []
    for file in files:
        found = special_view(folder / file)
        if found not in plain + special:
            special.append(found)
    return plain + special


def view(*flags, **environment):
    return {"flags": list(flags), "environment": {"CGO_ENABLED": "0", **environment}}


def special_view(path):
    """What a file's name and its constraint ask for, as far as words tell: negated ones are left out."""
    words, negated = set(), set()
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("package "):
                break
            if line.startswith("//go:build "):
                for negation, word in re.findall(r"(!?)\s*([\w.]+)", line[len("//go:build "):]):
                    (negated if negation else words).add(word)
    parts = path.stem.removesuffix("_test").split("_")[1:]
    words.update(part for part in parts[-2:] if part in SYSTEMS or part in MACHINES)
    environment = {}
    machines = [word for word in MACHINES if word in words]
    if machines and "amd64" not in machines:
        environment["GOARCH"] = machines[0]
        environment["GOOS"] = MACHINES[machines[0]]
    allowed = (words & SYSTEMS) or (SYSTEMS - negated if negated & SYSTEMS else set())
    systems = [word for word in PREFERRED if word in allowed] or sorted(allowed)
    if systems:
        environment["GOOS"] = systems[0]
    if "cgo" in words:
        environment["CGO_ENABLED"] = "1"
    tags = sorted(word for word in words - negated - SYSTEMS - set(MACHINES) - BUILT_IN if not re.match(r"go1\.", word))
    return view(*([f"-tags={','.join(tags)}"] if tags else []), **environment)


def runs_here(view):
    """Whether `go test` without flags runs the tests that the view shows: those behind tags want a laboratory."""
    return is_native(view) and not view["flags"]


def is_native(view):
    """Whether programs made under the view run on this machine."""
    return not {"GOOS", "GOARCH"}.intersection(view["environment"]) or \
        view["environment"].get("GOOS") == "linux" and "GOARCH" not in view["environment"]


def outcomes(events):
    """The names of the tests that passed, and of those that failed or did not end."""
    passed, failed, begun = set(), set(), set()
    for event in events:
        name = event.get("Test")
        if name:
            begun.add(name)
            if event["Action"] == "pass":
                passed.add(name)
            elif event["Action"] == "fail":
                failed.add(name)
            elif event["Action"] == "skip":
                begun.discard(name)
    return passed, failed | (begun - passed)


def output(events):
    return "".join(event.get("Output", "") for event in events if event["Action"] in ("output", "build-output")).splitlines()


def select(chosen, left_out):
    """The flags that run the chosen tests, or all, but for those that are left out."""
    def words(flag, names):
        return [f"-{flag}=^(" + "|".join(map(re.escape, sorted(names))) + ")$"] if names else []
    return words("run", chosen) + words("skip", left_out)


def first(events):
    """The tests that passed in the first third of the time."""
    spent, chosen = 0, []
    for event in events:
        if event["Action"] == "pass" and "/" not in event.get("Test", "/"):
            spent += event.get("Elapsed", 0)
            if spent > TEST_LIMIT / 3:
                break
            chosen.append(event["Test"])
    return chosen
