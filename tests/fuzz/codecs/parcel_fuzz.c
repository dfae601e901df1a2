/*
 * Octets as a frame whose payload becomes a parcel. It is read as its tape says and as it does not,
 * cut, joined with itself and sent on. Octets are accepted when they are a frame of which the tape
 * agrees with the payload. Whatever comes: every object's count is back at the end.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/layout.h"
#include "codecs/parcel.h"
#include "tests/fuzz/fuzz.h"

#define FRAME_LIMIT (1u << 20)
#define N_OBJECTS 8u

static void expect(bool holds)
{
    if (!holds)
        abort();
}

struct counted {
    struct object object;
    int count;
};

static void ref(struct object *object)
{
    ((struct counted *)object)->count++;
}

static void unref(struct object *object)
{
    ((struct counted *)object)->count--;
}

static const struct object_ops ops = {ref, unref};
static struct counted objects[N_OBJECTS];

static enum via_status put(void *user, struct object *object, struct frame_ref *refp)
{
    (void)user;
    refp->handle = (uint32_t)((struct counted *)object - objects);
    return VIA_OK;
}

static void take_back(void *user, const struct frame_ref *sent)
{
    (void)user;
    (void)sent;
}

/* A handle beyond the table is of an object that is gone. */
static enum via_status get(void *user, const struct frame_ref *received, struct object **objectp)
{
    (void)user;
    if (received->handle >= N_OBJECTS) {
        *objectp = NULL;
        return VIA_OK;
    }
    ref(&objects[received->handle].object);
    *objectp = &objects[received->handle].object;
    return VIA_OK;
}

static const struct parcel_crossing crossing = {.put = put, .get = get, .take_back = take_back};

/* Reads everything as every raw type, moving on as far as each read goes. */
static void read_all(struct via_parcel *parcel)
{
    bool moved = true;
    while (moved) {
        size_t before = via_parcel_tell(parcel);
        int32_t i32;
        uint64_t u64;
        double f64;
        bool boolean;
        const char *text;
        const void *octets;
        size_t size;
        struct via_proxy *proxy = NULL;
        if (via_parcel_read_str(parcel, &text) == VIA_OK && text != NULL)
            expect(strlen(text) < via_parcel_size(parcel));
        (void)via_parcel_read_str16(parcel, &octets, &size);
        (void)via_parcel_read_bytes(parcel, &octets, &size);
        if (via_parcel_read_ref(parcel, &proxy) == VIA_OK && proxy != NULL)
            unref((struct object *)proxy);
        (void)via_parcel_read_bool(parcel, &boolean);
        (void)via_parcel_read_i32(parcel, &i32);
        (void)via_parcel_read_u64(parcel, &u64);
        (void)via_parcel_read_f64(parcel, &f64);
        moved = via_parcel_tell(parcel) != before;
        expect(via_parcel_tell(parcel) <= via_parcel_size(parcel));
    }
}

/* What has a tape agrees with it, and its values put again make the same octets; but for a slot's
 * own octets and an sbuf's padding, which mean nothing. */
static void expect_agreement(struct via_parcel *parcel)
{
    struct payload payload;
    parcel_payload(parcel, &payload);
    if (via_parcel_has_tape(parcel))
        expect(payload_check(&payload) == VIA_OK);
}

static void expect_same_values(struct via_parcel *parcel)
{
    const struct layout *layout = layout_find(via_parcel_layout(parcel));
    if (!via_parcel_has_tape(parcel) || layout == NULL)
        return;
    struct via_parcel *again = NULL;
    struct payload payload;
    struct payload_cursor cursor;
    struct value value;
    enum via_status status;
    bool has_free = layout->number == VIA_LAYOUT_SBUF;
    expect(via_parcel_create(&again) == VIA_OK);
    via_parcel_set_layout(again, layout->number);
    parcel_payload(parcel, &payload);
    payload_start(&cursor, &payload);
    while ((status = payload_next(&cursor, &value)) == VIA_OK) {
        if (value.tag == VIA_TAG_REF || value.tag == VIA_TAG_FD) {
            has_free = true;
            expect(layout->put_ref(again, NULL) == VIA_OK);
        } else {
            expect(layout->put(again, &value) == VIA_OK);
        }
    }
    expect(status == VIA_END);
    expect(via_parcel_size(again) == payload.size);
    expect(has_free || payload.size == 0 ||
           memcmp(via_parcel_data(again), payload.octets, payload.size) == 0);
    via_parcel_unref(again);
}

static void send_on(struct via_parcel *parcel)
{
    static uint8_t refs[VIA_PARCEL_REFS_MAX * FRAME_REF_SIZE];
    static uint8_t fds[VIA_PARCEL_FDS_MAX * FRAME_FD_SIZE];
    struct frame frame = {.kind = FRAME_CALL}, received;
    struct via_parcel *again = NULL;
    size_t used = 0;
    expect(parcel_to_frame(parcel, &frame, refs, fds, &crossing) == VIA_OK);
    size_t size = frame_size(&frame);
    uint8_t *octets = malloc(size);
    expect(octets != NULL);
    frame_encode(&frame, octets);
    expect(frame_decode(octets, size, SIZE_MAX, &received, &used) == VIA_OK && used == size);
    expect(parcel_from_frame(&again, &received, NULL, &crossing) == VIA_OK);
    free(octets);
    expect(via_parcel_size(again) == via_parcel_size(parcel));
    expect(via_parcel_has_tape(again) == via_parcel_has_tape(parcel));
    expect(via_parcel_n_refs(again) == via_parcel_n_refs(parcel));
    via_parcel_unref(again);
}

static void join_and_cut(struct via_parcel *parcel)
{
    size_t size = via_parcel_size(parcel);
    enum via_status status = via_parcel_append_parcel(parcel, parcel);
    expect(status == VIA_OK || status == VIA_TOO_LARGE);
    expect_agreement(parcel);
    const struct layout *layout = layout_find(via_parcel_layout(parcel));
    size_t slot_size = layout != NULL ? layout->ref_slot : 4;
    for (size_t cut = via_parcel_size(parcel); cut > 0; cut = cut > size ? size : cut / 2) {
        expect(via_parcel_truncate(parcel, cut - 1, slot_size) == VIA_OK);
        expect_agreement(parcel);
    }
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct frame frame;
    size_t used = 0;
    struct via_parcel *parcel = NULL;
    if (frame_decode(octets, size, FRAME_LIMIT, &frame, &used) != VIA_OK || used == 0 ||
        used != size)
        return false;
    for (size_t i = 0; i < N_OBJECTS; i++)
        objects[i] = (struct counted){{&ops}, 0};
    expect(parcel_from_frame(&parcel, &frame, NULL, &crossing) == VIA_OK);
    bool agrees = via_parcel_has_tape(parcel);
    expect_agreement(parcel);
    expect_same_values(parcel);
    read_all(parcel);
    send_on(parcel);
    join_and_cut(parcel);
    via_parcel_unref(parcel);
    parcel_pool_drain();
    for (size_t i = 0; i < N_OBJECTS; i++)
        expect(objects[i].count == 0);
    return agrees;
}
