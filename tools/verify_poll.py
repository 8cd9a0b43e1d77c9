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
import sys
from base64 import b64decode, b64encode
from collections import Counter
from fractions import Fraction
from functools import lru_cache, reduce
from hashlib import sha256, sha512
from itertools import accumulate, combinations

UNPROVED = """\
NOT PROVED  That the opened list is what the sealed ballots said: only an auditor can open these.
NOT PROVED  That each ballot came from one resident, and was sealed as its voter meant it.
NOT PROVED  That nobody was told how to vote. Who was may vote again, and nothing here shows it.
NOT PROVED  That others see the same: compare the manifest's hash and the last head with theirs.
NOTHING WRONG was found."""

def require(holds, sentence):
    """Stop with a sentence unless something holds."""
    if not holds:
        raise AssertionError(sentence)

# Ed25519 (RFC 8032): the field, the order of the base point, the curve, and two points of it.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ZERO, BASE = -121665 * pow(121666, -1, P) % P, (0, 1, 1, 0), b"\x58" + b"\x66" * 31

def add(a, b):
    """Add two points of the curve, in extended coordinates (section 5.1.4)."""
    m, n = (a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0])
    c, d = 2 * a[3] * b[3] * D, 2 * a[2] * b[2]
    e, f, g, h = (n - m) % P, (d - c) % P, (d + c) % P, (n + m) % P
    return e * f % P, g * h % P, f * g % P, e * h % P

@lru_cache(maxsize=8)
def doubled(data):
    """Return the point that 32 bytes stand for, times 1, 2, 4, 8, ...; one key signs many heads."""
    y, odd = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    x = x if x % 2 == odd else P - x
    return list(accumulate(range(252), lambda p, _: add(p, p), initial=(x, y, 1, x * y % P)))

def read_note(note, vkey, which):
    """Return the lines of a text signed by the key "name+id+base64" (C2SP signed-note)."""
    name, text = vkey.partition("+")[0], note.partition("\n\n")[0]
    key, seal = b64decode(vkey[len(name) + 10:]), b64decode(note[len(text + name) + 5:])
    number = sha256(f"{name}\n".encode() + key).digest()[:4]
    form = [vkey == f"{name}+{number.hex()}+{b64encode(key).decode()}", len(key), key[:1]]
    require(form == [True, 33, b"\x01"], "The log's key is malformed.")
    form = [note == f"{text}\n\n\u2014 {name} {b64encode(seal).decode()}\n", len(seal), seal[:4]]
    require(form == [True, 68, number], f"{which} is malformed, or signed by another key.")
    s, h = int.from_bytes(seal[36:], "little"), sha512(seal[4:36] + key[1:] + f"{text}\n".encode())
    h, total = int.from_bytes(h.digest(), "little") % L, ZERO
    for factor, points in (s, doubled(BASE)), (L - h, doubled(key[1:])):
        total = reduce(add, (p for place, p in enumerate(points) if factor >> place & 1), total)
    x, y = (total[i] * pow(total[2], -1, P) % P for i in (0, 1))  # of s times base - h times key
    good = s < L and seal[4:36] == (y | (x & 1) << 255).to_bytes(32, "little")
    require(good, f"{which} is not signed by the log's key.")
    return text.split("\n")

def node(left, right):
    """Return the hash above two hashes of the log (RFC 9162, section 2.1)."""
    return sha256(b"\x01" + left + right).digest()

