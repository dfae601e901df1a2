/*
 * A buffer: a growable run of octets to write into, with room in front of them for what a WebSocket
 * write puts before its data. Failure sticks: writers add without asking, whoever sends asks once.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#define BUFFER_HEADROOM 32u /* writable octets in front of data; at least LWS_PRE */

struct buffer {
    uint8_t *data; /* owned; NULL until something was written */
    size_t size;
    size_t capacity;
    size_t limit;           /* size never exceeds this */
    enum via_status status; /* VIA_OK, or why the first write that failed did so */
};

/* Empty; takes no memory yet. @limit is the largest size, SIZE_MAX for none. */
void buffer_init(struct buffer *buffer, size_t limit);
void buffer_deinit(struct buffer *buffer);

/*
 * @n octets of room at the end, counted into size at once, to be filled by the caller. NULL when
 * there is none: then status is VIA_NO_MEMORY or VIA_TOO_LARGE, and nothing more is taken until
 * buffer_cut().
 */
uint8_t *buffer_room(struct buffer *buffer, size_t n);

/* Adds a copy of @n octets at @from. */
void buffer_add(struct buffer *buffer, const void *from, size_t n);

/* Back to the first @size octets; forgets a failure. Memory is kept. */
void buffer_cut(struct buffer *buffer, size_t size);

static inline void buffer_add_octet(struct buffer *buffer, uint8_t octet)
{
    uint8_t *room = buffer_room(buffer, 1);
    if (room != NULL)
        *room = octet;
}
