/*
 * Numbers for other hosts, by which events say where they come from.
 */
#pragma once

#include <stdint.h>

#define HOSTS_MAX 1024u

struct hosts {
    char *identities[HOSTS_MAX]; /* owned */
    unsigned n;
};

void hosts_deinit(struct hosts *hosts);
/* From 1, the same as long as the broker lives; HOSTS_MAX + 1 for all who are too many. */
uint32_t hosts_number(struct hosts *hosts, const char *identity);
