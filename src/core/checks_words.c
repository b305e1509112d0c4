/*
 * checks_words - the words of all checks, for people who never read the RFCs
 *
 * A check says what should be so (its title, which is also what is said when
 * it is so), why that matters, and when it is not looked at. Plain words, one
 * or two sentences. What can be found is not written here: the rules of the
 * rooms tell.
 *
 * RFC 8461, RFC 8460, RFC 7672.
 */
#include "core/checks_words.h"

#define PART(name, list)                                   \
	{                                                  \
		name, list, sizeof(list) / sizeof(*(list)) \
	}

/* Why checks are not looked at, where many share it. */
#define NO_RECORD "there is no record, or it could not be looked up"
#define NO_ANSWER "the policy host gave no answer to look at"
#define NO_FILE	  "no policy file came, or what came cannot be read"
#define NO_POLICY "there is no policy to compare with"
#define NO_MAIL	  "no mail server could be looked at"
#define NO_REPORT "the domain has no valid TLSRPT record"
#define NOT_OURS  "the domain is not in the registry here"

/* clang-format off */
static const struct check sts[] = {
{ "D01", "The record _mta-sts exists",
	"Senders look for this TXT record first. Without it they never fetch "
	"the policy file, however good that is.",
	"the lookup failed" },
{ "D02", "DNS answers for the record",
	"A sender that gets no answer cannot know of the policy. One that "
	"remembers it goes on using it; every other sends as if there were "
	"none.",
	"no answer came, and whose fault that is cannot be told from here" },
{ "D03", "There is exactly one record",
	"With two records a sender cannot tell which one counts, so none "
	"does.", NO_RECORD },
{ "D04", "Nothing else stands beside the record",
	"Senders drop other TXT records at this name, but some tools do not, "
	"and they mostly come from a wildcard or CNAME that reaches further "
	"than it should.", NO_RECORD },
{ "D05", "The record stands at its own name",
	"A record in the wrong place is never read: senders ask for "
	"_mta-sts in front of the mail domain and nowhere else.",
	NO_RECORD },
{ "D06", "The record is written to the letter",
	"A record with one character too many or too few counts as no record: "
	"the domain has MTA-STS only in the eyes of its administrator.",
	NO_RECORD },
{ "D07", "The record has an id",
	"The id tells senders that the policy has changed. A record without "
	"a good one does not count.", NO_RECORD },
{ "D08", "The other fields of the record are well formed",
	"Unknown fields do no harm as long as they follow the grammar; one "
	"that does not makes the whole record count as none.", NO_RECORD },
{ "D09", "No quotes and backslashes in the record",
	"They belong to the zone file, not to the text. Many web panels add "
	"their own, so that yours end up inside the record and break it.",
	NO_RECORD },
{ "D10", "A delegated record can be reached",
	"Where a provider keeps the record, a CNAME must lead to it. A name "
	"that DNS cannot hold leads nowhere.", NO_RECORD },
{ "D11", "All name servers give the same record, for a fair time",
	"Senders ask whichever name server they like. One with an old record "
	"keeps some of them on the old policy, and a long time to live keeps "
	"all of them from seeing a change.", NO_RECORD },
{ "D12", "The record is signed with DNSSEC",
	"MTA-STS works without DNSSEC. With it, nobody can hide the record "
	"from a sender that has never seen the policy.",
	"signatures cannot be checked from here, or there is no record" },
{ "D13", "The record has the id of the registry",
	"As long as DNS shows another id, senders do not learn that the "
	"policy has changed.", NOT_OURS },
{ "D14", "The policy and its id change together",
	"Senders fetch the policy again when they see a new id. If another "
	"text is served under it, they keep the wrong one.", NOT_OURS },
};

