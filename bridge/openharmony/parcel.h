/*
 * OHIPCParcel inside: a core parcel in the OpenHarmony layout, and what the kit's getters show of
 * it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/parcel.h>

#include "include/openharmony/IPCKit/ipc_cparcel.h"

#define PARCEL_CAPACITY_MAX 204800u
#define PARCEL_SLOT_SIZE 24u

struct OHIPCParcel {
    struct via_parcel *payload; /* owned */
    size_t capacity;            /* what the system's own buffer would have by now */
    size_t write_position;      /* the data's size; in a received parcel 0 */
    size_t read_position;       /* may stand beyond the data after the data was cut */
    bool received;              /* read-only */
};

/* In the caller's storage: an empty writable one. */
VIA_MUST_USE enum via_status oh_parcel_init(struct OHIPCParcel *parcel);
/* In the caller's storage: a received one; counts @payload. */
void oh_parcel_init_received(struct OHIPCParcel *parcel, struct via_parcel *payload);
void oh_parcel_deinit(struct OHIPCParcel *parcel);

/* Puts @payload in place of what @parcel holds, as received; takes the count. */
void oh_parcel_take_received(struct OHIPCParcel *parcel, struct via_parcel *payload);
/* Back to empty and writable. */
VIA_MUST_USE enum via_status oh_parcel_reset(struct OHIPCParcel *parcel);

/* The kit's readers take a const parcel and move its cursor; no parcel is ever a const object. */
struct OHIPCParcel *oh_parcel_unconst(const struct OHIPCParcel *parcel);

/* Grows the capacity as the system does, so that @size octets fit behind the write cursor; false,
 * and nothing changed, when they cannot, or the parcel is read-only. */
bool oh_parcel_make_room(struct OHIPCParcel *parcel, size_t size);
/* Octets from the read cursor to the end. */
size_t oh_parcel_readable(const struct OHIPCParcel *parcel);
/* Whether any of the @size octets at the read cursor belongs to an object or a descriptor. */
bool oh_parcel_touches_slot(const struct OHIPCParcel *parcel, size_t size);
