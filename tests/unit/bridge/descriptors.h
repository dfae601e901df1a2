/*
 * How many descriptors this process has open: a fixture leaves as many as it found.
 */
#pragma once

#include <stddef.h>

size_t count_descriptors(void);
