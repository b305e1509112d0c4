/*
 * smtptalk - a whole dialogue with a server that is a text
 *
 * What the server says in one turn is a chunk; chunks are parted by '|'. The
 * first one comes at once, each further one after a line of ours, or after the
 * handshake, which always succeeds. What no one reads any more is dropped.
 */
#ifndef TESTS_SUPPORT_SMTPTALK_H
#define TESTS_SUPPORT_SMTPTALK_H

#include "core/smtpdlg.h"

#include <stdlib.h>

/* How the bytes of a server end. */
enum smtptalk_last { TALK_CLOSED = 0, TALK_LATE, TALK_OPEN };

struct smtptalk {
	struct smtpdlg d;
	struct buf sent; /* our lines */
	enum smtpdlg_step step;
};

/* smtptalk_piece - feed a copy of exactly these bytes, and send */
static inline void
smtptalk_piece(struct smtptalk *t, struct str piece)
{
	char *p = malloc(piece.len > 0 ? piece.len : 1);
	struct str rest = { p, piece.len };

	if (piece.len > 0)
		memcpy(p, piece.p, piece.len);
	do {
		t->step = smtpdlg_feed(&t->d, &rest);
		if (t->step == SMTPDLG_SEND)
			buf_put_str(&t->sent, smtpdlg_line(&t->d));
	} while (t->step == SMTPDLG_SEND);
	free(p);
}

/* smtptalk_chunk - one turn, in pieces of at most step bytes, cut at "cut" */
static inline void
smtptalk_chunk(struct smtptalk *t, struct str chunk, size_t step, size_t cut)
{
	size_t at = 0, len;

	while (at < chunk.len && t->step != SMTPDLG_OVER) {
		len = chunk.len - at < step ? chunk.len - at : step;
		if (at < cut && at + len > cut)
			len = cut - at;
		smtptalk_piece(t, str_sub(chunk, at, len));
		at += len;
	}
	if (t->step != SMTPDLG_TLS)
		return;
	t->step = smtpdlg_secured(&t->d);
	if (t->step == SMTPDLG_SEND)
		buf_put_str(&t->sent, smtpdlg_line(&t->d));
	t->step = SMTPDLG_MORE;
}

/*
 * smtptalk_run - all of it; release: smtptalk_free()
 *
 * step is the size of a piece, cut an offset where one ends in any case.
 */
static inline void
smtptalk_run(struct smtptalk *t, struct str text, enum smtptalk_last last,
    size_t step, size_t cut)
{
	struct str chunk, rest = text;
	size_t at;

	*t = (struct smtptalk){ 0 };
	smtpdlg_init(&t->d, "me.example");
	buf_init(&t->sent, 1000);
	while (rest.len > 0 && t->step == SMTPDLG_MORE) {
		at = (size_t)(rest.p - text.p);
		str_cut(rest, '|', &chunk, &rest);
		smtptalk_chunk(t, chunk, step, cut > at ? cut - at : 0);
	}
	if (t->step != SMTPDLG_MORE || last == TALK_OPEN)
		return;
	t->step = last == TALK_CLOSED ? smtpdlg_closed(&t->d)
				      : smtpdlg_late(&t->d, 30000);
}

/* smtptalk_same - did the way the bytes were parted change nothing? */
static inline bool
smtptalk_same(const struct smtptalk *whole, const struct smtptalk *parts)
{
	const struct smtpdlg *a = &whole->d, *b = &parts->d;

	/* How much of what is behind the consent is seen depends on it. */
	if (b->end == PROBEFACT_INJECTED)
		return a->end == PROBEFACT_INJECTED;
	/* Bytes are early only where they come together with a reply. */
	if (b->early && !a->early)
		return false;
	return whole->step == parts->step && a->state == b->state &&
	    a->end == b->end && a->greeting_code == b->greeting_code &&
	    a->ext_clear == b->ext_clear && a->ext_tls == b->ext_tls &&
	    str_eq(buf_str(&a->why), buf_str(&b->why)) &&
	    str_eq(buf_str(&a->greeting), buf_str(&b->greeting)) &&
	    str_eq(buf_str(&whole->sent), buf_str(&parts->sent));
}

/* smtptalk_free - release */
static inline void
smtptalk_free(struct smtptalk *t)
{
	smtpdlg_free(&t->d);
	buf_free(&t->sent);
}

#endif
