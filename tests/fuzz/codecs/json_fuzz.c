/*
 * Text to a parcel of each layout, and what was taken back to text and again to a parcel: the two
 * parcels must be equal. The same text also goes to cJSON through its guards, which must take
 * nothing that our own parser refuses.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/json_parcel.h"
#include "codecs/json_payload.h"
#include "codecs/json_tree.h"
#include "codecs/parcel.h"
#include "tests/fuzz/fuzz.h"

#define N_OBJECTS 4u

static void count(struct object *object)
{
    (void)object;
}

static const struct object_ops object_ops = {count, count};
static struct object objects[N_OBJECTS] = {
    {&object_ops}, {&object_ops}, {&object_ops}, {&object_ops}};

static enum via_status find(void *user, uint32_t number, struct via_proxy **proxyp)
{
    (void)user;
    if (number >= N_OBJECTS)
        return VIA_NOT_FOUND;
    *proxyp = (struct via_proxy *)&objects[number];
    return VIA_OK;
}

static enum via_status show(void *user, uint32_t index, uint32_t *numberp)
{
    const struct via_parcel *parcel = user;
    size_t offset = via_parcel_ref_offset(parcel, index);
    const struct via_proxy *proxy = via_parcel_ref_at(parcel, offset, NULL);
    *numberp = (uint32_t)((const struct object *)proxy - objects);
    return VIA_OK;
}

static void require(bool condition)
{
    if (!condition)
        abort();
}

static struct via_parcel *read_text(const uint8_t *text, size_t size, enum via_layout layout)
{
    const struct json_objects known = {.ref = find};
    struct json_parcel_fault fault;
    struct buffer scratch;
    struct via_parcel *parcel = NULL;
    require(via_parcel_create(&parcel) == VIA_OK);
    via_parcel_set_layout(parcel, layout);
    buffer_init(&scratch, SIZE_MAX);
    enum via_status status =
        json_parcel_read((const char *)text, size, parcel, &known, &scratch, &fault);
    buffer_deinit(&scratch);
    if (status != VIA_OK)
        require(strlen(fault.text) > 0 && fault.offset <= size);
    return status == VIA_OK ? parcel : via_parcel_unref(parcel);
}

static bool is_same(const void *a, size_t a_size, const void *b, size_t b_size)
{
    return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

static bool there_and_back(const uint8_t *text, size_t size, enum via_layout layout)
{
    struct via_parcel *parcel = read_text(text, size, layout);
    if (parcel == NULL)
        return false;
    const struct json_numbers numbers = {.user = parcel, .ref = show};
    struct payload payload;
    struct payload again;
    struct buffer out;
    buffer_init(&out, SIZE_MAX);
    parcel_payload(parcel, &payload);
    require(json_payload_write(&out, &payload, &numbers) == VIA_OK);

    struct via_parcel *back = read_text(out.data, out.size, layout);
    require(back != NULL);
    parcel_payload(back, &again);
    require(is_same(payload.octets, payload.size, again.octets, again.size));
    require(is_same(payload.tape, payload.tape_size, again.tape, again.tape_size));
    require(is_same(payload.refs, payload.n_refs * FRAME_REF_SIZE, again.refs,
                    again.n_refs * FRAME_REF_SIZE));
    (void)via_parcel_unref(back);
    (void)via_parcel_unref(parcel);
    buffer_deinit(&out);
    return true;
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct json_tree_fault fault;
    cJSON *tree = NULL;
    if (json_tree_parse((const char *)octets, size, &tree, &fault) == VIA_OK)
        cJSON_Delete(tree);
    else
        require(fault.line > 0 && fault.column > 0 && fault.text[0] != '\0');
    (void)there_and_back(octets, size, VIA_LAYOUT_OPENHARMONY);
    (void)there_and_back(octets, size, VIA_LAYOUT_SBUF);
    return there_and_back(octets, size, VIA_LAYOUT_RAW);
}
