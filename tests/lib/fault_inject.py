"""A stranger's policy, record and MX names try to get into the replies."""

import sys

from faultlab import *  # noqa: F403

# What no stranger may bring into a reply.
EVIL = "evil"
BODY = ("version: STSv1\r\nmode: enforce\r\nmx: mx.%s\r\n%s\r\n"
        "max_age: 86400\r\n")
# A line of the policy beside good ones.
LINES = {
    "match": "mx: a.evil match=evil.test",
    "comma": "mx: evil.test,match=evil.test",
    "colon": "mx: evil.test:evil.org",
    "file": "mx: evil.test tafile=/etc/evil.pem",
    "braces": "mx: evil.test } { policy_string = evil",
    "newline": "mx: evil.x_y!\nmx: evil tafile=evil",
    "cr": "mx: x.test\revil: y",
    "netstring": "mx: x.test,17:OK secure match=evil,",
    "percent": "mx: evil%0Atest",
    "key": "evil match: x }\r\nevil_tafile: { x = y }",
    "extension": "evil: x } servername=evil tafile=/evil match=evil",
    "level": "mx: evil.test servername=evil",
    "quote": "mx: \"evil\"",
    "high": "mx: \xe9vil.evil",
    "escape": "mx: \x1b[31mevil",
    "wide": "mx: *",
    "suffix": "mx: .evil",
    "star": "mx: *.*.evil",
    "long": "mx: " + "evil" * 100,
    "many": "\r\n".join("mx: }%d.evil{" % i for i in range(900)),
    "id": "id: evil } tafile=evil",
    "twice": "mode: none evil",
}
# Records: the id, and what stands beside it.
RECORDS = {
    "id-blank": "v=STSv1; id=1 match=evil;",
    "id-brace": "v=STSv1; id=1}evil{;",
    "id-high": "v=STSv1; id=\xff\xfeevil;",
    "id-newline": "v=STSv1; id=1\nevil;",
    "id-nul": "v=STSv1; id=1\0evil;",
    "id-long": "v=STSv1; id=" + "evil" * 20 + ";",
    "field": "v=STSv1; id=1; evil={evil}:match;",
}
# Names of MX hosts, as DNS can hold them; the last one is good.
HOSTS = ["a b.%s", "match=evil.%s", "x\\.evil.%s", "evil\n.%s", "{evil}.%s",
         "\xff\xfeevil.%s", "evil:evil.%s", "evil,evil.%s", "evil%%41.%s",
         "\x1b[2Jevil.%s", "\0evil.%s", "*.%s"]
DIALECTS = ["QUERYwithTLSRPT", "QUERY", "postfix", "sts"]
check = Checks()


def clean(what, reply):
    """No byte that ends or begins anything, nothing of the stranger's."""
    check.that(EVIL not in reply, what + ": nothing of it", reply)
    check.that(all(" " <= c <= "~" for c in reply), what + ": bytes", reply)


def plain(what, reply, key):
    """The reply is the one of the good part alone."""
    words = reply.split(" ")
    check.that(words[:3] == ["OK", "secure", "match=mx." + key], what, reply)
    check.that(words[3] == "servername=hostname", what, reply)
    check.that("tafile" not in reply.partition(" { policy_string")[0], what,
               reply)


# REQ: TXT-3 POL-7 POL-11
def policies(d):
    for name in LINES:
        key = name + ".line.test"
        for dialect in DIALECTS:
            reply, _ = d.ask(dialect, key)
            what = "%s, %s" % (name, dialect)
            if dialect == "QUERYwithTLSRPT":
                # The text of the policy may stand there: what Postfix can
                # quote in its report, between its own braces.
                head, _, rest = reply.partition(" { policy_string = ")
                clean(what, head)
                check.that(all(" " <= c <= "~" for c in rest), what, rest)
                for part in rest.split(" { policy_string = ") if rest else []:
                    check.that(part.count("{") == 0 and
                               part.count("}") == 1 and
                               part.endswith(" }"), what, part)
                check.that("tafile=/" not in head, what, head)
            else:
                clean(what, reply)
            if reply.startswith("OK"):
                plain(what, reply, key)
            else:
                check.that(reply == "NOTFOUND ", what, reply)


def other_protocols(d):
    """tcp_table and the line protocol, each reply one line."""
    for name in LINES:
        key = name + ".line.test"
        for request in ("get %s\n", "mode %s\n", "mx %s mx.evil\n"):
            asker = Asker(("127.0.0.1", TCP))
            asker.sock.sendall((request % key).encode())
            got = asker.sock.recv(65536).decode("latin-1")
            asker.close()
            what = "%s, %s" % (name, request.split()[0])
            if request.startswith("mx"):
                continue_ = got.replace("mx.evil", "")
                clean(what, continue_.rstrip("\n"))
            else:
                clean(what, got.rstrip("\n"))
            check.that(got.count("\n") <= 1, what, got)


# REQ: TXT-3 TXT-8
def records(d):
    for name in RECORDS:
        key = name + ".record.test"
        for dialect in DIALECTS:
            reply, _ = d.ask(dialect, key)
            clean("%s, %s" % (name, dialect), reply)
            wanted = "OK secure" if name == "field" else "NOTFOUND "
            check.that(reply.startswith(wanted), name, reply)


def hosts(d):
    """Odd MX names: with and without a wildcard that would fit them."""
    for key in ("named.host.test", "wild.host.test"):
        for dialect in DIALECTS:
            reply, _ = d.ask(dialect, key)
            what = "%s, %s" % (key, dialect)
            clean(what, reply.partition(" { policy_string")[0])
            check.that(reply.startswith("OK secure match="), what, reply)
            names = reply.split("match=")[1].split(" ")[0].split(":")
            check.that(set(names) <= {"mx." + key, "." + key}, what, names)
    # Nothing but odd names: none that fits, and still nothing of them.
    for dialect in DIALECTS:
        reply, _ = d.ask(dialect, "odd.host.test")
        clean("odd, " + dialect, reply)
        check.that(reply.startswith("TEMP "), "odd, " + dialect, reply)


def main():
    w = world()
    for name, line in LINES.items():
        key = name + ".line.test"
        w.domain(key, policy=BODY % (key, line))
    for name, text in RECORDS.items():
        key = name + ".record.test"
        w.domain(key)
        w.rr("_mta-sts." + key, "TXT", text)
    for key in ("named.host.test", "wild.host.test", "odd.host.test"):
        w.domain(key, policy=BODY % (key, "mx: *." + key)
                 if key.startswith("wild") else None)
        odd = ["%d %s" % (i + 20, h % key) for i, h in enumerate(HOSTS)]
        w.rr(key, "MX", *odd, *(["10 mx." + key]
                                if key != "odd.host.test" else []))
    d = Daemon().start()
    policies(d)
    other_protocols(d)
    records(d)
    hosts(d)
    log = d.log()
    check.that(all(c == "\n" or " " <= c <= "~" for c in log),
               "the log is clean", [c for c in log if not " " <= c <= "~"
                                    and c != "\n"][:10])
    for key in ("match.line.test", "odd.host.test", "id-nul.record.test"):
        code, text = d.mtasts("query", key)
        check.that("\x1b" not in text and "\0" not in text and code in (0, 1),
                   "query " + key, text)
    check.that(d.stop() == 0, "ends in order", d.log()[-2000:])
    return check.end()


if __name__ == "__main__":
    sys.exit(main())
