/*
 * Limits that the environment sets.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Octets: what the variable @name says goes to *@sizep, which is left alone where there is none,
 * or an empty one. False: it is no number from @least to @most, and a line in the log says so. */
bool environment_octets(const char *name, uint64_t least, uint64_t most,
                        uint64_t *sizep) __asm__("via_environment_octets")
    __attribute__((visibility("default")));