static const struct check host[] = {
{ "P01", "The policy host has an address",
	"Senders fetch the policy from mta-sts in front of the mail domain. "
	"Without a public address there is nothing to fetch it from.",
	"the domain has no MTA-STS record, or the lookup failed" },
{ "P02", "Every address of the policy host answers",
	"A sender picks one of the addresses, IPv6 often first. When that one "
	"is dead, it may have no policy although the others work.",
	NO_ANSWER },
{ "P03", "The policy host speaks TLS 1.2 or later",
	"Senders do not use older versions, so a host that knows nothing "
	"else has no policy for them.", NO_ANSWER },
{ "P04", "The policy host's certificate chain is trusted",
	"Senders trust the policy only because of the certificate. Browsers "
	"find a missing intermediate certificate by themselves, senders "
	"mostly do not.", NO_ANSWER },
{ "P05", "The certificate names the policy host",
	"A certificate counts only for the DNS names in it. The old common "
	"name is not looked at.", NO_ANSWER },
{ "P06", "The policy host's certificate does not end soon",
	"On the day it ends senders can no longer fetch the policy. Nobody "
	"sees it at the domain itself: mail still arrives, unprotected.",
	NO_ANSWER },
{ "P07", "Without a server name the certificate is right, too",
	"Senders name the host they want (SNI), as the standard demands. A "
	"host that needs it is fine, but tools that leave it out will show "
	"another certificate.", NO_ANSWER },
{ "P08", "The policy is answered with status 200",
	"Any other status means that there is no policy, whatever page comes "
	"with it.", NO_ANSWER },
{ "P09", "The policy is served without a redirect",
	"Senders must not follow redirects: whoever could plant one could "
	"plant a policy. Browsers follow them, so it looks right there.",
	NO_ANSWER },
{ "P10", "The policy is served as text/plain",
	"Many senders refuse a file of another type, since it may be a page "
	"that a visitor put there.", NO_ANSWER },
{ "P11", "The file is small",
	"A policy has a few hundred bytes. Senders stop reading at 64 "
	"kilobytes, some earlier, and a file that was cut is no policy.",
	NO_ANSWER },
{ "P12", "The policy host answers quickly",
	"Mail waits while the policy is fetched. Senders give up after a "
	"minute, many much earlier.", NO_ANSWER },
{ "P13", "The file is a policy",
	"Web servers like to answer with an error page, a login form or "
	"something compressed. Senders then have no policy, although the "
	"address works in a browser.", NO_ANSWER },
{ "P14", "Plain HTTP, HSTS and caching do not get in the way",
	"Senders use HTTPS only and ignore caching, so none of this breaks "
	"the policy. A cache in front of the host may serve an old one.",
	NO_ANSWER },
{ "P15", "Every address serves the same policy",
	"When two servers disagree, senders have one policy or the other by "
	"chance, and a change seems to come and go.", NO_ANSWER },
{ "P16", "Nothing says that the policy host's certificate is revoked",
	"A sender may refuse a certificate that its authority took back, and "
	"one that promises proof of being good and has none.", NO_ANSWER },
};

static const struct check file[] = {
{ "F01", "The file is plain text",
	"Bytes that no editor shows, such as a byte order mark, stand in "
	"front of the first word for a program. It then does not know the "
	"word.", NO_FILE },
{ "F02", "Lines end as they should",
	"A carriage return alone ends no line for most programs: they see "
	"the whole file as one long line.", NO_FILE },
{ "F03", "No empty and no indented lines",
	"The grammar has no blank lines and no blanks in front. Some senders "
	"are lenient, others stop reading there and miss what follows.",
	NO_FILE },
{ "F04", "Every line is a field",
	"A policy file has no comments and no headings, only lines of key, "
	"colon and value. Some senders refuse the whole file for one other "
	"line.", NO_FILE },
{ "F05", "The version is STSv1",
	"Senders must not use a policy of a version that they do not know, "
	"and they compare it letter by letter.", NO_FILE },
{ "F06", "The mode is testing, enforce or none",
	"The mode says what to do when a check fails. With any other word "
	"there, or none, senders have no policy and mail may go out in the "
	"clear.", NO_FILE },
{ "F07", "max_age is a number of seconds within a year",
	"It says for how long senders remember the policy. Without a number "
	"that they can read they have no policy.", NO_FILE },
{ "F08", "max_age is long enough to protect",
	"The memory is what protects against somebody who hides the policy "
	"from a sender. After a short time it is gone, and some large "
	"senders ignore policies of less than a day.",
	"max_age cannot be read" },
{ "F09", "The file names the MX hosts",
	"In modes testing and enforce a policy without mx would allow no "
	"host at all, so senders treat it as no policy.", NO_FILE },
{ "F10", "Each mx is one host name",
	"Senders compare it with the name in the MX record. A port, an "
	"address or a preference fits no name: in mode enforce, mail to such "
	"a host waits and then comes back.", NO_FILE },
{ "F11", "Wildcards are used as they work",
	"A * stands for exactly one label at the very left. Anywhere else it "
	"fits nothing; below a public suffix it fits hosts of strangers.",
	NO_FILE },
{ "F12", "No field is repeated",
	"Only the first of two counts. Which one was meant is a guess, and "
	"not all senders guess alike.", NO_FILE },
{ "F13", "Every key is known",
	"Senders pass over a key that they do not know. A misspelt one is "
	"passed over too, with all that it was to say.", NO_FILE },
{ "F14", "Nothing is left over from a template",
	"A placeholder is no value. In an mx line it names a host that is "
	"not yours; elsewhere it costs the whole policy.", NO_FILE },
{ "F15", "Keys are in lower case and version comes first",
	"A key with a capital is another key to a strict reader. The order "
	"is free, yet old readers expect the version in the first line.",
	NO_FILE },
};

