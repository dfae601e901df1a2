/*
 * Parcels that are cut, joined, and cross links: everything that moves octets, tape, references and
 * descriptors together.
 */

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "codecs/layout.h"
#include "codecs/octets.h"
#include "codecs/parcel.h"
#include "codecs/parcel_inside.h"

/* ---- cutting and joining ---- */

/* How many of @n entries have their slot wholly within @size octets. */
static size_t entries_within(const uint8_t *entries, size_t n, size_t size, size_t slot_size)
{
    return slot_size > size ? 0 : parcel_find_entry(entries, n, size - slot_size + 1);
}

/* Cuts the tape to the values of the first @size octets; drops it if @size is inside a value. */
static void cut_tape(struct via_parcel *parcel, size_t size)
{
    struct payload payload;
    struct payload_cursor cursor;
    parcel_payload(parcel, &payload);
    payload_start(&cursor, &payload);
    if (size == 0 || payload_skip(&cursor, size) != VIA_OK) {
        parcel_forget_tape(parcel, size == 0);
        return;
    }
    struct tape *tape = &parcel->tape;
    parcel->reader.at = READER_LOST;
    tape->size = cursor.tape_position;
    tape->last = cursor.entry;
    if (cursor.run != 0) {
        struct tape_entry entry;
        size_t position = cursor.entry;
        enum via_status status = tape_next(tape->octets, tape->size, &position, &entry);
        assert(status == VIA_OK && entry.count > cursor.run);
        tape->size = cursor.entry;
        tape_add_run(tape, entry.tag, entry.count - (uint32_t)cursor.run);
    }
}

enum via_status via_parcel_truncate(struct via_parcel *parcel, size_t size, size_t slot_size)
{
    if (size > parcel->size)
        return VIA_INVALID;
    if (size == parcel->size)
        return VIA_OK;
    if (parcel->has_tape || size == 0)
        cut_tape(parcel, size);
    parcel->size = (uint32_t)size;
    parcel_drop_from(parcel, entries_within(parcel->ref_entries, parcel->n_refs, size, slot_size),
                     entries_within(parcel->fd_entries, parcel->n_fds, size, slot_size));
    return VIA_OK;
}

/* Duplicates @from's descriptors into the room reserved behind @parcel's own; all or none. */
static enum via_status dup_fds(struct via_parcel *parcel, const struct via_parcel *from, size_t n)
{
    int *fds = parcel->fds + parcel->n_fds;
    for (size_t i = 0; i < n; i++) {
        enum via_status status = parcel_dup_fd(from->fds[i], &fds[i]);
        if (status != VIA_OK) {
            while (i-- > 0)
                (void)close(fds[i]);
            return status;
        }
    }
    return VIA_OK;
}

/* Puts @from's tape behind @parcel's own. */
static void append_tape(struct via_parcel *parcel, const struct via_parcel *from)
{
    size_t more = from->tape.size;
    if (!parcel->has_tape || !from->has_tape || !parcel_reserve_tape(parcel, more)) {
        parcel_forget_tape(parcel, false);
        return;
    }
    struct tape *tape = &parcel->tape;
    memcpy(tape->octets + tape->size, from->tape.octets, more);
    tape->last = tape->size + from->tape.last;
    tape->size += more;
    parcel->reader.at = READER_LOST;
}

enum via_status via_parcel_append_parcel(struct via_parcel *parcel, const struct via_parcel *from)
{
    if (parcel->layout != from->layout)
        return VIA_INVALID;
    /* As they are now: @from may be @parcel. */
    size_t base = parcel->size, size = from->size, n_refs = from->n_refs, n_fds = from->n_fds;
    size_t lent_size = from->lent_size, lent_whole = from->lent_whole;
    if (size + lent_whole == 0)
        return VIA_OK;
    enum via_status status = parcel_reserve_octets(parcel, size + lent_whole);
    if (status == VIA_OK)
        status = parcel_reserve_refs(parcel, n_refs);
    if (status == VIA_OK)
        status = parcel_reserve_fds(parcel, n_fds);
    if (status == VIA_OK)
        status = dup_fds(parcel, from, n_fds);
    if (status != VIA_OK)
        return status;

    append_tape(parcel, from);
    uint8_t *end = octets_append(parcel->octets + base, from->octets, size);
    end = octets_append(end, from->lent, lent_size);
    (void)octets_append_zeros(end, lent_whole - lent_size);
    parcel->size += (uint32_t)(size + lent_whole);
    for (size_t i = 0; i < n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(from->ref_entries, i, &ref);
        struct object *object = from->objects[i];
        object->ops->ref(object);
        parcel_push_ref(parcel, base + ref.offset, object, ref.kind);
    }
    for (size_t i = 0; i < n_fds; i++) {
        struct frame_fd entry;
        frame_fd_get(from->fd_entries, i, &entry);
        entry.offset += (uint32_t)base;
        parcel_push_fd(parcel, &entry, parcel->fds[parcel->n_fds]);
    }
    return VIA_OK;
}

/* ---- frames ---- */

