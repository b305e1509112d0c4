/*
 * dnswire - DNS messages made by hand, good and bad ones
 *
 * Records are written as text of their type; the sections must be filled in
 * their order. What does not fit into a message stops the test.
 */
#ifndef TESTS_SUPPORT_DNSWIRE_H
#define TESTS_SUPPORT_DNSWIRE_H

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIRE_AN = 1, WIRE_NS, WIRE_AR };

/* Bits of the head's second word. */
#define WIRE_QR 0x8000u
#define WIRE_AA 0x0400u
#define WIRE_TC 0x0200u
#define WIRE_RD 0x0100u
#define WIRE_RA 0x0080u
#define WIRE_AD 0x0020u

struct wire {
	size_t len;
	uint8_t p[65535];
};

/* One record: data is text of its type, raw bytes when len is not 0. */
struct wire_record {
	int section;
	const char *owner;
	uint16_t type;
	uint32_t ttl_s;
	const char *data;
	size_t len;
};

static inline void
wire_put(struct wire *w, const void *p, size_t len)
{
	if (len > sizeof(w->p) - w->len) {
		fprintf(stderr, "dnswire: over 64 KiB\n");
		abort();
	}
	if (len > 0)
		memcpy(w->p + w->len, p, len);
	w->len += len;
}

static inline void
wire_u8(struct wire *w, unsigned v)
{
	uint8_t b = (uint8_t)v;

	wire_put(w, &b, 1);
}

static inline void
wire_u16(struct wire *w, unsigned v)
{
	wire_u8(w, v >> 8);
	wire_u8(w, v);
}

static inline void
wire_u32(struct wire *w, uint32_t v)
{
	wire_u16(w, v >> 16);
	wire_u16(w, v);
}

/* wire_name - labels of a text, with "\." and "\009" */
static inline void
wire_name(struct wire *w, const char *text)
{
	unsigned char name[NS_MAXCDNAME];

	if (ns_name_pton(text, name, sizeof(name)) < 0) {
		fprintf(stderr, "dnswire: no name: %s\n", text);
		abort();
	}
	for (size_t i = 0; name[i] != 0; i += name[i] + 1u)
		wire_put(w, name + i, name[i] + 1u);
	wire_u8(w, 0);
}

/* wire_begin - head and, unless the type is 0, a question */
static inline void
wire_begin(struct wire *w, unsigned id, unsigned flags, const char *name,
    unsigned type)
{
	w->len = 0;
	wire_u16(w, id);
	wire_u16(w, flags);
	wire_u16(w, type != 0);
	wire_u16(w, 0);
	wire_u32(w, 0);
	if (type == 0)
		return;
	wire_name(w, name);
	wire_u16(w, type);
	wire_u16(w, ns_c_in);
}

/* wire_txt - strings between bars; a long one is cut every 255 bytes */
static inline void
wire_txt(struct wire *w, const char *text)
{
	for (;;) {
		size_t n = strcspn(text, "|");

		n = n > 255 ? 255 : n;
		wire_u8(w, (unsigned)n);
		wire_put(w, text, n);
		text += n;
		if (*text == '\0')
			return;
		text += *text == '|';
	}
}

/* wire_soa - of any zone, with this minimum */
static inline void
wire_soa(struct wire *w, const char *minimum)
{
	wire_name(w, "ns.example");
	wire_name(w, "hostmaster.example");
	for (uint32_t i = 1; i < 5; i++)
		wire_u32(w, i);
	wire_u32(w, (uint32_t)strtoul(minimum, NULL, 10));
}

/* wire_tlsa - "3 1 1 00ff" */
static inline void
wire_tlsa(struct wire *w, const char *text)
{
	unsigned usage, selector, matching, byte;
	int at = 0, n;

	if (sscanf(text, "%u %u %u %n", &usage, &selector, &matching, &at) < 3)
		abort();
	wire_u8(w, usage);
	wire_u8(w, selector);
	wire_u8(w, matching);
	for (text += at; sscanf(text, "%2x%n", &byte, &n) == 1; text += n)
		wire_u8(w, byte);
}

/* wire_caa - "0 issue ca.example" */
static inline void
wire_caa(struct wire *w, const char *text)
{
	char *tag;
	size_t len;

	wire_u8(w, (unsigned)strtoul(text, &tag, 10));
	tag++;
	len = strcspn(tag, " ");
	wire_u8(w, (unsigned)len);
	wire_put(w, tag, len);
	tag += len + (tag[len] == ' ');
	wire_put(w, tag, strlen(tag));
}

/* wire_data - what the text means for the type */
static inline void
wire_data(struct wire *w, unsigned type, const char *text)
{
	uint8_t ip[16];
	char *end;

	switch (type) {
	case ns_t_a:
	case ns_t_aaaa:
		if (inet_pton(type == ns_t_a ? AF_INET : AF_INET6, text, ip) !=
		    1)
			abort();
		wire_put(w, ip, type == ns_t_a ? 4 : 16);
		break;
	case ns_t_ns:
	case ns_t_cname:
	case ns_t_dname:
		wire_name(w, text);
		break;
	case ns_t_mx:
		wire_u16(w, (unsigned)strtoul(text, &end, 10));
		wire_name(w, end + 1);
		break;
	case ns_t_txt:
		wire_txt(w, text);
		break;
	case ns_t_soa:
		wire_soa(w, text);
		break;
	case 52:
		wire_tlsa(w, text);
		break;
	case 257:
		wire_caa(w, text);
		break;
	default:
		wire_put(w, text, strlen(text));
	}
}

/* wire_record_of - append a record of this class */
static inline void
wire_record_of(struct wire *w, const struct wire_record *rec, unsigned class_)
{
	size_t count = 4u + 2u * (size_t)rec->section, at;
	unsigned n = (unsigned)w->p[count] << 8 | w->p[count + 1];

	w->p[count] = (uint8_t)((n + 1) >> 8);
	w->p[count + 1] = (uint8_t)(n + 1);
	wire_name(w, rec->owner);
	wire_u16(w, rec->type);
	wire_u16(w, class_);
	wire_u32(w, rec->ttl_s);
	wire_u16(w, 0);
	at = w->len;
	if (rec->len > 0)
		wire_put(w, rec->data, rec->len);
	else if (rec->data != NULL)
		wire_data(w, rec->type, rec->data);
	w->p[at - 2] = (uint8_t)((w->len - at) >> 8);
	w->p[at - 1] = (uint8_t)(w->len - at);
}

/* wire_add - append a record of the Internet */
static inline void
wire_add(struct wire *w, const struct wire_record *rec)
{
	wire_record_of(w, rec, ns_c_in);
}

#endif
