/*
 * What a map of pods has words for: kinds of pods, their buttons and axes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/event_broker/pod_map.h"

/* A word in the text, borrowed. */
struct pod_word {
    const char *text;
    size_t size;
};

bool pod_word_is(const struct pod_word *word, const char *name);

const char *pod_kind_name(enum pod_kind kind);
bool pod_kind_find(const struct pod_word *word, enum pod_kind *kindp);

/* NULL: none has just these bits. Keyboards have no buttons, but codes: pod_key_find(). */
const char *pod_button_name(enum pod_kind kind, uint32_t bits);
bool pod_button_find(enum pod_kind kind, const struct pod_word *word, uint32_t *bitsp);
/* All of a kind's, with spaces between them. */
void pod_button_list(enum pod_kind kind, char *out, size_t size);

const char *pod_axis_name(enum pod_axis axis);
/* Only those that the kind has. */
bool pod_axis_find(enum pod_kind kind, const struct pod_word *word, enum pod_axis *axisp);

/* A code of set 2 as the map writes it, at least 5 octets with the NUL: 1c, e075. */
void pod_key_write(uint32_t code, char *out, size_t size);
bool pod_key_find(const struct pod_word *word, uint32_t *codep);
