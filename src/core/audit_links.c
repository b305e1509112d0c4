/*
 * audit_links.c - who else tells what they see of a domain
 *
 * Addresses to click on. Nothing is asked of anybody here: a page is fetched
 * by the browser of who wants it.
 */
#include "core/audit.h"

#include "base/enc.h"

struct opinion {
	const char *name;
	const char *before; /* of the domain */
	const char *after;
};

static const struct opinion opinions[] = {
	{ "internet.nl", "https://internet.nl/mail/", "/" },
	{ "Hardenize", "https://www.hardenize.com/report/", "" },
	{ "Mailhardener",
	    "https://www.mailhardener.com/tools/mta-sts-validator?domain=",
	    "" },
	{ "MXToolbox", "https://mxtoolbox.com/SuperTool.aspx?action=mta-sts%3a",
	    "" },
};

const char *
audit_opinion(const struct audit *a, size_t i, struct buf *url)
{
	if (i >= sizeof(opinions) / sizeof(*opinions))
		return NULL;
	buf_puts(url, opinions[i].before);
	enc_percent(url, str_of(a->domain), "");
	buf_puts(url, opinions[i].after);
	return opinions[i].name;
}
