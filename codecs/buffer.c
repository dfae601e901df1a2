/*
 * A buffer doubles its capacity as it grows, so that adding one costs a constant time. The
 * headroom is part of the allocation and moves with it.
 */
#include "codecs/buffer.h"

#include <stdlib.h>
#include <string.h>

#define BUFFER_CAPACITY_MIN 480u /* with headroom and malloc's own word one block of 512 */

void buffer_init(struct buffer *buffer, size_t limit)
{
    *buffer = (struct buffer){.limit = limit};
}

void buffer_deinit(struct buffer *buffer)
{
    if (buffer->data != NULL)
        free(buffer->data - BUFFER_HEADROOM);
    buffer_init(buffer, buffer->limit);
}

static enum via_status grow(struct buffer *buffer, size_t size)
{
    size_t capacity =
        buffer->capacity < BUFFER_CAPACITY_MIN ? BUFFER_CAPACITY_MIN : buffer->capacity;
    while (capacity < size) {
        if (capacity > (SIZE_MAX - BUFFER_HEADROOM) / 2)
            return VIA_NO_MEMORY;
        capacity *= 2;
    }
    void *block = buffer->data == NULL ? NULL : buffer->data - BUFFER_HEADROOM;
    uint8_t *moved = realloc(block, BUFFER_HEADROOM + capacity);
    if (moved == NULL)
        return VIA_NO_MEMORY;
    buffer->data = moved + BUFFER_HEADROOM;
    buffer->capacity = capacity;
    return VIA_OK;
}

uint8_t *buffer_room(struct buffer *buffer, size_t n)
{
    if (buffer->status != VIA_OK)
        return NULL;
    if (n > buffer->limit - buffer->size) {
        buffer->status = VIA_TOO_LARGE;
        return NULL;
    }
    if (buffer->data == NULL || n > buffer->capacity - buffer->size) {
        buffer->status = grow(buffer, buffer->size + n);
        if (buffer->status != VIA_OK)
            return NULL;
    }
    uint8_t *room = buffer->data + buffer->size;
    buffer->size += n;
    return room;
}

void buffer_add(struct buffer *buffer, const void *from, size_t n)
{
    if (n == 0)
        return;
    uint8_t *room = buffer_room(buffer, n);
    if (room != NULL)
        memcpy(room, from, n);
}

void buffer_cut(struct buffer *buffer, size_t size)
{
    if (size < buffer->size)
        buffer->size = size;
    buffer->status = VIA_OK;
}
