/*
 * cmd_doctor.c - doctor postfix, exim, sendmail: their rows of the table
 *
 * What each looks at is doctor_postfix.c, doctor_exim.c, doctor_sendmail.c.
 */
#include "cli/commands.h"
#include "cli/doctor.h"

#define PROBE                                                               \
	{                                                                   \
		"probe", "DOMAIN", "ask for this one over the MTA's socket" \
	}
#define END                      \
	{                        \
		NULL, NULL, NULL \
	}
#define STATUS                                                                 \
	"Each check passes, warns, fails or is skipped, and says how to mend " \
	"what it found. The exit status is 0 when nothing failed, 1 when "     \
	"something is to be mended, 3 when the MTA could not be looked at."

static const struct cmd_opt postfix_opts[] = {
	{ "postconf", "FILE", "the program to ask" },
	{ "config-dir", "FOLDER", "Postfix's folder, as of postconf -c" },
	PROBE,
	END,
};

const struct cmd cmd_doctor_postfix = {
	.name = "doctor postfix",
	.usage = "",
	.summary = "is the local Postfix set up to ask mtasts-resolver?",
	.help =
	    "Looks at the version, at smtp_tls_policy_maps with map name and "
	    "order, at DNSSEC, TLS level and authorities, at the socket as "
	    "smtp(8) sees it from its chroot, and asks one question there. "
	    "Lines for main.cf are printed ready to paste; nothing is "
	    "changed.\n"
	    "\n" STATUS,
	.opts = postfix_opts,
	.run = doctor_postfix,
};

static const struct cmd_opt exim_opts[] = {
	{ "exim", "FILE", "the program to ask" },
	{ "exim-config", "FILE", "Exim's configuration, as of exim -C" },
	PROBE,
	END,
};

const struct cmd cmd_doctor_exim = {
	.name = "doctor exim",
	.usage = "",
	.summary = "is the local Exim set up to ask mtasts-resolver?",
	.help = "Looks at what Exim was built with, for the router and the "
		"transport of the recipe in its configuration, and asks one "
		"question over the socket that they use.\n"
		"\n" STATUS,
	.opts = exim_opts,
	.run = doctor_exim,
};

static const struct cmd_opt sendmail_opts[] = {
	{ "sendmail", "FILE", "the program to ask" },
	{ "cf", "FILE", "sendmail's configuration" },
	PROBE,
	END,
};

const struct cmd cmd_doctor_sendmail = {
	.name = "doctor sendmail",
	.usage = "",
	.summary = "is the local sendmail set up to ask mtasts-resolver?",
	.help = "Looks whether sendmail was built with _FFR_MTA_STS, at the "
		"map of FEATURE(sts) in sendmail.cf, at the authorities, and "
		"asks one question over the socket that the map names.\n"
		"\n" STATUS,
	.opts = sendmail_opts,
	.run = doctor_sendmail,
};