static const struct check mx[] = {
{ "M01", "The domain has mail servers",
	"The policy speaks about the hosts in the domain's MX records. If "
	"they cannot be looked up, mail waits whatever the policy says.",
	"the lookup of the MX records failed" },
{ "M02", "Every MX host fits an mx line of the policy",
	"In mode enforce senders do not deliver to a host that no mx line "
	"fits. If it is the only one that answers, mail waits and then comes "
	"back.", NO_POLICY },
{ "M03", "Every mx line of the policy has an MX host",
	"A line that no host needs is mostly left from an old set-up. "
	"Whoever gets that name later may receive your mail.", NO_POLICY },
{ "M04", "Wildcards in the policy are not too wide",
	"A wildcard allows every host below that name. The wider it is, the "
	"more people can run a host that senders accept for you.",
	NO_POLICY },
{ "M05", "The policy suits the mail provider",
	"Large providers say which mx lines to publish. Those stay right "
	"when the provider moves its hosts.", NO_POLICY },
{ "M06", "MX records name hosts with addresses, each once",
	"An MX record must not point to an alias, and a host without an "
	"address only makes senders wait.", NO_MAIL },
};

static const struct check smtp[] = {
{ "S01", "Every MX host answers on port 25",
	"Mail to a host that cannot be reached waits for another one. A dead "
	"backup is noticed only on the day that it is needed.",
	"mail servers were not, or could not be, connected to from here" },
{ "S02", "Every MX host offers STARTTLS, and it works",
	"A policy in mode enforce forbids mail in the clear. A host without "
	"STARTTLS then gets no mail from senders that keep to it.",
	NO_MAIL },
{ "S03", "STARTTLS is steady and loses nothing",
	"Some firewalls take STARTTLS away, and some servers refuse it when "
	"busy. Every such moment is mail that waits.", NO_MAIL },
{ "S04", "The mail servers' TLS is up to date",
	"Senders that keep to a policy need TLS 1.2 or later. Old versions "
	"and weak ciphers beside it help whoever listens.", NO_MAIL },
{ "S05", "The mail servers' certificates are trusted",
	"With a policy in mode enforce, mail goes only to a server whose "
	"certificate leads to a public root. A missing intermediate "
	"certificate is enough to break it.", NO_MAIL },
{ "S06", "The mail servers' certificates name the MX hosts",
	"The certificate must hold the very name in the MX record. The name "
	"of the mail domain or of the machine does not count.", NO_MAIL },
{ "S07", "The mail servers' certificates last, with strong keys",
	"On the day a certificate ends, senders that keep to the policy stop "
	"delivering. Weak keys and signatures are refused by many already.",
	NO_MAIL },
{ "S08", "All addresses of an MX host show a valid certificate",
	"Senders use whichever address they like. One machine behind the "
	"name that was forgotten at the last renewal loses its share of the "
	"mail.", NO_MAIL },
{ "S09", "TLSA records fit the certificates",
	"Senders with DANE deliver only to a server whose certificate is "
	"named in its TLSA records. A wrong record stops their mail even "
	"when the MTA-STS policy is kept.", "no MX host has TLSA records" },
{ "S10", "TLSA records are signed with DNSSEC",
	"Without signatures anybody on the way could forge them, so senders "
	"must not use them: the work was in vain.",
	"no MX host has TLSA records, or signatures cannot be checked here" },
{ "S11", "All mail servers offer REQUIRETLS, or none does",
	"With it a sender can ask that one message never travels without "
	"verified TLS, on all of its way. Where only some hosts know it, such "
	"a message may come back.",
	NO_MAIL },
};

