/*
 * settings_value - reading the value of each key, for settings.c alone
 */
#ifndef MTASTS_CORE_SETTINGS_VALUE_H
#define MTASTS_CORE_SETTINGS_VALUE_H

#include "core/settings.h"

/* What reading a value works on: a copy, thrown away on failure. */
struct settings_value {
	struct settings settings;
	struct arena *arena;
	struct mtasts_diags *diags;
};

/*
 * settings_value_mode, settings_value_max_age, settings_value_rua,
 * settings_value_host, settings_value_addresses, settings_value_ttl,
 * settings_value_mx, settings_value_delegate - read one value, its ends trimmed
 *
 * ESYNTAX with at least one finding, ENOMEM.
 */
enum mtasts_err settings_value_mode(struct settings_value *v, struct str text);
enum mtasts_err settings_value_mx(struct settings_value *v, struct str text);
enum mtasts_err settings_value_max_age(
    struct settings_value *v, struct str text);
enum mtasts_err settings_value_rua(struct settings_value *v, struct str text);
enum mtasts_err settings_value_host(struct settings_value *v, struct str text);
enum mtasts_err settings_value_addresses(
    struct settings_value *v, struct str text);
enum mtasts_err settings_value_ttl(struct settings_value *v, struct str text);
enum mtasts_err settings_value_delegate(
    struct settings_value *v, struct str text);

/* settings_value_copy - the value of one key from one to the other */
void settings_value_copy(
    struct settings *to, const struct settings *from, enum settings_key key);

#endif
