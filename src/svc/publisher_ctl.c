/*
 * publisher_ctl.c - what mtasts-publisher tells and is told on its control
 * socket
 *
 * Who may do what is decided here; whose turn it is and what is done are other
 * rooms' business. To look at the registry earlier than in its turn changes
 * nothing, so that everybody may ask for it who can connect.
 */
#include "svc/publisher_ctl.h"

#include "io/loop.h"

#include <unistd.h>

#define LINE_MAX_LEN ((size_t)64 << 10)

/* do_status - {"do":"status"} */
static void
do_status(struct pubctl_facts *f, struct ctl_call *call, const struct js *js)
{
	struct js_writer w;
	struct buf b;

	buf_init(&b, LINE_MAX_LEN);
	js_begin(&w, &b, false);
	js_object(&w);
	js_kv_str(&w, "version", MTASTS_VERSION);
	js_kv_int(&w, "pid", getpid());
	js_kv_time(&w, "started", f->started_at);
	js_kv_int(&w, "uptime_s", (loop_now_ms() - f->started_ms) / 1000);
	js_kv_str(&w, "registry", f->store->away ? "away" : "ok");
	pubcerts_status(f->certs, &w);
	js_end_object(&w);
	if (buf_error(&b) == MTASTS_OK)
		ctl_line(call, buf_str(&b));
	buf_free(&b);
	ctl_end(call, NULL);
}

/* do_poke - {"do":"poke"} */
static void
do_poke(struct pubctl_facts *f, struct ctl_call *call, const struct js *js)
{
	f->poke(f->ctx);
	ctl_end(call, NULL);
}

void
pubctl_request(void *ctx, struct ctl_call *call, const struct js *js)
{
	static const struct {
		const char *name;
		void (*act)(struct pubctl_facts *f, struct ctl_call *call,
		    const struct js *js);
	} acts[] = { { "status", do_status }, { "poke", do_poke } };
	struct str name;

	if (js_str(js_get(js, "do"), &name)) {
		for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
			if (str_eq(str_of(acts[i].name), name)) {
				acts[i].act(ctx, call, js);
				return;
			}
		}
	}
	ctl_end(call, "\"do\" is one of status and poke");
}
