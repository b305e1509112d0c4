/*
 * probefact.c - what a mail server showed at one of its addresses: words
 *
 * RFC 5321, RFC 3207. Names and ownership; knows no connection.
 */
#include "core/probefact.h"

#include "base/arena.h"

/* Indexed by the outcome. */
static const char *const end_names[PROBEFACT_ENDS] = {
	[PROBEFACT_OK] = "ok",
	[PROBEFACT_OURS] = "ours",
	[PROBEFACT_UNREACHABLE] = "unreachable",
	[PROBEFACT_REFUSED] = "refused",
	[PROBEFACT_TIMEOUT] = "timeout",
	[PROBEFACT_SILENT] = "silent",
	[PROBEFACT_BUSY] = "busy",
	[PROBEFACT_REJECTED] = "rejected",
	[PROBEFACT_NO_SMTP] = "no-smtp",
	[PROBEFACT_EHLO] = "ehlo",
	[PROBEFACT_CLOSED] = "closed",
	[PROBEFACT_NO_STARTTLS] = "no-starttls",
	[PROBEFACT_STARTTLS_LATER] = "starttls-later",
	[PROBEFACT_STARTTLS_NEVER] = "starttls-never",
	[PROBEFACT_INJECTED] = "injected",
	[PROBEFACT_TLS] = "tls",
	[PROBEFACT_TLS_LATE] = "tls-late",
	[PROBEFACT_AFTER_TLS] = "after-tls",
};

struct probefact *
probefact_hold(struct probefact *fact)
{
	fact->holders++;
	return fact;
}

void
probefact_free(struct probefact *fact)
{
	if (fact == NULL)
		return;
	if (fact->holders > 0) {
		fact->holders--;
		return;
	}
	tlsfact_free(fact->tls);
	arena_free(fact->arena);
}

const char *
probefact_end_name(enum probefact_end end)
{
	return (unsigned)end < PROBEFACT_ENDS ? end_names[end] : "?";
}

bool
probefact_talked(const struct probefact *fact)
{
	return fact->end == PROBEFACT_OK || fact->end > PROBEFACT_SILENT;
}
