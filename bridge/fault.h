/*
 * A fault: why there is no connection, as a status and in words that say what to do next.
 */
#pragma once

#include <viaduct/status.h>

#define FAULT_WORDS_MAX 512u

struct fault {
    enum via_status why;
    char words[FAULT_WORDS_MAX];
};

void fault_clear(struct fault *fault);
void fault_set(struct fault *fault, enum via_status why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What a link to the gateway at @where ended with, for people. VIA_OK: the gateway closed it. */
void fault_explain(struct fault *fault, enum via_status why, const char *where, const char *detail);
