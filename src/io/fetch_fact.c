/*
 * fetch_fact - what a fetch comes to, as its caller and the log are told
 *
 * Knows no socket: all has happened. Of a look more is told than of a fetch:
 * bodies that are no policy, words of the head, the handshake.
 */
#include "io/fetch.h"

#include "io/fetch_int.h"

#define WORD_MAX 640 /* bytes of a value of the head, made printable */

/* has_body - is there one that is to be told? */
static bool
has_body(const struct httpresp *r)
{
	if (r->kind == HTTPRESP_TUNNEL || r->phase != HTTPRESP_OVER)
		return false;
	return r->end == FETCHFACT_OK ||
	    (r->head_end != FETCHFACT_OK && r->end == r->head_end);
}

/* word - a value of the head, printable; null when the head has none */
static const char *
word(struct buf *b, bool has, const char *value)
{
	if (!has)
		return NULL;
	buf_init(b, WORD_MAX);
	buf_printable(b, str_of(value), WORD_MAX);
	return b->p != NULL ? b->p : "";
}

/* add_look - what only a look is told; false when memory is short */
static bool
add_look(struct fetchfact *fact, struct fetch *fetch, struct fetch_words *words)
{
	const struct httpresp_head *h = &fetch->conn.resp.head;

	fact->connected = fetch->connected;
	fact->tls = fetch->tls;
	fact->type = word(&words->type, h->has_type, h->type);
	fact->location = word(&words->location, h->has_location, h->location);
	fact->hsts = word(&words->hsts, h->has_hsts, h->hsts);
	fact->cache_control =
	    word(&words->cache_control, h->has_cache_control, h->cache_control);
	return buf_error(&words->type) == MTASTS_OK &&
	    buf_error(&words->location) == MTASTS_OK &&
	    buf_error(&words->hsts) == MTASTS_OK &&
	    buf_error(&words->cache_control) == MTASTS_OK;
}

/* add_failure - why there is no policy */
static void
add_failure(struct fetchfact *fact, struct fetch *fetch)
{
	fact->end = fetch->end;
	fact->status = fetch->status;
	if (fetch->tried > 1)
		buf_putf(
		    &fetch->why, " (%u addresses were tried)", fetch->tried);
	fact->why = fetch->why.len > 0 ? fetch->why.p : "no reason is known";
}

struct fetchfact
fetch_fact(struct fetch *fetch, struct fetch_words *words)
{
	const struct httpresp *resp = &fetch->conn.resp;
	struct fetchfact fact = { .status = resp->status,
		.address = fetch->address,
		.why = "",
		.took_ms = loop_now_ms() - fetch->started_ms };
	bool whole = has_body(resp) && resp->end == FETCHFACT_OK;

	*words = (struct fetch_words){ 0 };
	/* A body that is whole makes earlier failures void. */
	if (whole && !fetch_has_proxy(fetch))
		ipnet_addr_text(&fetch->conn.addr, fetch->address);
	if (!whole)
		add_failure(&fact, fetch);
	if (has_body(resp))
		fact.body =
		    resp->body.p != NULL ? buf_str(&resp->body) : STR("");
	if (fetch->is_look && !add_look(&fact, fetch, words)) {
		fact.end = FETCHFACT_OURS;
		fact.why = "memory is short";
	}
	return fact;
}

void
fetch_words_free(struct fetch_words *words)
{
	buf_free(&words->type);
	buf_free(&words->location);
	buf_free(&words->hsts);
	buf_free(&words->cache_control);
}

void
fetch_log(const struct fetch *fetch, const struct fetchfact *fact)
{
	struct log_line line;

	if (fetch->f->log == NULL)
		return;
	log_begin(&line, fetch->f->log,
	    fact->end == FETCHFACT_OK ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO,
	    "fetch");
	log_cstr(&line, "host", fetch->host);
	log_cstr(&line, "end", fetchfact_end_name(fact->end));
	if (fact->status != 0)
		log_int(&line, "status", fact->status);
	if (fact->address[0] != '\0')
		log_cstr(&line, "address", fact->address);
	log_int(&line, "bytes", (int64_t)fact->body.len);
	log_int(&line, "ms", fact->took_ms);
	if (fact->why[0] != '\0')
		log_cstr(&line, "reason", fact->why);
	log_end(&line);
}
