/*
 * The log of a program that was written against HiLog: its messages as lines on standard error.
 * Which are printed, and with which tag and domain, is the family's affair; the environment's word
 * on it is read here, once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Levels are HiLog's own: 3 debug, 4 info, 5 warn, 6 error, 7 fatal. */
#define MARKED_LEVEL_LEAST 1
#define MARKED_LEVEL_MOST 7
#define MARKED_TAG_MAX 31u

/* VIADUCT_HILOG_LEVEL, MARKED_LEVEL_LEAST where it is not set. */
int marked_log_level(void);
/* Whether VIADUCT_HILOG_PRIVACY hides arguments that are not marked public. */
bool marked_log_privacy(void);

/*
 * A line for each line of @message, which has @size octets and a NUL, at most MARKED_MESSAGE_MAX
 * without it. @kind stands before @domain, of which the lowest 20 bits are shown; @tag is
 * NUL-ended, at most MARKED_TAG_MAX. Returns the octets. Leaves errno alone.
 */
size_t marked_log_print(int level, char kind, unsigned int domain, const char *tag,
                        const char *message, size_t size);