/* Takes over the tape of @frame, if it agrees with the octets. */
static void take_tape(struct via_parcel *parcel, const struct frame *frame)
{
    struct payload payload = {
        .layout = parcel->layout,
        .octets = frame->body,
        .size = frame->body_size,
        .tape = frame->tape,
        .tape_size = frame->tape_size,
        .refs = frame->refs,
        .n_refs = frame->n_refs,
        .fds = frame->fds,
        .n_fds = frame->n_fds,
    };
    struct payload_cursor cursor;
    struct value value;
    payload_start(&cursor, &payload);
    bool agrees = payload_skip(&cursor, payload.size) == VIA_OK &&
                  payload_next(&cursor, &value) == VIA_END &&
                  parcel_reserve_tape(parcel, cursor.tape_position);
    if (!agrees) {
        parcel_forget_tape(parcel, payload.size == 0);
        return;
    }
    parcel->tape.size = cursor.tape_position;
    parcel->tape.last = cursor.entry;
    (void)octets_append(parcel->tape.octets, frame->tape, cursor.tape_position);
}

static enum via_status take_refs(struct via_parcel *parcel, const struct frame *frame,
                                 const struct parcel_crossing *crossing)
{
    for (size_t i = 0; i < frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(frame->refs, i, &ref);
        struct object *object = NULL;
        enum via_status status = crossing->get(crossing->user, &ref, &object);
        if (status != VIA_OK)
            return status;
        if (object != NULL)
            parcel_push_ref(parcel, ref.offset, object, ref.kind);
    }
    return VIA_OK;
}

/* A descriptor that did not come along (-1) leaves its slot empty. */
static void take_fds(struct via_parcel *parcel, const struct frame *frame, const int *fds)
{
    for (size_t i = 0; i < frame->n_fds; i++) {
        struct frame_fd entry;
        frame_fd_get(frame->fds, i, &entry);
        entry.stream = 0; /* the link's */
        if (fds[i] >= 0)
            parcel_push_fd(parcel, &entry, fds[i]);
    }
}

enum via_status parcel_from_frame(struct via_parcel **parcelp, const struct frame *frame,
                                  const int *fds, const struct parcel_crossing *crossing)
{
    struct via_parcel *parcel = NULL;
    enum via_status status = via_parcel_create(&parcel);
    if (status != VIA_OK)
        return status;
    parcel->layout = (enum via_layout)frame->layout;
    status = parcel_reserve_octets(parcel, frame->body_size);
    if (status == VIA_OK)
        status = parcel_reserve_refs(parcel, frame->n_refs);
    if (status == VIA_OK)
        status = parcel_reserve_fds(parcel, frame->n_fds);
    if (status == VIA_OK)
        status = take_refs(parcel, frame, crossing);
    if (status != VIA_OK) {
        via_parcel_unref(parcel);
        return status;
    }
    if (fds != NULL)
        take_fds(parcel, frame, fds);
    take_tape(parcel, frame);
    (void)octets_append(parcel->octets, frame->body, frame->body_size);
    parcel->size = frame->body_size;
    *parcelp = parcel;
    return VIA_OK;
}

enum via_status parcel_to_frame(struct via_parcel *parcel, struct frame *frame, uint8_t *refs,
                                uint8_t *fds, const struct parcel_crossing *crossing)
{
    for (size_t i = 0; i < parcel->n_refs; i++) {
        struct frame_ref own, ref = {.handle = 0};
        frame_ref_get(parcel->ref_entries, i, &own);
        enum via_status status = crossing->put(crossing->user, parcel->objects[i], &ref);
        if (status != VIA_OK) {
            while (i-- > 0) {
                frame_ref_get(refs, i, &ref);
                crossing->take_back(crossing->user, &ref);
            }
            return status;
        }
        ref.offset = own.offset;
        ref.kind = own.kind;
        frame_ref_put(refs, i, &ref);
    }
    (void)octets_append(fds, parcel->fd_entries, (size_t)parcel->n_fds * PARCEL_ENTRY_SIZE);
    frame->layout = (uint16_t)parcel->layout;
    frame->body = parcel->octets;
    frame->body_size = parcel->size + parcel->lent_whole;
    if (parcel->lent_whole != 0) {
        frame->tail = parcel->lent_size != 0 ? parcel->lent : parcel->octets;
        frame->tail_at = parcel->size;
        frame->tail_size = parcel->lent_size;
    }
    frame->tape = parcel->tape.octets;
    frame->tape_size = (uint32_t)parcel->tape.size;
    frame->refs = refs;
    frame->n_refs = parcel->n_refs;
    frame->fds = fds;
    frame->n_fds = (uint8_t)parcel->n_fds;
    return VIA_OK;
}

void parcel_payload(struct via_parcel *parcel, struct payload *payloadp)
{
    *payloadp = (struct payload){
        .layout = parcel->layout,
        .octets = parcel->octets,
        .size = parcel->size,
        .tape = parcel->tape.octets,
        .tape_size = parcel->tape.size,
        .refs = parcel->ref_entries,
        .n_refs = parcel->n_refs,
        .fds = parcel->fd_entries,
        .n_fds = parcel->n_fds,
    };
}
