/*
 * Walking a payload along its tape. The cursor trusts neither: the tape may promise more than the
 * octets hold, and the octets may not be what the tape says. As every value takes at least one
 * octet, a walk ends after as many steps as there are octets, whatever the tape's counts are.
 */

#include "codecs/payload.h"

#include "codecs/frame.h"
#include "codecs/layout.h"
#include "codecs/octets.h"

void payload_start(struct payload_cursor *cursor, const struct payload *payload)
{
    *cursor = (struct payload_cursor){
        .payload = payload,
        .layout = layout_find(payload->layout),
    };
}

static enum via_status next_entry(struct payload_cursor *cursor)
{
    const struct payload *payload = cursor->payload;
    struct tape_entry entry;
    size_t position = cursor->tape_position;
    enum via_status status = tape_next(payload->tape, payload->tape_size, &position, &entry);
    if (status != VIA_OK)
        return status;
    if (cursor->layout == NULL || entry.count > payload->size - cursor->position)
        return VIA_BAD_TAPE;
    cursor->entry = cursor->tape_position;
    cursor->tape_position = position;
    cursor->run = entry.count;
    cursor->tag = entry.tag;
    cursor->length = entry.size;
    return VIA_OK;
}

/* At the end of the tape: nothing may be left over. */
static enum via_status end(const struct payload_cursor *cursor)
{
    const struct payload *payload = cursor->payload;
    bool is_all = cursor->position == payload->size && cursor->ref == payload->n_refs &&
                  cursor->fd == payload->n_fds;
    return is_all ? VIA_END : VIA_BAD_TAPE;
}

enum via_status payload_next(struct payload_cursor *cursor, struct value *valuep)
{
    if (cursor->run == 0) {
        enum via_status status = next_entry(cursor);
        if (status == VIA_END)
            return end(cursor);
        if (status != VIA_OK)
            return status;
    }
    enum via_status status = cursor->layout->get(cursor, cursor->length, valuep);
    if (status == VIA_OK)
        cursor->run--;
    return status;
}

enum via_status payload_skip(struct payload_cursor *cursor, size_t position)
{
    while (cursor->position < position) {
        if (cursor->run == 0) {
            enum via_status status = next_entry(cursor);
            if (status != VIA_OK)
                return VIA_BAD_TAPE;
        }
        size_t plain = cursor->layout->plain[cursor->tag];
        if (plain == 0) {
            struct value value;
            enum via_status status = payload_next(cursor, &value);
            if (status != VIA_OK)
                return status;
            continue;
        }
        uint64_t n = (position - cursor->position) / plain;
        if (n > cursor->run)
            n = cursor->run;
        if (n == 0)
            return VIA_BAD_TAPE;
        cursor->position += (size_t)n * plain;
        cursor->run -= n;
    }
    return cursor->position == position ? VIA_OK : VIA_BAD_TAPE;
}

bool payload_take_ref(struct payload_cursor *cursor, uint32_t *indexp)
{
    const struct payload *payload = cursor->payload;
    if (cursor->ref == payload->n_refs ||
        octets_get_u32(payload->refs + cursor->ref * FRAME_REF_SIZE) != cursor->position)
        return false;
    *indexp = (uint32_t)cursor->ref++;
    return true;
}

bool payload_take_fd(struct payload_cursor *cursor, uint32_t *indexp)
{
    const struct payload *payload = cursor->payload;
    if (cursor->fd == payload->n_fds ||
        octets_get_u32(payload->fds + cursor->fd * FRAME_FD_SIZE) != cursor->position)
        return false;
    *indexp = (uint32_t)cursor->fd++;
    return true;
}

enum via_status payload_check(const struct payload *payload)
{
    struct payload_cursor cursor;
    payload_start(&cursor, payload);
    enum via_status status = payload_skip(&cursor, payload->size);
    if (status != VIA_OK)
        return status;
    struct value value;
    status = payload_next(&cursor, &value);
    return status == VIA_END ? VIA_OK : VIA_BAD_TAPE;
}
