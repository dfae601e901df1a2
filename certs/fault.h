/* Why something was not done: a status, and words for who called. */
#pragma once

#include <viaduct/status.h>

struct fault {
    char text[512];
};

/* Sets the words; returns @status, so that a function can end with it. */
__attribute__((format(printf, 3, 4))) enum via_status
fault_set(struct fault *fault, enum via_status status, const char *format, ...);

/* "@doing: what errno says". */
enum via_status fault_errno(struct fault *fault, const char *doing, int number);

/* "@doing: what mbedTLS says". */
enum via_status fault_mbedtls(struct fault *fault, const char *doing, int number);
