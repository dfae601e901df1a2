/*
 * A relay: a TCP port of this process through which another is reached, later by a fixed delay each
 * way, and which can be cut.
 */
#pragma once

#include <stdint.h>

struct relay;

/* Goes to @target on 127.0.0.1. @delay_ms: what each octet is held, and twice as much more the
 * first one up, for TCP's own handshake, which the relay's kernel does in no time. NULL: it cannot.
 */
struct relay *relay_create(uint16_t target, unsigned delay_ms);
/* Waits until its thread has ended. */
struct relay *relay_destroy(struct relay *relay);
uint16_t relay_port(const struct relay *relay);
/* Ends every connection at once, both ends, with all that is on its way. */
void relay_cut(struct relay *relay);