def roots_of(leaves):
    """Return the root of the first 0, 1, 2, ... leaves."""
    roots, peaks = [sha256().digest()], []
    for size, leaf in enumerate(leaves, 1):
        peaks.append(leaf)
        while size % 2 == 0:
            peaks[-2:], size = [node(*peaks[-2:])], size // 2
        roots.append(reduce(lambda right, left: node(left, right), peaks[::-1]))
    return roots

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
        if rule == "pav" and left:
            self.take("gain", self.best_group(left, min(seats, len(left))))
        self.take(LAST_STAGE[rule], left)

    def take(self, stage, among, most=20):
        """Take the best option of some, then the next best, as long as one can bid."""
        bid_of, best_of, after = STAGES[stage]
        for _ in range(most):
            held = {option: Counter() for option in among if option not in self.ranking}
            for ballot, n in self.weights.items():
                for option in held.keys() & set(ballot):
                    held[option][self.holds[ballot]] += n
            bids = {(o,): bid for o, n in held.items() if (bid := bid_of(n.items())) is not None}
            if not bids:
                return
            winner = self.note(stage, bids, best := best_of(bids.values()))[0]
            self.ranking.append(winner)
            for ballot in (ballot for ballot in self.weights if winner in ballot):
                self.holds[ballot] = after(self.holds[ballot], best)

    def note(self, stage, bids, best):
        """Write a step down, and return the earliest drawn of what bid best."""
        tied = [group for group, bid in bids.items() if bid == best]
        tied.sort(key=lambda group: sorted(self.draw[option] for option in group))
        named = [[self.options[option] for option in group] for group in tied[:12]]
        self.trace.append({"stage": stage, "options": named[0], "amount": ratio(best),
                           "tied": named if len(named) > 1 else []})
        return tied[0]

    def best_group(self, left, size):
        """Return the group of the best PAV score: 1 + 1/2 + ... + 1/g from who ticked g of it."""
        # That is 1 for each tick in it, less 1/2 for each pair, plus 1/3 for each three, and so on.
        worth, scores, sizes = Counter(), {}, range(1, size + 1)
        for ballot, n in self.weights.items():
            worth.update({part: n for m in sizes for part in combinations(ballot, m)})
        for group in combinations(left, size):
            shared = {m: sum(worth[part] for part in combinations(group, m)) for m in sizes}
            scores[group] = sum(Fraction(n, m if m % 2 else -m) for m, n in shared.items())
        return self.note("group", scores, max(scores.values()))

    def certificate(self, together):
        """Return the best claim of each unchosen option by EJR+ or PJR+ (Brill, Peters 2023)."""
        # Level x voters / seats are owed one more if each (PJR+: together) got fewer than `level`.
        chosen, claims = frozenset(self.ranking[:self.seats]), []
        for option in sorted(set(range(len(self.options))) - chosen):
            got, tries = Counter(), []
            for ballot, n in self.weights.items():
                got[chosen & set(ballot)] += n if option in ballot else 0
            for level in range(1, self.seats + 1):
                due = Fraction(self.voters * level, self.seats)
                parts = map(set, combinations(chosen, min(level - 1, len(chosen))))
                size = max(sum(n for g, n in got.items() if (
                    g <= part if together else len(g) < level)) for part in parts)
                tries.append(((due - size) / due if due else Fraction(1), level, size, due))
            distance, level, size, due = min(tries)
            claims.append((distance, option, {"option": self.options[option], "level": level,
                                              "group": ratio(size), "threshold": ratio(due)}))
        claims.sort(key=lambda claim: claim[:2])
        return {"satisfied": all(c[0] > 0 for c in claims), "claims": [c[2] for c in claims]}

def ratio(value):
    """Write an exact number as the bundle does."""
    return f"{value.numerator}/{value.denominator}"

