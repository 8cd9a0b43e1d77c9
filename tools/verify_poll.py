"""Check a ward poll from its public bundle: one file, Python 3.9 or later, nothing to install.

python3 verify_poll.py bundle.json [--receipt FILE] [--log-key VKEY] [--older-head FILE]
  bundle.json    the answer of GET /v1/polls/{id}/bundle; "-" reads it from standard input
  --receipt      the answer you got when you voted: did that ballot enter the log, as promised?
  --log-key      the log's key as you know it from elsewhere (GET /v1/log-key, a notice, a friend)
  --older-head   a head of the log that you saved earlier: is the log still the same up to there?
Exit 0: nothing is wrong. 1: something is, and the line beginning WRONG says what. 2: wrong use.
"""
import argparse
import json
from base64 import b64decode, b64encode
from collections import Counter
from fractions import Fraction
from functools import cache, lru_cache, partial, reduce
from hashlib import sha256, sha512
from itertools import accumulate, combinations
from textwrap import fill

UNPROVED = (
    "That the opened list is what the sealed ballots said: only an auditor can open these.",
    "That each ballot came from one resident, was sealed as it was meant, and cast unpressed.",
    "That others see the same: compare the manifest's hash and the last head with theirs.")
ratio = "{0.numerator}/{0.denominator}".format
canonical = partial(json.dumps, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
FIELDS = ["disclosure", "rule", "seats", "chosen", "approvals", "reserves", "trace", "certificates"]

def tell(verdict, sentence):
    """Print a sentence after its verdict; no text of the bundle in it can look like another."""
    said = sentence[:600].encode("unicode_escape").decode()
    print(fill(said, 80, initial_indent=f"{verdict:<12}", subsequent_indent=" " * 12))

def require(holds, sentence):
    """Stop with a sentence unless something holds."""
    if not holds:
        raise AssertionError(sentence)

# Ed25519 (RFC 8032): the field, the order of the base point, the curve, and two points of it.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ZERO, BASE = -121665 * pow(121666, -1, P) % P, (0, 1), b"\x58" + b"\x66" * 31

def add(a, b):
    """Add two points of the curve (section 5.1)."""
    t = D * a[0] * b[0] * a[1] * b[1] % P
    x, y, n = a[0] * b[1] + b[0] * a[1], a[1] * b[1] + a[0] * b[0], pow(1 - t * t, -1, P)
    return x * (1 - t) * n % P, y * (1 + t) * n % P

@lru_cache(maxsize=8)
def doubled(data):
    """Return the point that 32 bytes stand for, times 1, 2, 4, 8, ...; one key signs many heads."""
    y, odd = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    r, i = pow(square, (P + 3) // 8, P), pow(2, (P - 1) // 4, P)
    x = next(x % P for x in (r, -r, r * i, -r * i) if [x * x % P, x % P % 2] == [square, odd])
    return list(accumulate(range(252), lambda p, _: add(p, p), initial=(x, y)))

def read_note(note, vkey, which):
    """Return the lines of a text signed by the key "name+id+base64" (C2SP signed-note)."""
    name, text = vkey.partition("+")[0], note.partition("\n\n")[0]
    key, seal = b64decode(vkey[len(name) + 10:]), b64decode(note[len(text + name) + 5:])
    number = sha256(f"{name}\n".encode() + key).digest()[:4]
    form = [f"{name}+{number.hex()}+{b64encode(key).decode()}", len(key), key[:1], len(seal),
            f"{text}\n\n\u2014 {name} {b64encode(seal).decode()}\n", seal[:4]]
    require(form == [vkey, 33, b"\x01", 68, note, number], f"{which} or its key is malformed.")
    s, h = int.from_bytes(seal[36:], "little"), sha512(seal[4:36] + key[1:] + f"{text}\n".encode())
    h, (x, y) = int.from_bytes(h.digest(), "little") % L, ZERO
    for factor, points in (s, doubled(BASE)), (L - h, doubled(key[1:])):
        x, y = reduce(add, (p for place, p in enumerate(points) if factor >> place & 1), (x, y))
    good = s < L and seal[4:36] == (y | (x & 1) << 255).to_bytes(32, "little")
    require(good, f"{which} is not signed by the log's key.")
    return text.split("\n")

def node(left, right):
    """Return the hash above two hashes of the log (RFC 9162, section 2.1)."""
    return sha256(b"\x01" + left + right).digest()

@cache
def root_of(leaves):
    """Return the root of a log of these leaves (RFC 9162, section 2.1)."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256().digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node(root_of(leaves[:half]), root_of(leaves[half:]))

def price_of(held):
    """Return the most that a supporter would pay for an option; nothing if they cannot pay it."""
    due, payers = Fraction(1), sum(n for _, n in held)
    for money, n in sorted(held):
        if due <= money * payers:
            return due / payers
        due, payers = due - money * n, payers - n

LOAD = (lambda held: (1 + sum(x * n for x, n in held)) / Fraction(sum(n for _, n in held)), min)
STAGES = {  # what an option bids, which bid is best, what a supporter of the winner holds then
    "load": (*LOAD, lambda _, bid: bid),
    "completion": (*LOAD, lambda _, bid: bid),
    "price": (price_of, min, lambda money, bid: max(money - bid, Fraction(0))),
    "gain": (lambda held: sum(Fraction(n, x + 1) for x, n in held), max, lambda got, _: got + 1),
    "ticks": (lambda held: Fraction(sum(n for _, n in held)), max, lambda got, _: got)}
LAST_STAGE = {"phragmen": "load", "equal_shares": "completion", "pav": "gain", "approval": "ticks"}

class Recount:
    """A poll counted anew, equal ballots together; ties go by SHA-256(seed || option id)."""

    def __init__(self, options, seats, rule, seed, opened):
        self.options, self.seats, self.trace, self.ranking = options, seats, [], []
        self.draw, self.voters = [sha256(seed + o.encode()).digest() for o in options], len(opened)
        self.weights, self.ticks = Counter(opened), Counter(o for ballot in opened for o in ballot)
        money = Fraction(seats if rule == "equal_shares" else 0, max(self.voters, 1))
        left, self.holds = sorted(self.ticks), dict.fromkeys(self.weights, money)
        if rule == "equal_shares":
            self.take("price", left, seats)
            self.holds = {ballot: -money for ballot, money in self.holds.items()}
        if rule == "pav" and left:  # the best group by 1 + 1/2 + ... + 1/g from who ticked g of it
            worth, scores = (0, 60, 90, 110, 125, 137), {}  # that, in sixtieths
            for group in map(frozenset, combinations(left, min(seats, len(left)))):
                got = ((len(group.intersection(b)), n) for b, n in self.weights.items())
                scores[tuple(sorted(group))] = Fraction(sum(worth[g] * n for g, n in got), 60)
            self.take("gain", self.note("group", scores, max(scores.values())))
        self.take(LAST_STAGE[rule], left)

    def take(self, stage, among, most=20):
        """Take the best option of some, then the next best, as long as one can bid."""
        bid_of, best_of, after = STAGES[stage]
        for _ in range(most):
            held = {o: [(self.holds[b], n) for b, n in self.weights.items() if o in b]
                    for o in among if o not in self.ranking}
            bids = {(o,): bid for o, n in held.items() if (bid := bid_of(n)) is not None}
            if bids:
                winner = self.note(stage, bids, best := best_of(bids.values()))[0]
                self.ranking.append(winner)
                self.holds.update((b, after(m, best)) for b, m in self.holds.items() if winner in b)

    def note(self, stage, bids, best):
        """Write a step down, and return the earliest drawn of what bid best."""
        tied = [group for group, bid in bids.items() if bid == best]
        tied.sort(key=lambda group: sorted(self.draw[option] for option in group))
        named = [[self.options[option] for option in group] for group in tied[:12]]
        self.trace.append({"stage": stage, "options": named[0], "amount": ratio(best),
                           "tied": named if len(named) > 1 else []})
        return tied[0]

    def certificate(self, together):
        """Return the best claim of each unchosen option by EJR+ or PJR+ (Brill, Peters 2023)."""
        # Level x voters / seats are owed one more if each (PJR+: together) got fewer than `level`.
        chosen, claims = frozenset(self.ranking[:self.seats]), []
        for option in sorted(set(range(len(self.options))) - chosen):
            got, tries = [(chosen & set(b), n) for b, n in self.weights.items() if option in b], []
            for level in range(1, self.seats + 1):
                due = Fraction(self.voters * level, self.seats)
                for part in map(set, combinations(chosen, min(level - 1, len(chosen)))):
                    size = sum(n for g, n in got if (g <= part if together else len(g) < level))
                    tries.append(((due - size) / due if due else Fraction(1), level, size, due))
            claims.append((min(tries)[0], option, *min(tries)[1:]))
        return {"satisfied": all(claim[0] > 0 for claim in claims), "claims": [
            {"option": self.options[option], "level": level, "group": ratio(size),
             "threshold": ratio(due)} for _, option, level, size, due in sorted(claims)]}

def once(pairs):
    """Return a JSON object's fields, each of which must stand there once."""
    require(len(dict(pairs)) == len(pairs), "A field stands there twice.")
    return dict(pairs)

read = partial(json.loads, object_pairs_hook=once, parse_float=int, parse_constant=int)

def same(given, expected, what):
    """Require what is given to have these fields with these values, and no other."""
    for name in sorted({*given, *expected}):
        told, ought = (canonical([x[name]] if name in x else []) for x in (given, expected))
        require(told == ought, f"{what}: {name} is {told[:200]}, and should be {ought[:200]}.")

def check_log(bundle, known_key, older):
    """Check the manifest, the log, its signed heads and its covers."""
    manifest, log, digest = bundle["manifest"], bundle["log"], bundle["manifest_sha256"]
    leaves, poll = tuple(bytes.fromhex(leaf) for leaf in log["leaves"]), manifest["poll"]
    require(sha256(canonical(manifest).encode()).hexdigest() == digest, "The manifest was changed.")
    good = log["key"] == manifest["log_key"] and known_key in {None, log["key"]}
    require(good, "The log's key is not the one of the manifest, or not the one you know.")
    yield "POLL", f"{poll} in {manifest['ward']['name']}: {manifest['question']}"
    yield "PROVED", f"Question, options, seats and rule are those of the manifest {digest}."
    require([x.hex() for x in dict.fromkeys(leaves)] == log["leaves"], "A leaf stands there twice.")
    heads = [(0, "")]
    for number, note in enumerate([*older, *log["heads"]], 1 - len(older)):
        which = f"Head {number}" if number else "The older head"
        origin, size, root, time, *more = read_note(note, log["key"], which)
        good = origin == f"ward-priorities/polls/{poll}" and more in ([], [f"manifest {digest}"])
        require(good, f"{which} is of another log, or of another manifest.")
        n = min(int(size[:12]), len(leaves))
        good = [size, root] == [str(n), b64encode(root_of(leaves[:n])).decode()]
        require(good, f"{which} is not the head of the log's first {n} leaves.")
        require(heads[-1] <= (n, time) or not number, f"{which} is older than the one before it.")
        heads += [(n, time)] if number else []
    good = [heads[-1][0], root_of(leaves).hex()] == [len(leaves), bundle["closing_commitment"]]
    require(good, "The last head does not hold the whole log, or is not the closing commitment.")
    yield "PROVED", f"The log of {n} leaves only ever grew, through {number} signed heads."
    yield "PROVED" if more else "NOT PROVED", "That the last head was signed for this manifest."
    places = {str(place): leaf for place, leaf in enumerate(leaves)}
    for place, nonce in (log["cover"] or {}).items():
        cover = sha256(b"\0cover" + bytes.fromhex(poll.replace("-", "") + nonce)).digest()
        require(places.get(place) == cover, f"Leaf {place} is not the cover that it is said to be.")

def require_possible(result, options, seats, rule, opened, leaves):
    """Require that a result whose ballots are not shown can be right."""
    told = FIELDS[:{"withheld": 3, "rounded": 5, "exact": 8}[result["disclosure"]]]
    ticks, chosen = result["approvals"] or {}, result["chosen"] or []
    most = leaves + 2 if opened is None else opened  # else they are rounded to the nearest 5
    good = [{*result} == {*FIELDS}, [k for k in FIELDS if result[k] is not None] == told]
    good += [(told == FIELDS) != (opened is None), result["rule"] == rule, result["seats"] == seats]
    good += [{*ticks} == {*options * (len(told) > 3)}, len({*chosen} & {*options}) == len(chosen)]
    good += [type(n) is int and 0 <= n <= most for n in ticks.values() if n is not None]
    good += [min(seats, sum(n != 0 for n in ticks.values())) <= len(chosen) <= seats]
    require(all(good), "The result's parts do not fit each other, or the numbers.")

def check_count(bundle):
    """Check the numbers against each other, and count the poll again."""
    manifest, log, counts, opened = (bundle[k] for k in ("manifest", "log", "counts", "opened"))
    heads, leaves = len(log["heads"]), len(log["leaves"])
    cover = None if log["cover"] is None else len(log["cover"])
    number = counts["opened"] if opened is None else len(opened)  # told without the list, or None
    held = None if number is None else counts["quarantined"]
    current = None if number is None else number + held
    replaced = None if cover is None else leaves - cover - current
    same(counts, {"heads": heads, "leaves": leaves, "cover": cover, "superseded": replaced,
                  "current": current, "opened": number, "quarantined": held}, "The counts")
    told = {name: n for name, n in sorted(counts.items()) if n is not None}
    require(min(told.values()) >= 0 and (current or 0) <= leaves, "The numbers cannot be right.")
    yield "PROVED", f"The numbers agree: {', '.join(f'{name} {n}' for name, n in told.items())}."
    texts = {option["id"]: option["text"] for option in manifest["options"]}
    result, options, seats, rule = bundle["result"], [*texts], manifest["seats"], manifest["rule"]
    if opened is None:
        require_possible(result, options, seats, rule, number, leaves)
        yield "NOT PROVED", "That the result is right: the opened list is for the auditor only."
    else:
        ballots = [tuple(map(options.index, ballot)) for ballot in opened]
        good = ballots == sorted(ballots) and all(b and b == tuple(sorted(set(b))) for b in ballots)
        good = good and manifest["counting"] == "ward-priorities-counting/1" and len(options) <= 20
        require(good and seats <= 5, "The opened list is malformed, or its rules are unknown.")
        seed = bytes.fromhex(bundle["manifest_sha256"] + bundle["closing_commitment"])
        anew = Recount(options, seats, rule, sha256(seed).digest(), ballots)
        named = [options[place] for place in anew.ranking]
        ticks = {option: anew.ticks[place] for place, option in enumerate(options)}
        fair = {"ejr_plus": anew.certificate(False), "pjr_plus": anew.certificate(True)}
        true = "exact", rule, seats, named[:seats], ticks, named[seats:], anew.trace, fair
        same(result, dict(zip(FIELDS, true)), "The result")
        yield "PROVED", f"Counted anew by {rule}, the opened list gives exactly this result."
    yield "CHOSEN", "; ".join(texts[option] for option in result["chosen"] or ()) or "Not told."

def check_receipt(bundle, receipt):
    """Check that a receipt's promise is signed, and that it was kept."""
    promise, log, poll = receipt["promise"], bundle["log"], bundle["manifest"]
    origin, size, root, by = read_note(promise["note"], log["key"], "The receipt's promise")
    due, index, path = by[10:], promise["index"], [bytes.fromhex(x) for x in promise["path"]]
    inner, leaf = (index ^ int(size[:12]) - 1).bit_length(), bytes.fromhex(receipt["leaf_hash"])
    for height, step in enumerate(path):
        right = height >= inner or index >> height & 1
        leaf = node(step, leaf) if right else node(leaf, step)
    form = [inner + bin(index >> inner).count("1"), b64encode(leaf).decode(), promise["path"]]
    require(form == [len(path), root, [p.hex() for p in path]], "The promise is of another ballot.")
    require(origin == "ward-priorities/promises", "The receipt's promise is a head of some log.")
    facts = {"poll_id": poll["poll"], "round_id": poll["round"], "accepted": True, "in_log_by": due}
    same({name: receipt[name] for name in facts}, facts, "The receipt")
    heads = (head.split("\n") for head in log["heads"])
    times = [h[3][10:] for h in heads if receipt["leaf_hash"] in log["leaves"][:int(h[1])]]
    require([*times, "never"][0] <= due, "The receipt's ballot is not in the log, or came late.")
    yield "PROVED", f"The receipt's ballot was in the log by {times[0]}, as promised."

def check(bundle, known_key=None, older=(), receipt=None):
    """Yield what is proved and what is not, up to the first thing that is wrong."""
    require(bundle["format"] == "ward-priorities-bundle/2", "The bundle's format is unknown.")
    yield from check_log(bundle, known_key, older)
    yield from check_count(bundle)
    yield from check_receipt(bundle, receipt) if receipt is not None else ()
    parts = {name: part for name, part in bundle.items() if name != "note"}
    said = [f"{k} {sha256(canonical(parts[k]).encode()).hexdigest()}" for k in sorted(parts)]
    note = bundle["note"] and read_note(bundle["note"], bundle["log"]["key"], "The note")
    good = note == [f"ward-priorities/bundles/{bundle['manifest']['poll']}", *said]
    known = known_key or older or receipt  # the key has signed the latter two
    require(good or (not known and not note), "The bundle is not as the log's key has signed it.")
    yield "PROVED" if known else "NOT PROVED", "That the key you know has signed all of this."
    yield from (("NOT PROVED", sentence) for sentence in UNPROVED)

def main():
    """Check what the command line names, and say in plain words what came out."""
    parser = argparse.ArgumentParser(usage=__doc__)
    for name in ("bundle", "--receipt", "--older-head"):
        parser.add_argument(name, type=argparse.FileType(encoding="utf-8"))
    parser.add_argument("--log-key")
    asked = parser.parse_args()
    try:
        bundle, receipt = (file and read(file.read()) for file in (asked.bundle, asked.receipt))
        older = [asked.older_head.read()] if asked.older_head else []
        for verdict, sentence in check(bundle, asked.log_key, older, receipt):
            tell(verdict, sentence)
    except Exception as error:  # whatever the files hold, the answer is a sentence
        tell("WRONG", f"{error if type(error) is AssertionError else f'Malformed: {error!r}'}")
        raise SystemExit(1) from None
    print("NOTHING WRONG was found.")

if __name__ == "__main__":
    main()
