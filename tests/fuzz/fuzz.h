/*
 * What a fuzz target is: one function. libFuzzer explores it (explore.c), and the tests replay its
 * corpus (replay.c), where the name of a file is the verdict on it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Feeds @octets to the decoder, and whatever it gives back to whoever reads it. True when they were
 * accepted: then the file's name starts with good_, else with bad_.
 */
bool fuzz_one(const uint8_t *octets, size_t size);
