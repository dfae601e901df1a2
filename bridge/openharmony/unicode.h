/*
 * UTF-8 to UTF-16 and back, as OpenHarmony's own conversion does it: towards UTF-16 only the
 * leading octet of a character counts, so nothing but a character cut short is refused; towards
 * UTF-8 an unpaired surrogate is refused. Units stand as octets, little-endian, at any address.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many units @text takes; false when it ends inside a character. */
bool unicode_n_units(const char *text, size_t size, size_t *n_unitsp);
/* Writes them; unicode_n_units() has said true. */
void unicode_to_units(const char *text, size_t size, uint8_t *units);

/* How many octets the units take, up to the first zero unit; false for an unpaired surrogate. */
bool unicode_size(const uint8_t *units, size_t n_units, size_t *sizep);
/* Writes them; unicode_size() has said true. */
void unicode_from_units(const uint8_t *units, size_t n_units, char *text);