static const struct check rpt[] = {
{ "T01", "The record _smtp._tls exists and is well formed",
	"It asks senders for a daily report of what went wrong. Without it "
	"you learn of failing deliveries from people who miss their mail.",
	"the lookup failed" },
{ "T02", "Reports go to an address that works",
	"Reports can be sent by mail or by HTTPS only. An address that "
	"cannot be read means no reports from anybody.",
	"there is no TLSRPT record" },
{ "T03", "The web address for reports can be reached",
	"Senders post reports to it by HTTPS. Without an address or a valid "
	"certificate they are lost, and nobody is told. No report is sent to "
	"try it out.", "reports are not wanted by HTTPS" },
{ "T04", "The mail address for reports receives mail",
	"Reports to a domain without a mail server are lost. Those to the "
	"domain that they are about may be stopped by the very fault that "
	"they tell of.", "reports are not wanted by mail" },
{ "T05", "The report record stands at its own name",
	"Senders ask for _smtp._tls in front of the mail domain and nowhere "
	"else.", "the lookup failed" },
{ "T06", "A policy comes with reports",
	"Whoever enforces a policy without getting reports is blind when a "
	"certificate expires or an MX host moves.",
	"there is neither a policy nor DANE, or the lookup failed" },
};

static const struct check own[] = {
{ "O01", "The mode testing is left in good time",
	"In mode testing mail is delivered however insecure the way is. It "
	"is meant for the weeks in which reports show what would fail.",
	"there is no policy, or it is not known since when it is so" },
{ "O02", "A policy that goes away stays long enough",
	"Senders remember a policy until its max_age is over. Whoever takes "
	"everything down before leaves them with rules that nobody keeps.",
	"there is no policy" },
{ "O03", "A policy in mode testing could be enforced",
	"Once it is enforced, mail waits for every MX host that fits no mx or "
	"fails STARTTLS or its certificate check. All of them have to pass "
	"before, backups too.",
	"there is no policy in mode testing, or not all could be found out" },
{ "O04", "CAA records allow the certificate in use",
	"CAA records name the authorities that may issue certificates. If "
	"the one in use is not among them, the next renewal fails, and with "
	"it the policy.",
	"the CAA records or the certificate could not be seen" },
{ "O05", "Names below the domain that get mail have a policy",
	"A policy holds for one domain only, not for the names below it. "
	"Mail to those is unprotected unless they have their own.",
	"no name below the domain was looked at" },
{ "O06", "Certificates are renewed in time",
	"Programs renew a certificate when a third of its lifetime is left. "
	"One that is older tells that the renewal does not work, weeks before "
	"anybody's mail has to wait for it.",
	"no certificate was seen" },
{ "O07", "Large senders take the policy as it is meant",
	"Senders differ in how strictly they read and how long they "
	"remember. What is at the edge of the standard works with some of "
	"them only.", "there is no policy" },
};

static const struct check expect[] = {
{ "X01", "The policy is in the expected mode",
	"Whoever watches a domain knows in which mode it should be. A policy "
	"that has quietly become another, or none, is found at once.",
	"no mode was expected" },
};

const struct checks_part checks_parts[CHECKS_PARTS] = {
	PART("The TXT record _mta-sts", sts),
	PART("The policy host and what it serves", host),
	PART("The policy file", file),
	PART("The MX records", mx),
	PART("The mail servers", smtp),
	PART("The TXT record _smtp._tls and the addresses for reports", rpt),
	PART("Around the policy", own),
	PART("What was expected", expect),
};
/* clang-format on */
