/*
 * fuzz_smtpdlg - a mail server's side of the STARTTLS dialogue
 *
 * The first byte says how the input is parted and ends; '|' parts the turns of
 * the server. Holds: the outcome does not depend on the parting; it comes to an
 * end with a reason that is printable; we say only what a client says.
 */
#include "fuzz.h"

#include "../tests/support/smtptalk.h"

/* printable - no byte that could harm a terminal */
static bool
printable(const struct buf *b)
{
	size_t i;

	for (i = 0; i < b->len; i++)
		if ((unsigned char)b->p[i] < ' ')
			return false;
	return true;
}

/* check - what must hold whenever it is over */
static void
check(const struct smtptalk *t)
{
	static const char all[] =
	    "EHLO me.example\r\nSTARTTLS\r\nEHLO me.example\r\nQUIT\r\n";
	const struct smtpdlg *d = &t->d;

	require(str_starts(str_of(all), buf_str(&t->sent)));
	require(d->line.len <= SMTPDLG_LINE_MAX + 1);
	require(printable(&d->why) && printable(&d->greeting));
	require(d->greeting_code == 0 ||
	    (d->greeting_code >= 200 && d->greeting_code <= 599));
	if (t->step != SMTPDLG_OVER)
		return;
	require(d->state == SMTPDLG_ENDED);
	require((unsigned)d->end < PROBEFACT_ENDS);
	require((d->end == PROBEFACT_OK) == (d->why.len == 0));
	if (d->end == PROBEFACT_OK)
		require(t->sent.len == sizeof(all) - 1 &&
		    (d->ext_clear & PROBEFACT_STARTTLS) != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct smtptalk whole, parts;
	enum smtptalk_last last;
	struct str text;
	size_t step;

	if (size == 0)
		return 0;
	last = data[0] >> 5 & 1 ? TALK_LATE : TALK_CLOSED;
	step = data[0] % 32 + 1;
	text = str_make((const char *)data + 1, size - 1);
	smtptalk_run(&whole, text, last, SIZE_MAX, 0);
	smtptalk_run(&parts, text, last, step, 0);
	check(&whole);
	check(&parts);
	require(smtptalk_same(&whole, &parts));
	smtptalk_free(&whole);
	smtptalk_free(&parts);
	return 0;
}
