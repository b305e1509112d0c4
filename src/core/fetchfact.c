/*
 * fetchfact - what one fetch of a policy told
 *
 * RFC 8461 sections 3.2 and 3.3, RFC 8460 section 4.3, RFC 9110 sections 8.3
 * and 8.4. Words for the outcomes, and the one judgement that needs no
 * connection: may the body behind this head be read as a policy? Knows no
 * HTTP library and no policy.
 */
#include "core/fetchfact.h"

#include "base/arena.h"
#include "base/diag.h"

#include <stdio.h>

#define SCRATCH_LEN 200
#define KEEP_MAX    (128u << 10) /* a body of 64 KiB and some texts */

/* Indexed by the outcome. */
static const char *const end_names[FETCHFACT_ENDS] = {
	[FETCHFACT_OK] = "ok",
	[FETCHFACT_DNS] = "dns",
	[FETCHFACT_NO_ADDRESS] = "no-address",
	[FETCHFACT_PRIVATE] = "private",
	[FETCHFACT_CONNECT] = "connect",
	[FETCHFACT_TIMEOUT] = "timeout",
	[FETCHFACT_PROXY] = "proxy",
	[FETCHFACT_TLS] = "tls",
	[FETCHFACT_CERT_EXPIRED] = "cert-expired",
	[FETCHFACT_CERT_NAME] = "cert-name",
	[FETCHFACT_CERT_UNTRUSTED] = "cert-untrusted",
	[FETCHFACT_STATUS] = "status",
	[FETCHFACT_REDIRECT] = "redirect",
	[FETCHFACT_TYPE] = "type",
	[FETCHFACT_ENCODING] = "encoding",
	[FETCHFACT_TOO_LARGE] = "too-large",
	[FETCHFACT_CUT] = "cut",
	[FETCHFACT_HTTP] = "http",
	[FETCHFACT_POLICY] = "policy",
	[FETCHFACT_OURS] = "ours",
};

/* keep_text - a copy; null stays null; false when memory is short */
static bool
keep_text(struct arena *arena, const char **text)
{
	if (*text == NULL)
		return true;
	*text = arena_dup(arena, str_of(*text));
	return *text != NULL;
}

/* keep_all - copies of all that a fact borrows, but for the handshake */
static bool
keep_all(struct fetchfact *kept, struct arena *arena)
{
	if (kept->body.p != NULL) {
		kept->body.p = arena_dup(arena, kept->body);
		if (kept->body.p == NULL)
			return false;
	}
	return keep_text(arena, &kept->why) &&
	    keep_text(arena, &kept->address) && keep_text(arena, &kept->type) &&
	    keep_text(arena, &kept->location) &&
	    keep_text(arena, &kept->hsts) &&
	    keep_text(arena, &kept->cache_control);
}

struct fetchfact *
fetchfact_keep(const struct fetchfact *fact)
{
	struct arena *arena = arena_new(KEEP_MAX);
	struct fetchfact *kept;

	if (arena == NULL)
		return NULL;
	kept = arena_alloc(arena, sizeof(*kept));
	if (kept != NULL)
		*kept = *fact;
	if (kept == NULL || !keep_all(kept, arena)) {
		arena_free(arena);
		return NULL;
	}
	if (fact->tls != NULL)
		kept->tls = tlsfact_hold(fact->tls);
	kept->arena = arena;
	return kept;
}

void
fetchfact_free(struct fetchfact *fact)
{
	if (fact == NULL)
		return;
	tlsfact_free(fact->tls);
	arena_free(fact->arena);
}

const char *
fetchfact_end_name(enum fetchfact_end end)
{
	if ((unsigned)end >= FETCHFACT_ENDS)
		return "?";
	return end_names[end];
}

const char *
fetchfact_result_type(enum fetchfact_end end)
{
	switch (end) {
	case FETCHFACT_OK:
	case FETCHFACT_OURS:
	case FETCHFACT_ENDS:
		return NULL;
	case FETCHFACT_CERT_EXPIRED:
	case FETCHFACT_CERT_NAME:
	case FETCHFACT_CERT_UNTRUSTED:
		return "sts-webpki-invalid";
	case FETCHFACT_POLICY:
		return "sts-policy-invalid";
	default:
		/* The host was not reached, or what came was not the file. */
		return "sts-policy-fetch-error";
	}
}

/* is_text_plain - type and subtype; what stands behind ";" is of no matter */
static bool
is_text_plain(struct str value)
{
	struct str type;

	str_cut(value, ';', &type, NULL);
	return str_eq_nocase(str_trim(type), STR("text/plain"));
}

/* judge_status - only 200 holds a policy, and redirects are not followed */
static enum fetchfact_end
judge_status(int status, char scratch[SCRATCH_LEN], const char **why)
{
	*why = scratch;
	if (status >= 300 && status <= 399) {
		snprintf(scratch, SCRATCH_LEN,
		    "the answer is a redirect (status %d), which may not be "
		    "followed",
		    status);
		return FETCHFACT_REDIRECT;
	}
	snprintf(
	    scratch, SCRATCH_LEN, "the answer has status %d, not 200", status);
	return FETCHFACT_STATUS;
}

/* judge_type - the media type, when it is not the one of a policy */
static enum fetchfact_end
judge_type(const struct fetchfact_head *head, char scratch[SCRATCH_LEN],
    const char **why)
{
	struct diag_quote type;

	if (head->several_content_types) {
		*why = "the answer has several Content-Type fields";
	} else if (head->content_type.p == NULL) {
		*why = "the answer has no Content-Type";
	} else {
		snprintf(scratch, SCRATCH_LEN,
		    "the media type is \"%.120s\", not text/plain",
		    diag_quote(&type, head->content_type));
		*why = scratch;
	}
	return FETCHFACT_TYPE;
}

/* is_identity - no content coding, said or unsaid */
static bool
is_identity(struct str coding)
{
	coding = str_trim(coding);
	return coding.len == 0 || str_eq_nocase(coding, STR("identity"));
}

enum fetchfact_end
fetchfact_judge(const struct fetchfact_head *head, char scratch[SCRATCH_LEN],
    const char **why)
{
	struct diag_quote coding;

	*why = "";
	if (head->status != 200)
		return judge_status(head->status, scratch, why);
	if (head->several_content_types || !is_text_plain(head->content_type))
		return judge_type(head, scratch, why);
	if (is_identity(head->content_encoding))
		return FETCHFACT_OK;
	snprintf(scratch, SCRATCH_LEN,
	    "the body is coded as \"%.100s\", which was not asked for",
	    diag_quote(&coding, head->content_encoding));
	*why = scratch;
	return FETCHFACT_ENCODING;
}
