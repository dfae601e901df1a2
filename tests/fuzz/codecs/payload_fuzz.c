/*
 * A payload and its tape, as a frame brings them, in each layout: walked value by value, and made a
 * parcel of. The first octet picks the layout, the second says how many octets are tape.
 */
#include <stdlib.h>

#include "codecs/parcel.h"
#include "tests/fuzz/fuzz.h"

static enum via_status no_object(void *user, const struct frame_ref *ref, struct object **objectp)
{
    (void)user;
    (void)ref;
    *objectp = NULL;
    return VIA_OK;
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    static const enum via_layout layouts[] = {VIA_LAYOUT_RAW, VIA_LAYOUT_OPENHARMONY,
                                              VIA_LAYOUT_CONTROL, VIA_LAYOUT_SBUF,
                                              (enum via_layout)0x7777};
    if (size < 2 || octets[1] > size - 2)
        return false;
    const struct payload payload = {.layout = layouts[octets[0] % 5],
                                    .tape = octets + 2,
                                    .tape_size = octets[1],
                                    .octets = octets + 2 + octets[1],
                                    .size = size - 2 - octets[1]};
    const struct frame frame = {.kind = FRAME_CALL,
                                .layout = (uint16_t)payload.layout,
                                .body = payload.octets,
                                .body_size = (uint32_t)payload.size,
                                .tape = payload.tape,
                                .tape_size = (uint32_t)payload.tape_size};
    const struct parcel_crossing crossing = {.get = no_object};
    struct via_parcel *parcel = NULL;
    bool agrees = payload_check(&payload) == VIA_OK;
    if (parcel_from_frame(&parcel, &frame, NULL, &crossing) != VIA_OK ||
        via_parcel_size(parcel) != payload.size || (agrees && !via_parcel_has_tape(parcel)))
        abort();
    via_parcel_unref(parcel);
    return agrees;
}
