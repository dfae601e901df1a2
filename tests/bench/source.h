/*
 * A source: an object of this process, published through the library, that emits 64 octets an
 * event.
 */
#pragma once

#include <viaduct/viaduct.h>

#define SOURCE_NAME "bench.fan"

/* Publishes it where the environment says. NULL: it could not be. */
struct via_stub *source_open(void);
/* One event; @parcel NULL: one of 64 octets. Waits while the link is full. 0 on success. */
int source_emit(struct via_stub *source, struct via_parcel *parcel);