def canonical(document):
    """Return the one way to write a document: UTF-8 JSON, sorted keys, no spaces."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

def same(given, expected, what):
    """Require what is given to have these fields with these values, and no other."""
    for name in sorted({*given, *expected}):
        told, ought = (canonical(side.get(name, "nothing")) for side in (given, expected))
        require(told == ought, f"{what}: {name} is {told[:200]}, and should be {ought[:200]}.")

def check_log(bundle, known_key, older):
    """Check the manifest, the log, its signed heads and its covers."""
    manifest, log, digest = bundle["manifest"], bundle["log"], bundle["manifest_sha256"]
    leaves, poll = [bytes.fromhex(leaf) for leaf in log["leaves"]], manifest["poll"]
    require(sha256(canonical(manifest)).hexdigest() == digest, "The manifest has another hash.")
    require(log["key"] == manifest["log_key"], "The log has another key than its manifest names.")
    require(known_key in {None, log["key"]}, "The log has another key than the one you know.")
    yield f"The question, options, seats and rule are those of the manifest with SHA-256 {digest}."
    require([x.hex() for x in dict.fromkeys(leaves)] == log["leaves"], "A leaf stands there twice.")
    roots, heads = roots_of(leaves), [(0, "")]
    for number, note in enumerate([*older, *log["heads"]], 1 - len(older)):
        which = f"Head {number}" if number else "The older head"
        origin, size, root, time = read_note(note, log["key"], which)
        require(origin == f"ward-priorities/polls/{poll}", f"{which} is of another log.")
        n = int(size[:12])
        good = n < len(roots) and (size, root) == (str(n), b64encode(roots[n]).decode())
        require(good, f"{which} is not the head of the log's first {n} leaves.")
        require(heads[-1] <= (n, time) or not number, f"{which} is older than the one before it.")
        heads += [(n, time)] if number else []
    require(heads[-1][0] == len(leaves), "The last head does not hold the whole log.")
    require(bundle["closing_commitment"] == roots[-1].hex(), "The commitment is not the last root.")
    yield f"The log of {len(leaves)} leaves only ever grew, through {len(heads) - 1} signed heads."
    places = {str(place): leaf for place, leaf in enumerate(leaves)}
    for place, nonce in (log["cover"] or {}).items():
        raw = bytes.fromhex(poll.replace("-", "") + nonce)
        good = places.get(place) == sha256(b"\0cover" + raw).digest() and raw[16:].hex() == nonce
        require(good, f"Leaf {place} is not the cover that it is said to be.")

def check_count(bundle):
    """Check the numbers against each other, and count the poll again."""
    manifest, log, counts, opened = (bundle[k] for k in ("manifest", "log", "counts", "opened"))
    lists = {name: part for name, part in {**log, "opened": opened}.items() if name != "key"}
    true = {name: counts[name] for name in (*lists, "current", "superseded", "quarantined")}
    true.update((name, len(told)) for name, told in lists.items() if told is not None)
    true["current"] = None if true["opened"] is None else true["opened"] + true["quarantined"]
    if log["cover"] is not None:
        true["superseded"] = true["leaves"] - true["cover"] - true["current"]
    same(counts, true, "The counts")
    told = {name: number for name, number in sorted(true.items()) if number is not None}
    require(min(told.values()) >= 0, "There are more ballots than leaves of ballots.")
    yield f"The numbers agree: {', '.join(f'{name} {told[name]}' for name in told)}."
    if opened is None:
        print("NOT PROVED  That the result is right: the opened list is not shown to everybody.")
        return
    options, seats = [option["id"] for option in manifest["options"]], manifest["seats"]
    ballots = [tuple(map(options.index, ballot)) for ballot in opened]
    good = ballots == sorted(ballots) and all(b and b == tuple(sorted(set(b))) for b in ballots)
    require(good, "The opened list is not in its order, or a ballot is empty or repeats an option.")
    good = manifest["counting"] == "ward-priorities-counting/1" and len(options) <= 20
    require(good and seats <= 5, "The rules of the count, or so many options, are unknown.")
    seed = sha256(bytes.fromhex(bundle["manifest_sha256"] + bundle["closing_commitment"])).digest()
    anew = Recount(options, seats, manifest["rule"], seed, ballots)
    named = [options[place] for place in anew.ranking]
    same(bundle["result"], {
        "disclosure": "exact", "rule": manifest["rule"], "seats": seats, "trace": anew.trace,
        "chosen": named[:seats], "reserves": named[seats:],
        "approvals": {option: anew.ticks[place] for place, option in enumerate(options)},
        "certificates": {"ejr_plus": anew.certificate(False), "pjr_plus": anew.certificate(True)},
    }, "The result")
    yield f"Counted anew by the rule {manifest['rule']}, the opened list gives exactly this result."

def check_receipt(bundle, receipt):
    """Check that a receipt's promise is signed, and that it was kept."""
    promise, log, leaf = receipt["promise"], bundle["log"], bytes.fromhex(receipt["leaf_hash"])
    origin, size, root, by = read_note(promise["note"], log["key"], "The receipt's promise")
    index, path = promise["index"], [bytes.fromhex(step) for step in promise["path"]]
    inner = (index ^ int(size[:12]) - 1).bit_length()
    for height, step in enumerate(path):
        right = height < inner and not index >> height & 1
        leaf = node(leaf, step) if right else node(step, leaf)
    form = [inner + bin(index >> inner).count("1"), b64encode(leaf).decode(), promise["path"]]
    require(form == [len(path), root, [p.hex() for p in path]], "The promise is of another ballot.")
    require(origin == "ward-priorities/promises", "The receipt's promise is a head of some log.")
    facts = {"in_log_by": by[10:], "accepted": True}  # after "in log by "
    facts.update(poll_id=bundle["manifest"]["poll"], round_id=bundle["manifest"]["round"])
    same({name: receipt[name] for name in facts}, facts, "The receipt")
    place = next((i for i, x in enumerate(log["leaves"]) if x == receipt["leaf_hash"]), -1)
    require(place >= 0, "The ballot of the receipt is not in the log.")
    since = next(h.split("\n")[3][10:] for h in log["heads"] if int(h.split("\n")[1]) > place)
    require(since <= facts["in_log_by"], f"The receipt's ballot was late in the log, at {since}.")
    yield f"The receipt's ballot is leaf {place} of the log, and was there by {since}, as promised."

def check(bundle, known_key=None, older=(), receipt=None):
    """Yield what is proved, sentence by sentence, up to the first thing that is wrong."""
    require(bundle["format"] == "ward-priorities-bundle/1", "The bundle's format is unknown.")
    require(len(bundle) == 10 and len(bundle["log"]) == 4, "The bundle has other fields as well.")
    for why, part in {"opened": bundle["opened"], "counts": bundle["log"]["cover"]}.items():
        require((part is None) == bool(bundle[f"{why}_withheld"]), f"{why}: told and withheld.")
    yield from check_log(bundle, known_key, older)
    yield from check_count(bundle)
    yield from check_receipt(bundle, receipt) if receipt is not None else ()

def main():
    """Check what the command line names, and say in plain words what came out."""
    parser = argparse.ArgumentParser(usage=__doc__)
    for name in ("bundle", "--receipt", "--older-head"):
        parser.add_argument(name, type=argparse.FileType(encoding="utf-8"))
    parser.add_argument("--log-key")
    asked = parser.parse_args()
    try:
        bundle, receipt = json.load(asked.bundle), asked.receipt and json.load(asked.receipt)
        older = [asked.older_head.read()] if asked.older_head else []
        for sentence in check(bundle, asked.log_key, older, receipt):
            print("PROVED     ", sentence)
    except Exception as error:  # whatever the files hold, the answer is a sentence
        form = "" if type(error) is AssertionError else f"Malformed: {type(error).__name__}: "
        print(f"WRONG       {form}{error}"[:400])
        sys.exit(1)
    print(*filter(None, (bundle["counts_withheld"], bundle["opened_withheld"], UNPROVED)), sep="\n")

if __name__ == "__main__":
    main()
