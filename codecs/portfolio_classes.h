/*
 * Generic classes of pods, their buttons, and types of pods, by number and by name.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "codecs/portfolio_fields.h"

#define PORTFOLIO_CLASSES 16u /* of which the last have no name */

struct portfolio_button {
    const char *name;
    uint32_t bit;
};

struct portfolio_class {
    const char *name;
    const struct portfolio_struct *data;    /* of its events, and its native state; NULL: none */
    const struct portfolio_button *buttons; /* of the first word of data; NULL: none */
    size_t n_buttons;
};

/* NULL: none has this number. */
const struct portfolio_class *portfolio_class_of(uint32_t number);
/* The bit of pod_Flags that stands for class @number, below PORTFOLIO_CLASSES. */
uint32_t portfolio_class_flag(uint32_t number);
/* The number of the class called @text; false: none is. */
bool portfolio_class_named(const char *text, size_t size, uint32_t *numberp);

struct portfolio_pod_type {
    uint32_t type;
    const char *name;
    uint32_t flags; /* classes that such a pod is of; 0: of none that it is known for */
    uint8_t bits_in, bits_out;
};

/* NULL: not known. */
const struct portfolio_pod_type *portfolio_pod_type_of(uint32_t type);
const struct portfolio_pod_type *portfolio_pod_type_named(const char *text, size_t size);
