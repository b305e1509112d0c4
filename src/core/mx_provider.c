/*
 * mx_provider - whose mail servers are these?
 *
 * Names as the providers' own instructions have them. A provider that is not
 * here loses nothing: the checks of each MX host are the same for all.
 */
#include "core/mx_provider.h"

#include "mtasts/match.h"

/* clang-format off */
static const struct mx_provider list[] = {
{ "Google Workspace", { "smtp.google.com" } },
{ "Google Workspace", { "aspmx.l.google.com", "*.aspmx.l.google.com" } },
{ "Google Workspace", { "*.googlemail.com" } },
{ "Microsoft 365", { "*.mail.protection.outlook.com" } },
{ "Fastmail", { "in1-smtp.messagingengine.com",
	"in2-smtp.messagingengine.com" } },
{ "Proton Mail", { "mail.protonmail.ch", "mailsec.protonmail.ch" } },
{ "Zoho Mail", { "mx.zoho.com", "mx2.zoho.com", "mx3.zoho.com" } },
{ "Zoho Mail", { "mx.zoho.eu", "mx2.zoho.eu", "mx3.zoho.eu" } },
{ "Zoho Mail", { "mx.zoho.in", "mx2.zoho.in", "mx3.zoho.in" } },
{ "Yahoo", { "*.am0.yahoodns.net" } },
{ "Yahoo", { "*.mail.am0.yahoodns.net" } },
{ "iCloud Mail", { "mx01.mail.icloud.com", "mx02.mail.icloud.com" } },
{ "mailbox.org", { "mxext1.mailbox.org", "mxext2.mailbox.org",
	"mxext3.mailbox.org" } },
{ "Migadu", { "aspmx1.migadu.com", "aspmx2.migadu.com" } },
{ "Tuta Mail", { "mail.tutanota.de" } },
{ "Gandi Mail", { "spool.mail.gandi.net", "fb.mail.gandi.net" } },
{ "OVHcloud", { "*.mail.ovh.net" } },
{ "IONOS", { "mx00.ionos.com", "mx01.ionos.com" } },
{ "IONOS", { "mx00.ionos.de", "mx01.ionos.de" } },
{ "Rackspace Email", { "mx1.emailsrvr.com", "mx2.emailsrvr.com" } },
{ "Cloudflare Email Routing", { "*.mx.cloudflare.net" } },
{ "Forward Email", { "mx1.forwardemail.net", "mx2.forwardemail.net" } },
{ "ImprovMX", { "mx1.improvmx.com", "mx2.improvmx.com" } },
{ "SimpleLogin", { "mx1.simplelogin.co", "mx2.simplelogin.co" } },
{ "Namecheap Private Email", { "mx1.privateemail.com",
	"mx2.privateemail.com" } },
{ "Hostinger", { "mx1.hostinger.com", "mx2.hostinger.com" } },
{ "GoDaddy", { "smtp.secureserver.net", "mailstore1.secureserver.net" } },
{ "Proofpoint", { "*.pphosted.com" } },
{ "Mimecast", { "*.mimecast.com" } },
};
/* clang-format on */

/* Names below this have a part of the provider's choice in between. */
static const struct mx_provider microsoft = { "Microsoft 365", { NULL } };

/* has - does one of the provider's lines let the host in? */
static bool
has(const struct mx_provider *p, const char *mx_host)
{
	for (size_t i = 0; p->line[i] != NULL; i++)
		if (mtasts_match(mx_host, p->line[i]))
			return true;
	return false;
}

const struct mx_provider *
mx_provider_find(const char *mx_host)
{
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		if (has(&list[i], mx_host))
			return &list[i];
	if (str_ends(str_of(mx_host), STR(".mx.microsoft")))
		return &microsoft;
	return NULL;
}
